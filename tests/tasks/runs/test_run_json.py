"""run.json says what a folder was made with and how its run stands, whatever ended it."""

from pathlib import Path

import pytest

from schemas.errors import BadInput, BudgetReached, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from tasks.evolution.kind import EVOLUTION
from tasks.runs.run_json import note_done, note_stop, read_record, recorded, require_names
from tests.conftest import own_seeds, write_seeds


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(3))
    return EVOLUTION.start(
        RunSettings(seeds=seeds, out=str(tmp_path / "run"), model="offline/rewriter")
    )


def state(folder: RunFolder) -> str:
    return read_record(folder).state


def test_a_run_is_new_then_running_then_done(folder: RunFolder) -> None:
    assert state(folder) == "new"
    with recorded(folder):
        assert state(folder) == "running"
    assert state(folder) == "done"


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (BudgetReached("spent"), "stopped: BudgetReached"),
        (RunFault("broken"), "stopped: RunFault"),
        (ValueError("ours"), "stopped: error"),
        (KeyboardInterrupt(), "stopped: Interrupted"),
    ],
)
def test_what_stops_a_run_is_kept(folder: RunFolder, what: BaseException, told: str) -> None:
    with pytest.raises(type(what)), recorded(folder):
        raise what
    assert state(folder) == told


def test_what_is_written_last_may_say_that_all_is_done_and_a_fault_after_it_counts(
    folder: RunFolder,
) -> None:
    with pytest.raises(RunFault), recorded(folder):
        note_done(folder)
        assert state(folder) == "done"
        raise RunFault("the report cannot be written")
    assert state(folder) == "stopped: RunFault"


def test_whoever_leaves_without_the_flow_can_say_why(folder: RunFolder, tmp_path: Path) -> None:
    note_stop(folder, BudgetReached("spent"))
    assert state(folder) == "stopped: BudgetReached"
    note_stop(RunFolder(tmp_path / "none"), BudgetReached("spent"))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["a\0b", "half\ud800", "x" * 256])
def test_a_name_that_cannot_be_written_down_is_refused(name: str) -> None:
    require_names({"tests": "own", "out": "runs/fine"})
    with pytest.raises(BadInput, match=r"^out: .*choose another$"):
        require_names({"tests": "own", "out": name})
