"""Published judgments, imported by the real command, give the published figures; and go out again."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import Evolflow
from tests.damage import tree
from tests.servers.object_store import ObjectStore

# Counts and figures of rows of AlpacaEval's own leaderboard: github.com/tatsu-lab/alpaca_eval, in
# src/alpaca_eval/leaderboards/data_AlpacaEval/alpaca_eval_gpt4_leaderboard.csv. There, win_rate and
# standard_error are in per cent, ties are half wins, and 805 instructions were asked.
PUBLISHED = [
    # name, n_wins, n_wins_base, n_draws, win_rate, standard_error
    ("wizardlm-13b", 601, 194, 9, 75.31094527, 1.510185829),
    ("vicuna-13b", 566, 237, 2, 70.43478261, 1.606968841),
    ("gpt4", 761, 32, 12, 95.27950311, 0.71628144),
    ("alpaca-7b", 205, 584, 16, 26.45962733, 1.53571147),
    ("oasst-sft-llama-33b", 436, 356, 13, 54.9689441, 1.740266793),
]
BASELINE = "text_davinci_003"
ASKED = 805
COLUMNS = ("instruction", "generator_1", "generator_2", "preference")
FIGURES = ("pairs", "skills", "difficulties", "ratings", "judge_health", "canary", "items")


def annotation(item: int, preference: float | None, **more: Any) -> dict[str, Any]:
    """A row as AlpacaEval writes it, in our own words."""
    return {
        "instruction": f"Say something of boat {item}.",
        "output_1": "It floats." + " Well." * (item % 3),
        "generator_1": BASELINE,
        "dataset": ("harbour", "sea")[item % 2],
        "output_2": "It sails." + " Fast." * (item % 5),
        "generator_2": "ours",
        "annotator": "alpaca_eval_gpt4",
        "preference": preference,
        "price_per_example": 0.01,
        "time_per_example": 1.5,
        **more,
    }


def annotations(wins: int, losses: int, draws: int, **more: Any) -> list[dict[str, Any]]:
    """Rows with these counts; what is missing to all that were asked could not be read."""
    read = [2.0] * wins + [1.0] * losses + [1.5] * draws
    unread = [None] * (ASKED - len(read))
    return [annotation(item, value, **more) for item, value in enumerate([*read, *unread])]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def imported(
    evolflow: Evolflow, file: Path, out: Path, *more: str, as_: str = "alpaca_eval"
) -> dict[str, Any]:
    ran = evolflow("evaluate", "import", file, "--format", as_, "--out", out, *more)
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads((out / "results.json").read_text()))


def test_published_win_rates_and_errors_come_out_of_their_counts(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """All in one file: one judge, one baseline, five systems of the leaderboard."""
    rows = [
        row
        for name, wins, losses, draws, _, _ in PUBLISHED
        for row in annotations(wins, losses, draws, generator_2=name)
    ]
    found = imported(evolflow, write(tmp_path / "annotations.json", rows), tmp_path / "run")
    cells = {cell["system"]: cell for cell in found["pairs"]}
    for name, wins, losses, draws, win_rate, standard_error in PUBLISHED:
        cell = cells[name]
        assert (cell["win"], cell["lose"], cell["tie"]) == (wins, losses, draws)
        assert cell["unscored"] == ASKED - wins - losses - draws
        assert 100 * cell["win_rate"] == pytest.approx(win_rate, abs=1e-6)
        low, high = cell["ci95"]
        assert 100 * (high - low) / 2 == pytest.approx(1.96 * standard_error, rel=0.1)
    assert found["judge_family"] == "gpt"
    assert found["baseline"] == BASELINE
    order = [one["system"] for one in found["ratings"]]
    by_rate = sorted(PUBLISHED, key=lambda row: -row[4])
    assert [name for name in order if name != BASELINE] == [row[0] for row in by_rate]


def test_a_judges_probabilities_are_averaged(evolflow: Evolflow, tmp_path: Path) -> None:
    """AlpacaEval 2: the mean of preference minus one, not the share of wins."""
    given = [1.0000019334, 1.25, 1.9, 1.999]
    rows = [annotation(item, value) for item, value in enumerate(given)]
    found = imported(evolflow, write(tmp_path / "annotations.json", rows), tmp_path / "run")
    (cell,) = found["pairs"]
    assert cell["win_rate"] == pytest.approx(sum(given) / 4 - 1)
    assert (cell["win"], cell["lose"]) == (2, 2)


def test_an_import_is_an_evaluation_that_pandas_opens(evolflow: Evolflow, tmp_path: Path) -> None:
    rows = annotations(3, 2, 1)[:7]
    run = tmp_path / "run"
    found = imported(evolflow, write(tmp_path / "annotations.json", rows), run)
    judgments = pd.read_parquet(run / "judgments")
    assert judgments["outcome"].value_counts().to_dict() == {
        "win": 3, "lose": 2, "tie": 1, "unscored": 1,
    }  # fmt: skip
    assert len(pd.read_parquet(run / "answers")) == 14
    assert list(pd.read_parquet(run / "items")["instruction"]) == [r["instruction"] for r in rows]
    assert [(s["name"], s["answered"]) for s in found["systems"]] == [(BASELINE, 7), ("ours", 7)]
    record = json.loads((run / "run.json").read_text())
    assert record["state"] == "done"
    named = {entry["path"] for entry in json.loads((run / "manifest.json").read_text())["files"]}
    assert {name.partition("/")[0] for name in named} >= {"items", "answers", "judgments"}


def test_a_foreign_file_comes_out_as_it_went_in(evolflow: Evolflow, tmp_path: Path) -> None:
    rows = [
        annotation(item, value)
        for item, value in enumerate([2.0, 1.0, 1.5, None, 1.0000019334, 1.75])
    ]
    imported(evolflow, write(tmp_path / "annotations.json", rows), tmp_path / "run")
    out = tmp_path / "again.json"
    ran = evolflow("evaluate", "export", tmp_path / "run", "--out", out)
    assert ran.returncode == 0, ran.stderr
    again = json.loads(out.read_text())
    assert [[r[c] for c in COLUMNS] for r in again] == [[r[c] for c in COLUMNS] for r in rows]
    assert [r["output_2"] for r in again] == [r["output_2"] for r in rows]


def pair(question: int, first: str, second: str, **more: Any) -> dict[str, Any]:
    """A row of FastChat's model_judgment/gpt-4_pair.jsonl."""
    return {
        "question_id": question, "model_1": "ours", "model_2": "gpt-3.5-turbo", "g1_winner": first,
        "g2_winner": second, "judge": ["gpt-4", "pair-v2"], "g1_user_prompt": "",
        "g2_user_prompt": "", "g1_judgment": "[[A]]", "g2_judgment": "[[B]]", "turn": 1, **more,
    }  # fmt: skip


