"""Folders of an older version open, verify and continue: what was paid for is never stranded."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from schemas.calls.call import Call
from schemas.folders.run import RunFolder
from tasks.buying.bought import calls_in
from tasks.kinds import kind_at
from tests.conftest import ROOT, Evolflow
from tests.flows.runs import data_bytes, state_of

OLDER = ROOT / "tests" / "older"
NAMES = sorted(path.name for path in OLDER.iterdir() if path.is_dir())


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The folders of the older version, at a place of their own."""
    place = tmp_path / "older"
    shutil.copytree(OLDER, place)
    for record in place.rglob("run.json"):
        record.write_text(record.read_text().replace("@FOLDER@", str(place)))
    return place


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_and_is_sound(older: Path, name: str) -> None:
    kind = kind_at(str(older / name))
    folder = kind.at(older / name)
    kind.read(folder)
    assert kind.text(folder)
    assert [problem for check in kind.checks(folder) for problem in check.problems] == []


def _rows(root: Path) -> dict[str, tuple[list[dict[str, Any]], list[str]]]:
    """Return rows and columns of every file of data, by its place in the run folder."""
    files = [*root.glob("dataset/*/*.parquet"), *root.glob("eliminated/*/*.parquet")]
    tables = {str(file.relative_to(root)): pq.read_table(file) for file in files}
    return {name: (table.to_pylist(), table.column_names) for name, table in tables.items()}


@pytest.mark.slow
def test_a_stopped_run_goes_on_and_buys_nothing_twice(evolflow: Evolflow, older: Path) -> None:
    """A run made long ago goes on through all its epochs, which takes its time."""
    folder = RunFolder(older / "stopped")
    before = {call.key: call.answer for call in bought(folder)}
    done = evolflow(
        "run", "--seeds", older / "seeds.json", "--out", folder.root,
        "--model", "offline/rewriter", "--epochs", 2, "--no-gain-check",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert state_of(folder.root) == "done"
    after = {call.key: call.answer for call in bought(folder)}
    assert {key: after[key] for key in before} == before
    assert len(after) > len(before)
    # What the older version made of the same seeds; columns that it did not know are empty.
    made, known = _rows(folder.root), _rows(older / "finished")
    assert made.keys() == known.keys()
    for name, (rows, columns) in known.items():
        newer, newer_columns = made[name]
        assert [{c: row[c] for c in columns} for row in newer] == rows
        assert all(row[c] is None for row in newer for c in newer_columns if c not in columns)
    assert evolflow("verify", folder.root).returncode == 0


@pytest.mark.slow
def test_a_finished_run_asked_for_again_changes_nothing(evolflow: Evolflow, older: Path) -> None:
    root = older / "finished"
    before = data_bytes(root)
    done = evolflow(
        "run", "--seeds", older / "seeds.json", "--out", root, "--model", "offline/rewriter",
        "--epochs", 2, "--no-gain-check",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert data_bytes(root) == before


def bought(folder: RunFolder) -> list[Call]:
    return [
        call for epoch in (0, 1, 2) for path in folder.ledgers(epoch) for call in calls_in(path)
    ]
