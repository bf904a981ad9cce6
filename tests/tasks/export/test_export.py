"""Exports: every text comes back from the standard readers as it went in, whole or not at all."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.json as pj
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.documents.mix_json import MixRecord
from schemas.errors import BadInput, RunFault
from schemas.folders.run import RunFolder
from schemas.text import undefused
from tasks.doors.files import dataset_files
from tasks.doors.storage import shards
from tasks.export.export import HandedOn, Wanted, hand_on
from tasks.export.formats import FORMATS
from tests.tasks.exported import HARD_TEXTS, finished_run, row_of, scored

PAIRS = [(text, f"{text}{HARD_TEXTS[1]}") for text in HARD_TEXTS]
TEXTS = [name for name in FORMATS if name not in ("parquet", "dpo", "csv")]
EPOCHS = 3
FIELDS = {
    "alpaca": lambda one: (one["instruction"], one["output"]),
    "sharegpt": lambda one: tuple(turn["value"] for turn in one["conversations"]),
    "messages": lambda one: tuple(turn["content"] for turn in one["messages"]),
    "prompt-completion": lambda one: (one["prompt"], one["completion"]),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return finished_run(tmp_path_factory.mktemp("run"), PAIRS)


def export(run: RunFolder, out: Path, name: str, **more: Any) -> HandedOn:
    return hand_on(run.root, Wanted(name, out, **more))


def data_of(out: Path) -> list[Path]:
    return sorted((out / "train").iterdir())


@pytest.mark.parametrize("name", TEXTS)
def test_json_lines_read_back_as_they_went_in(run: RunFolder, tmp_path: Path, name: str) -> None:
    export(run, tmp_path / "out", name)
    (path,) = data_of(tmp_path / "out")
    text = path.read_text(encoding="utf-8")
    found = [FIELDS[name](json.loads(line)) for line in text.splitlines()]
    assert found == PAIRS * EPOCHS
    assert [FIELDS[name](one) for one in pj.read_json(path).to_pylist()] == found
    assert len(pd.read_json(path, lines=True)) == len(found)


def test_parquet_holds_messages_and_lineage(run: RunFolder, tmp_path: Path) -> None:
    export(run, tmp_path / "out", "parquet", shard_rows=4)
    assert len(data_of(tmp_path / "out")) == -(-len(PAIRS) * EPOCHS // 4)
    rows = pq.read_table(tmp_path / "out" / "train").to_pylist()
    assert [FIELDS["messages"](one) for one in rows] == PAIRS * EPOCHS
    last = rows[-1]
    seed = f"s{len(PAIRS) - 1}"
    assert (last["id"], last["parent_id"], last["seed_id"]) == (f"{seed}-2", f"{seed}-1", seed)
    assert (last["epoch"], last["operation"], last["run"]) == (2, "deepen", "run")
    assert pd.read_parquet(tmp_path / "out" / "train").shape == (len(rows), 10)


def test_no_cell_of_the_csv_is_a_formula_and_all_can_be_undone(
    run: RunFolder, tmp_path: Path
) -> None:
    export(run, tmp_path / "out", "csv")
    (path,) = data_of(tmp_path / "out")
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    found = [(undefused(row["instruction"]), undefused(row["response"])) for row in rows]
    assert found == PAIRS * EPOCHS
    read = pd.read_csv(path, keep_default_na=False, engine="python")
    assert read["instruction"].tolist() == [row["instruction"] for row in rows]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text())
def test_any_text_is_one_line_for_every_reader(one: str, other: str) -> None:
    line = dataset_files.json_line({"a": one, "b": [{"c": other}]})
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"a": one, "b": [{"c": other}]}


@settings(max_examples=200)
@given(st.lists(st.text(), min_size=1))
def test_any_cells_read_back_from_csv(cells: list[str]) -> None:
    line = dataset_files.csv_line(cells)
    assert next(csv.reader(iter([line]))) == cells


def test_half_characters_are_replaced_and_break_no_file() -> None:
    line = dataset_files.json_line({"a": "x\ud83dy"})
    assert json.loads(line.encode())["a"] == "x?y"


@pytest.mark.parametrize("name", [*TEXTS, "csv"])
def test_shards_hold_the_same_lines_as_one_file(run: RunFolder, tmp_path: Path, name: str) -> None:
    export(run, tmp_path / "one", name)
    made = export(run, tmp_path / "many", name, shard_rows=7)
    (whole,) = data_of(tmp_path / "one")
    parts = [path.read_bytes() for path in data_of(tmp_path / "many")]
    head = parts[0].partition(b"\n")[0] + b"\n" if name == "csv" else b""
    assert head + b"".join(part.removeprefix(head) for part in parts) == whole.read_bytes()
    assert made.files == len(parts) == -(-made.rows // 7)


def test_rows_without_response_are_left_out_and_counted(tmp_path: Path) -> None:
    run = finished_run(tmp_path, [("a", "b"), ("c", None), ("d", " \n"), ("e", "f")])
    made = export(run, tmp_path / "out", "alpaca")
    assert (made.rows, made.left_out) == (2 * EPOCHS, {"without response": 2 * EPOCHS})


@pytest.mark.parametrize("name", ["alpaca", "parquet", "csv"])
def test_the_same_export_again_writes_nothing_and_another_is_refused(
    run: RunFolder, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    first = export(run, out, name)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert export(run, out, name) == first._replace(is_new=False)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    with pytest.raises(BadInput, match="is not this export; choose another folder"):
        export(run, out, "messages")
    with pytest.raises(BadInput, match="is not this export"):
        export(run, out, name, shard_rows=5)


def test_an_export_that_was_changed_is_named_and_not_overwritten(
    run: RunFolder, tmp_path: Path
) -> None:
    export(run, tmp_path / "out", "alpaca")
    (path,) = data_of(tmp_path / "out")
    path.write_text("mine\n")
    with pytest.raises(BadInput, match=r"alpaca\.jsonl is not as it was exported"):
        export(run, tmp_path / "out", "alpaca")
    assert path.read_text() == "mine\n"


def test_the_same_run_gives_the_same_bytes(run: RunFolder, tmp_path: Path) -> None:
    for name in ("a", "b"):
        export(run, tmp_path / name, "messages", card=True)
    content = [
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.*")}
        for name in ("a", "b")
    ]
    assert content[0] == content[1]


def test_nothing_is_left_where_a_part_is_damaged(tmp_path: Path) -> None:
    run = finished_run(tmp_path, PAIRS[:4])
    path = run.part("dataset", 2, 1)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(RunFault, match="damaged"):
        export(run, tmp_path / "out" / "deep", "alpaca")
    path.unlink()
    with pytest.raises(RunFault, match="1 of 6 files are missing"):
        export(run, tmp_path / "out" / "deep", "alpaca")
    assert not (tmp_path / "out").exists()


def test_a_fault_midway_leaves_nothing(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that fails after lines were written: neither folder nor draft stays."""
    whole = shards.read_table

    def failing(path: Path, **columns: Any) -> Any:
        if path == run.part("dataset", 2, 1):
            raise RunFault(f"{path}: damaged")
        return whole(path, **columns)

    monkeypatch.setattr(shards, "read_table", failing)
    for name in ("alpaca", "csv", "parquet"):
        with pytest.raises(RunFault, match="damaged"):
            export(run, tmp_path / "deep" / "out", name, shard_rows=3)
        assert list((tmp_path / "deep").iterdir()) == []


