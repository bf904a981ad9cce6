"""Status and result in words: numbers that people can read, and nothing that breaks a table."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from schemas.documents.status import EpochStatus, RunStatus, RunTotals, StageBill, Waiting
from schemas.folders.run import RunFolder
from schemas.tables.row import STAGE, Row, to_table
from tasks.doors.storage import shards
from tasks.evolution.status_text import status_text, summary_text

BILL = StageBill(
    rows=3, calls=1234, sent=1240, failed=2, unknown=0, prompt_tokens=5_000_000,
    completion_tokens=250, cost_usd=1.23456, calls_per_s=2.55,
)  # fmt: skip


def found(*, rows: int = 3, screened: int = 77, **stage: Any) -> RunStatus:
    """A run of one epoch; changes to the bill of its first stage by keyword."""
    evolve = BILL.model_copy(update=stage)
    epoch = EpochStatus(
        epoch=1, rows=rows, judged=3, kept=1, kept_by_operation={"deepen": 1},
        eliminated={"no_gain": {"deepen": 1, "in_breadth": 1}},
        stages={
            "evolve": evolve, "screen": BILL.model_copy(update={"rows": 0, "calls": screened}),
        },
        unanswered_yet=Waiting(sent=0, unknown=0, cost_usd=0),
    )  # fmt: skip
    totals = RunTotals(dataset_rows=1, eliminated_rows=2, **dict(evolve))
    return RunStatus(run="runs/a", state="running", model="openai/m", epochs=[epoch], totals=totals)


def test_status_names_run_state_and_model() -> None:
    assert status_text(found()).splitlines()[0] == "runs/a: running, model openai/m"


def test_a_stage_is_one_line_with_its_bill() -> None:
    lines = [line for line in status_text(found()).splitlines() if "evolve" in line]
    assert len(lines) == 1
    numbers = ["1", "evolve", "3", "1,234", "2", "5,000,000", "250", "1.2346", "2.5"]
    assert lines[0].split() == numbers


def test_a_stage_is_shown_from_its_first_call_on() -> None:
    """What was bought for a shard that is not written yet must not be missing from the sums."""
    assert "screen" in status_text(found())
    assert "screen" not in status_text(found(screened=0))


def test_rows_that_nobody_judged_do_not_look_like_failures() -> None:
    waiting = status_text(found(rows=5))
    line = next(line for line in waiting.splitlines() if "not judged yet" in line)
    assert line.split()[-1] == "2"


def test_what_is_unknown_is_called_so() -> None:
    text = status_text(found(cost_usd=None, calls_per_s=None))
    line = next(line for line in text.splitlines() if "evolve" in line)
    assert line.split()[-2:] == ["unknown", "–"]
    assert text.splitlines()[-1].endswith("unknown USD")


def test_each_reason_is_counted_with_its_operations() -> None:
    lines = [line.split() for line in status_text(found()).splitlines()]
    assert ["1", "3", "kept", "1", "deepen", "1"] in lines
    assert ["no_gain", "2", "deepen", "1,", "in_breadth", "1"] in lines


def test_totals_add_both_kinds_of_tokens() -> None:
    last = status_text(found()).splitlines()[-1]
    assert "1 rows in the dataset, 2 eliminated or set aside" in last
    assert "1,234 calls, 5,000,250 tokens" in last


def test_a_run_without_epochs_has_a_status_too() -> None:
    empty = found().model_copy(update={"epochs": []})
    assert "openai/m" in status_text(empty)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Five children of epoch 1, three operations among the kept ones."""
    made = RunFolder(tmp_path / "run")
    settings = {"seeds": "s.json", "out": str(made.root), "epochs": 2, "model": "openai/m"}
    record = {
        "run_id": "r", "state": "done", "created_at": "then", "changed_at": "then",
        "settings": settings, "fixed": {}, "seeds_sha256": "0", "versions": {},
        "pack": {"name": "general", "sha256": "0"},
    }  # fmt: skip
    shards.write_json(record, made.run_json)
    child = Row(
        id="a-1", seed_id="a", position=0, epoch=1, instruction="new\n\ntext", parent_id="a",
        operation="deepen", reason="kept", parent_instruction="old text",
    )  # fmt: skip
    changes: list[dict[str, Any]] = [
        {"operation": "concretize", "reason": "no_gain", "instruction": "failed"},
        {},
        {"instruction": "a second one of its kind"},
        {"operation": "in_breadth", "instruction": "x" * 1000},
        {"operation": "add_constraints"},
    ]
    rows = [
        Row(**{**asdict(child), "id": f"{n}-1", "seed_id": str(n), "position": n, **change})
        for n, change in enumerate(changes)
    ]
    for shard, part in enumerate((rows[:2], rows[2:])):
        shards.write_table(to_table(part, STAGE), made.stage_shard(1, "advance", shard))
        shards.write_table(to_table(part, STAGE), made.pool_shard(1, shard))
    return made


def test_summary_shows_one_kept_pair_an_operation(folder: RunFolder) -> None:
    text = summary_text(folder)
    marks = [line for line in text.splitlines() if line.startswith("[")]
    assert marks == ["[deepen]", "[in_breadth]", "[add_constraints]"]
    assert "failed" not in text.split("before and after:")[1]
    assert "second one" not in text


def test_a_pair_is_one_line_each_and_not_too_long(folder: RunFolder) -> None:
    lines = summary_text(folder).splitlines()
    assert "  before: old text" in lines
    assert "  after:  new ⏎ text" in lines
    long = next(line for line in lines if "xxx" in line)
    assert long.endswith("x…")
    assert len(long) < 350


def test_summary_says_where_everything_lies(folder: RunFolder) -> None:
    text = summary_text(folder)
    for name in ("dataset", "eliminated", "calls", "report/index.html"):
        assert str(folder.root / name) in text


def test_a_text_cannot_steer_the_terminal(folder: RunFolder) -> None:
    """Rows come from strangers and models; the summary prints some of them unasked."""
    path = folder.stage_shard(1, "advance", 0)
    rows = shards.read_table(path).to_pylist()
    hostile = [Row(**{**row, "instruction": "clear\x1b[2J over\rwritten"}) for row in rows]
    shards.write_table(to_table(hostile, STAGE), path)
    assert "\x1b" not in summary_text(folder)
