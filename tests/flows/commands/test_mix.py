"""The command `evolflow mix`: what it prints, takes and refuses."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Evolflow
from tests.tasks.exported import finished_run, row_of, scored

TEXTS = [
    ("Name a knot.", "A bowline."),
    ("Name  a KNOT.", "Reef, says ada@mail.example."),
    ("List sails, 你好.", "Jib."),
]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return finished_run(tmp_path, TEXTS).root


def test_a_mix_says_what_became_of_the_rows_and_what_comes_next(
    run: Path, tmp_path: Path, evolflow: Evolflow
) -> None:
    out = tmp_path / "mix"
    done = evolflow("mix", run, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "9 rows: 2 mixed, 7 removed" in done.stdout
    assert "exact_duplicate" in done.stdout
    assert f"evolflow train --data {out}" in done.stdout
    assert evolflow("mix", run, "--out", out).stdout.count("nothing was written") == 1
    exported = evolflow("export", out, "--format", "messages", "--card", "--out", tmp_path / "e")
    assert exported.returncode == 0, exported.stderr
    card = (tmp_path / "e" / "README.md").read_text()
    assert "exact_duplicate" in card
    assert str(tmp_path) not in card


def test_what_looks_private_is_flagged_and_kept(
    run: Path, tmp_path: Path, evolflow: Evolflow
) -> None:
    done = evolflow("mix", run, "--out", tmp_path / "mix", "--dedup", "none")
    assert "flagged  email" in done.stdout
    data = pd.read_parquet(tmp_path / "mix" / "data")
    assert set(data[data["flags"] == "email"]["response"]) == {TEXTS[1][1]}


def test_several_test_files_follow_one_flag(run: Path, tmp_path: Path, evolflow: Evolflow) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_text(json.dumps(["What is asked here of six words?"]))
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    done = evolflow("mix", run, "--out", tmp_path / "mix", "--decontaminate", *files, "--sample", 1)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "mix" / "mix.json").read_text())
    assert told["settings"]["decontaminate"] == ["one.json", "two.json"]


def test_the_best_are_kept_by_scores(tmp_path: Path, evolflow: Evolflow) -> None:
    rows = [row_of(n, 0, text, answer) for n, (text, answer) in enumerate(TEXTS)]
    run = finished_run(tmp_path, [], epochs=1, rows=rows)
    scored(run, [(rows[0], 1.0), (rows[2], 3.0)])
    done = evolflow(
        "mix", run.root, "--out", tmp_path / "mix", "--select-top", 1, "--dedup", "none"
    )
    assert done.returncode == 0, done.stderr
    assert pd.read_parquet(tmp_path / "mix" / "data")["instruction"].tolist() == [TEXTS[2][0]]
    removed = pd.read_parquet(tmp_path / "mix" / "removed").set_index("instruction")["reason"]
    assert removed.to_dict() == {TEXTS[0][0]: "not_selected", TEXTS[1][0]: "unscored"}


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "--out: missing"),
        (["--out", "m", "--balance", "epoch"], "give sample, too"),
        (["--out", "m", "--sample", "0"], "--sample"),
        (["--out", "m", "--dedup", "fuzzy"], "--dedup"),
        (["--out", "m", "--decontaminate", "nowhere.json"], "nowhere.json"),
    ],
)
def test_bad_input_is_one_line(
    run: Path, tmp_path: Path, evolflow: Evolflow, flags: list[str], said: str
) -> None:
    refused = evolflow("mix", run, *flags)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_run_given_twice_is_refused(run: Path, tmp_path: Path, evolflow: Evolflow) -> None:
    refused = evolflow("mix", run, run, "--out", tmp_path / "mix")
    assert (refused.returncode, "two runs are named" in refused.stderr) == (2, True)