def test_a_draft_that_a_killed_process_left_is_removed(run: RunFolder, tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    living, foreign = f".draft-{os.getppid()}-out", f".draft-{gone.pid}-other"
    for name in (f".draft-{gone.pid}-out", living, foreign):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.jsonl").write_text("{}")
    export(run, tmp_path / "out", "alpaca")
    assert {path.name for path in tmp_path.iterdir()} == {living, foreign, "out"}


def test_a_run_without_a_row_to_export_leaves_nothing(tmp_path: Path) -> None:
    run = finished_run(tmp_path, [("a", None), ("b", None), ("c", "")])
    with pytest.raises(BadInput, match=r"nothing to export as alpaca \(9 without response\)"):
        export(run, tmp_path / "out", "alpaca")
    assert not (tmp_path / "out").exists()


def mixed(*, removed: dict[str, int]) -> MixRecord:
    return MixRecord(
        made_from="key", runs=[], settings={}, rows=len(PAIRS), removed=removed, flagged={}, hits=0,
        versions={}, files=[],
    )  # fmt: skip


def test_a_mix_is_read_by_its_columns(run: RunFolder, tmp_path: Path) -> None:
    mix = tmp_path / "mix"
    for number in range(2):
        table = shards.read_table(run.part("dataset", 1, number))
        shards.write_table(table, mix / "data" / f"part-{number:05d}.parquet")
    shards.write_json(mixed(removed={"duplicate": 3}), mix / "mix.json")
    made = hand_on(mix, Wanted("messages", tmp_path / "out", card=True))
    assert made.rows == len(PAIRS)
    assert '"duplicate": 3' in (tmp_path / "out" / "README.md").read_text()
    with pytest.raises(BadInput, match="a mix has no scores; name the run"):
        hand_on(mix, Wanted("dpo", tmp_path / "other"))
    shards.write_json({"rows": 3}, mix / "mix.json")
    with pytest.raises(RunFault, match=r"mix\.json: made_from: Field required"):
        hand_on(mix, Wanted("messages", tmp_path / "third"))


@pytest.mark.parametrize("name", [name for name, one in FORMATS.items() if one.llama_factory])
def test_the_trainers_files_name_what_is_there(run: RunFolder, tmp_path: Path, name: str) -> None:
    """The documented fields: each column that is named stands in the data, each tag in its turns."""
    if name == "dpo":
        run = judged_run(tmp_path)
    export(run, tmp_path / "out", name)
    entry = json.loads((tmp_path / "out" / "dataset_info.json").read_text())["evolflow"]
    snippet = yaml.safe_load((tmp_path / "out" / "axolotl.yaml").read_text())
    (data,) = snippet["datasets"]
    for path in (entry["file_name"], data["path"]):
        assert (tmp_path / "out" / path).is_file()
    path = tmp_path / "out" / entry["file_name"]
    read = pq.read_table(path) if path.suffix == ".parquet" else pj.read_json(path)
    row = read.to_pylist()[0]
    assert set(entry["columns"].values()) <= set(row)
    if entry["formatting"] == "sharegpt":
        tags, turns = entry["tags"], row[entry["columns"]["messages"]]
        said = [turn[tags["role_tag"]] for turn in turns]
        assert said == [tags["user_tag"], tags["assistant_tag"]]
        assert all(tags["content_tag"] in turn for turn in turns)


def judged_run(place: Path) -> RunFolder:
    """Return a run of three lines whose versions a judge finds better from epoch to epoch."""
    rows = [
        row_of(n, epoch, f"ask {n}.{epoch}", f"answer {n}.{epoch}")
        for n in range(3)
        for epoch in range(EPOCHS)
    ]
    run = finished_run(place, [], rows=rows)
    scored(run, [(row, float(row.epoch + 1)) for row in rows])
    return run


def test_dpo_holds_what_a_judge_preferred(tmp_path: Path) -> None:
    made = export(judged_run(tmp_path), tmp_path / "out", "dpo")
    (path,) = data_of(tmp_path / "out")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert made.rows == len(rows) == 3 * 2
    assert rows[-1] == {"prompt": "ask 2.2", "chosen": "answer 2.2", "rejected": "answer 2.1"}


def test_dpo_without_scores_says_how_to_get_them(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"versions\.parquet: missing; `evolflow score "):
        export(run, tmp_path / "out", "dpo")
