"""What went wrong most often is said with its count, and an epoch without answers says so."""

from pathlib import Path
from typing import Any

import pytest

from schemas.documents.status import EpochStatus, RunStatus
from schemas.folders.run import RunFolder
from schemas.tables.row import STAGE, Row, to_table
from tasks.doors.storage import shards
from tasks.evolution.errors_text import common_errors, mostly_unanswered


def child(n: int, reason: str, evidence: str | None) -> Row:
    return Row(
        f"s{n}-1",
        f"s{n}",
        n,
        1,
        "Name a rope.",
        operation="deepen",
        reason=reason,
        evidence=evidence,
    )


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[RunFolder, RunStatus]:
    folder = RunFolder(tmp_path / "run")
    rows = [
        child(0, "unanswered", "HTTP 400: prompt 'a' of 7 words is bad"),
        child(1, "unanswered", "HTTP 400: prompt 'b' of 9 words is bad"),
        child(2, "truncated", "cut by the token limit; it began: 'x'"),
        child(3, "kept", None),
    ]
    path = tmp_path / "settled.parquet"
    shards.write_table(to_table(rows, STAGE), path)
    monkeypatch.setattr(RunFolder, "settled_shards", lambda *_: [path])
    eliminated = {"unanswered": {"deepen": 2}, "truncated": {"deepen": 1}}
    one: dict[str, Any] = {"epoch": 1, "judged": 4, "eliminated": eliminated}
    all_of_it: dict[str, Any] = {"epochs": [EpochStatus.model_construct(**one)]}
    return folder, RunStatus.model_construct(**all_of_it)


def test_errors_of_one_kind_are_counted_together(found: tuple[RunFolder, RunStatus]) -> None:
    lines = common_errors(*found)
    assert lines[1] == "commonest errors:"
    assert lines[2] == "  2 × HTTP 400: prompt 'a' of 7 words is bad"
    assert lines[3].startswith("  1 × cut by the token limit")


def test_an_epoch_without_answers_says_so(found: tuple[RunFolder, RunStatus]) -> None:
    [line] = mostly_unanswered(found[1])
    assert line.startswith("epoch 1: 3 of 4 rows got no usable answer")
