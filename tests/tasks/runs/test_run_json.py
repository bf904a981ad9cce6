"""run.json says what a folder was made with and how its run stands, whatever ended it."""

from pathlib import Path

import pytest

from schemas.errors import BadInput, BudgetReached, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.settings.scoring import ScoringSettings
from tasks.doors.storage import shards
from tasks.evolution.kind import EVOLUTION
from tasks.runs.run_json import (
    Inputs,
    check_folder,
    note_done,
    note_stop,
    read_record,
    recorded,
    require_names,
)
from tasks.runs.saved_settings import load_settings
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


def grown(folder: RunFolder, epochs: int) -> RunSettings:
    settings = load_settings(folder, RunSettings)
    return settings.model_copy(update={"epochs": epochs})


def test_a_run_takes_more_epochs_and_knows_what_it_was_made_with(folder: RunFolder) -> None:
    EVOLUTION.start(grown(folder, 6))
    EVOLUTION.start(grown(folder, 7))
    record = read_record(folder)
    assert (record.settings["epochs"], record.fixed["epochs"]) == (7, 4)


@pytest.mark.parametrize("epochs", [1, 3, 5])
def test_fewer_epochs_than_a_run_has_are_refused_with_their_number(
    folder: RunFolder, epochs: int
) -> None:
    EVOLUTION.start(grown(folder, 6))
    told = rf"^epochs: .* has 6 already, given {epochs}; give 6 or more, or another --out$"
    with pytest.raises(BadInput, match=told):
        EVOLUTION.check(grown(folder, epochs))


@pytest.mark.parametrize("inner", ["scores", "dataset/run", "inner"])
def test_a_run_within_a_run_is_refused_and_only_its_own_scores_may_lie_there(
    folder: RunFolder, inner: str
) -> None:
    out = str(folder.root / inner)
    with pytest.raises(BadInput, match=f"lies in {folder.root}, which keeps to itself"):
        EVOLUTION.check(load_settings(folder, RunSettings).model_copy(update={"out": out}))
    asked = ScoringSettings(source=str(folder.root), out=out, judge="offline/rewriter")
    inputs = Inputs("scoring", {}, {})
    if inner == "scores":
        check_folder(RunFolder(Path(out)), asked, inputs)
        return
    with pytest.raises(BadInput, match="which keeps to itself"):
        check_folder(RunFolder(Path(out)), asked, inputs)


def test_a_setting_that_is_younger_than_the_run_had_its_default(folder: RunFolder) -> None:
    record = shards.read_json(folder.run_json)
    assert record["fixed"].pop("rules") == "paper"
    shards.write_json(record, folder.run_json)
    settings = load_settings(folder, RunSettings)
    with pytest.raises(BadInput, match="rules: run has 'paper', given 'strict'"):
        EVOLUTION.start(settings.model_copy(update={"rules": "strict"}))
    assert "rules" not in read_record(EVOLUTION.start(settings)).fixed