def test_mt_bench_pairs_are_counted_as_its_own_script_does(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """Its rule: a tie where the first game is one or the two disagree; but errors are told."""
    rows = [
        pair(81, "model_1", "model_1"), pair(82, "model_2", "model_2"),
        pair(83, "model_1", "model_2"), pair(84, "tie", "model_1"), pair(85, "error", "model_1"),
        pair(81, "model_1", "model_1", turn=2),
    ]  # fmt: skip
    file = write_lines(tmp_path / "gpt-4_pair.jsonl", rows)
    found = imported(evolflow, file, tmp_path / "run", as_="mt_bench")
    (cell,) = found["pairs"]
    assert (cell["system"], cell["baseline"]) == ("ours", "gpt-3.5-turbo")
    assert (cell["win"], cell["tie"], cell["lose"], cell["unscored"]) == (2, 2, 1, 1)
    # FastChat: win_rate_adjusted = (win + tie / 2) / all.
    assert cell["win_rate"] == pytest.approx(0.6)
    assert found["judge_health"]["position_consistency"] == pytest.approx(3 / 5)
    assert found["judge_health"]["shares_family_with"] == ["gpt-3.5-turbo"]
    assert found["items"] == 6


def test_a_run_comes_back_with_the_same_figures(evolflow: Evolflow, tmp_path: Path) -> None:
    """Both orders, which the format has no place for, are not lost on the way."""
    rows = [
        pair(80 + n, first, second, model_1=name)
        for name in ("ours", "other")
        for n, (first, second) in enumerate(
            [("model_1", "model_1"), ("tie", "model_1"), ("model_2", "model_2"), ("error", "tie")]
        )
    ]
    file = write_lines(tmp_path / "gpt-4_pair.jsonl", rows)
    before = imported(evolflow, file, tmp_path / "run", as_="mt_bench")
    out = tmp_path / "annotations.json"
    ran = evolflow("evaluate", "export", tmp_path / "run", "--format", "alpaca_eval", "--out", out)
    assert ran.returncode == 0, ran.stderr
    assert "8 pairs" in ran.stdout
    after = imported(evolflow, out, tmp_path / "again")
    assert {name: before[name] for name in FIGURES} == {name: after[name] for name in FIGURES}
    columns = pd.read_parquet(tmp_path / "run" / "judgments")
    pd.testing.assert_frame_equal(columns, pd.read_parquet(tmp_path / "again" / "judgments"))


def test_an_evaluation_of_our_own_comes_back_with_the_same_results(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """Scores, both orders, models, the null model and a missing answer, through others' format."""
    asked = [f"Name {n} uses of a rope on a boat." for n in range(2, 8)]
    tests = [
        {"idx": n, "Skill": ("Sea", "Harbour")[n % 2], "Difficulty": n + 3, "Instruction": text}
        for n, text in enumerate(asked)
    ]
    systems = []
    for name, times in (("theirs", 2), ("ours", 5), ("other", 1)):
        rows = [{"instruction": t, "output": "Mooring and towing. " * times} for t in asked]
        systems.append(f"{name}={write(tmp_path / f'{name}.json', rows[: 4 + times])}")
    run, out = tmp_path / "run", tmp_path / "annotations.json"
    ran = evolflow(
        "evaluate", "--tests", write_lines(tmp_path / "tests.jsonl", tests), "--systems", *systems,
        "--judge", "offline/judge", "--out", run,
    )  # fmt: skip
    before = json.loads((run / "results.json").read_text())
    assert before["canary"]["n"], ran.stderr
    assert [one["unanswered"] for one in before["systems"]] == [0, 0, 1]
    ran = evolflow("evaluate", "export", run, "--out", out)
    assert ran.returncode == 0, ran.stderr
    assert imported(evolflow, out, tmp_path / "again") == before


def test_another_baseline_can_be_named(evolflow: Evolflow, tmp_path: Path) -> None:
    rows = annotations(3, 1, 0)[:4]
    file = write(tmp_path / "annotations.json", rows)
    (cell,) = imported(evolflow, file, tmp_path / "run", "--baseline", "ours")["pairs"]
    assert (cell["system"], cell["baseline"], cell["win"], cell["lose"]) == (BASELINE, "ours", 1, 3)


def test_repeated_rows_are_told_and_the_last_one_counts(evolflow: Evolflow, tmp_path: Path) -> None:
    rows = [annotation(n, 2.0) for n in range(3)] + [annotation(1, 1.0), annotation(2, 1.0)]
    file = write(tmp_path / "annotations.json", rows)
    ran = evolflow("evaluate", "import", file, "--format", "alpaca_eval", "--out", tmp_path / "run")
    assert ran.returncode == 0
    assert ran.stderr.splitlines()[-1] == "rows replaced by a later one about the same: 2"
    assert "win 1, tie 0, lose 2, unscored 0; win rate 33.3%" in ran.stdout


def broken(rows: list[Any]) -> str:
    return json.dumps(rows)


GOOD = [annotation(n, 2.0) for n in range(3)]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (broken([*GOOD, {**GOOD[0], "preference": 7}]), ["record 4", "preference", "7"]),
        (broken([{"instruction": "a", "preference": 1}]), ["record 1", "generator_1"]),
        (broken([GOOD[0], "text"]), ["record 2", "text", "no JSON object"]),
        ("[]", ["nothing to compare"]),
        ("[{]", ["line 1"]),
        ("", ["empty"]),
        (broken([{**GOOD[0], "generator_2": BASELINE}]), [BASELINE, "itself"]),
        (broken([*GOOD, annotation(9, 1.0, annotator="claude")]), ["2 judges", "claude"]),
    ],
    ids=["preference", "column", "no object", "nothing", "no json", "empty", "itself", "judges"],
)  # fmt: skip
def test_a_bad_file_ends_in_one_line_with_its_place(
    evolflow: Evolflow, tmp_path: Path, content: str, parts: list[str]
) -> None:
    file, out = tmp_path / "annotations.json", tmp_path / "run"
    file.write_text(content, encoding="utf-8")
    ran = evolflow("evaluate", "import", file, "--format", "alpaca_eval", "--out", out)
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert all(part in line for part in [*parts, str(file)])
    assert not (out / "run.json").exists()


def test_nothing_that_lies_there_is_written_over(evolflow: Evolflow, tmp_path: Path) -> None:
    """An import of the same file is made whole; anything else is refused, and stays as it was."""
    file, run = write(tmp_path / "annotations.json", GOOD), tmp_path / "run"
    first = imported(evolflow, file, run)
    assert imported(evolflow, file, run) == first
    other = write(tmp_path / "other.json", [annotation(n, 1.0) for n in range(3)])
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    before = tree(run)
    for out in (run, mine):
        ran = evolflow("evaluate", "import", other, "--format", "alpaca_eval", "--out", out)
        assert ran.returncode == 2
        assert "choose another folder" in ran.stderr
    assert tree(run) == before
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]
    ran = evolflow("evaluate", "export", run, "--out", mine / "notes.txt")
    assert ran.returncode == 2
    assert (mine / "notes.txt").read_text() == "mine"


def test_the_wrong_format_is_told_in_one_line(evolflow: Evolflow, tmp_path: Path) -> None:
    file = write(tmp_path / "annotations.json", GOOD)
    ran = evolflow("evaluate", "import", file, "--format", "mt_bench", "--out", tmp_path / "run")
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert "give another --format" in line


def test_what_is_no_evaluation_is_not_exported(evolflow: Evolflow, tmp_path: Path) -> None:
    ran = evolflow("evaluate", "export", tmp_path / "nowhere", "--out", tmp_path / "out.json")
    assert ran.returncode == 2
    assert not (tmp_path / "out.json").exists()


def test_an_import_can_lie_on_an_object_store(
    evolflow: Evolflow, objects: ObjectStore, bucket: str, tmp_path: Path
) -> None:
    file, run = write(tmp_path / "annotations.json", GOOD), f"{bucket}/evaluations/published"
    ran = evolflow(
        "evaluate", "import", file, "--format", "alpaca_eval", "--out", run, **objects.environment
    )
    assert ran.returncode == 0, ran.stderr
    out = tmp_path / "again.json"
    ran = evolflow("evaluate", "export", run, "--out", out, **objects.environment)
    assert ran.returncode == 0, ran.stderr
    assert [row["preference"] for row in json.loads(out.read_text())] == [2.0, 2.0, 2.0]
    refused = evolflow(
        "evaluate", "import", out, "--format", "alpaca_eval", "--out", run, **objects.environment
    )
    assert refused.returncode == 2
