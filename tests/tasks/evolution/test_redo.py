"""Giving up what a shard has: the answers are to be bought again, and what they cost stays known."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemas.calls.call import Answer, Call, Pending
from schemas.errors import BadInput, Interrupted, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import STAGE
from tasks.buying.bought import calls_in, entries_in
from tasks.buying.owed import Owed
from tasks.doors.storage import ledger, lock, shards
from tasks.evolution.kind import EVOLUTION
from tasks.evolution.redo import retire
from tasks.runs.run_json import note_done, note_stop

OWED = Owed({}, 0)
STAGES = (Stage.EVOLVE, Stage.SCREEN, Stage.RESPOND)


def call(row: int, stage: Stage) -> Call:
    answer = Answer("text", "stop", "m", "m", 10, 40, 0.25, 0.1, 2, 1.0)
    return Call(f"{stage.value}-{row}", f"r{row}", 1, stage.value, 1, "sha", answer)


@pytest.fixture
def folder(three_seeds: Path, tmp_path: Path) -> RunFolder:
    """A run with two shards of three rows in epoch 1, all stages done."""
    settings = RunSettings(seeds=three_seeds, out=str(tmp_path / "run"), model="m", epochs=2)
    made = EVOLUTION.start(settings)
    for shard in range(2):
        shards.write_table(STAGE.empty_table(), made.pool_shard(1, shard))
        for stage in Stage:
            shards.write_table(STAGE.empty_table(), made.stage_shard(1, stage.value, shard))
        with ledger.Ledger(made.ledger(1, shard)) as book:
            for stage in STAGES:
                for row in range(3):
                    book.append(call(row, stage).record())
    return made


@pytest.mark.parametrize(("stage", "given_up"), [(Stage.EVOLVE, 9), (Stage.SCREEN, 6),
                                                 (Stage.RESPOND, 3), (Stage.ELIMINATE, 0)])  # fmt: skip
def test_a_stage_and_those_after_it_are_given_up_and_others_are_not(
    folder: RunFolder, stage: Stage, given_up: int
) -> None:
    path = folder.ledger(1, 0)
    before = OWED.usd(entries_in(path).values())
    assert retire(folder, 1, 0, stage) == given_up
    later = list(Stage)[list(Stage).index(stage) :]
    for one in Stage:
        assert folder.stage_shard(1, one.value, 0).exists() is (one not in later)
        assert folder.stage_shard(1, one.value, 1).exists()
    assert {one.stage for one in calls_in(path)} == {s.value for s in STAGES if s not in later}
    assert len(calls_in(folder.ledger(1, 1))) == 9
    assert OWED.usd(entries_in(path).values()) == before == 9 * 0.25


def test_what_is_given_up_keeps_its_attempts_and_is_not_thought_to_be_on_the_wire(
    folder: RunFolder,
) -> None:
    retire(folder, 1, 0, Stage.RESPOND)
    waiting = [e for e in entries_in(folder.ledger(1, 0)).values() if isinstance(e, Pending)]
    assert len(waiting) == 3
    assert {(one.attempts, one.unknown, one.is_aloft) for one in waiting} == {(2, 0, False)}


@pytest.mark.parametrize(
    ("epoch", "shard", "told"),
    [
        (-1, 0, "--epoch: the run has the epochs 0 to 2; given -1"),
        (3, 0, "--epoch: the run has the epochs 0 to 2; given 3"),
        (2, 0, "--epoch: epoch 2 has not begun; run it first"),
        (1, 2, "--shard: epoch 1 has the shards 0 to 1; given 2"),
    ],
)
def test_a_shard_that_is_not_there_is_named_and_nothing_changes(
    folder: RunFolder, epoch: int, shard: int, told: str
) -> None:
    before = folder.ledger(1, 0).read_bytes()
    with pytest.raises(BadInput) as refused:
        retire(folder, epoch, shard, Stage.EVOLVE)
    assert str(refused.value) == told
    assert folder.ledger(1, 0).read_bytes() == before


def test_a_run_that_somebody_runs_keeps_what_it_has(folder: RunFolder) -> None:
    with lock.held(folder.lock), pytest.raises(BadInput, match="in use"):
        retire(folder, 1, 0, Stage.EVOLVE)
    assert len(calls_in(folder.ledger(1, 0))) == 9


def buy_again(folder: RunFolder, *rows: int) -> None:
    """Keep new answers for rows of the first shard that were given up: one attempt more."""
    with ledger.Ledger(folder.ledger(1, 0)) as book:
        for row in rows:
            old = call(row, Stage.RESPOND)
            answer = replace(old.answer, attempts=3, cost_usd=0.5)
            book.append(replace(old, answer=answer).record())


def test_a_retry_that_was_stopped_goes_on_when_it_is_asked_for_again(folder: RunFolder) -> None:
    """What was bought since is new: only what is left is given up."""
    note_stop(folder, Interrupted())
    assert retire(folder, 1, 0, Stage.RESPOND) == 3
    buy_again(folder, 0, 2)
    path = folder.stage_shard(1, Stage.RESPOND.value, 0)
    assert retire(folder, 1, 0, Stage.RESPOND) == 1
    buy_again(folder, 1)
    shards.write_table(STAGE.empty_table(), path)
    assert retire(folder, 1, 0, Stage.RESPOND) == 0
    assert path.exists(), "it was made of new answers"
    # Another shard, or another stage of the same one, is another retry.
    assert retire(folder, 1, 1, Stage.RESPOND) == 3
    assert retire(folder, 1, 0, Stage.EVOLVE) == 9


def test_a_retry_that_was_killed_while_it_gave_up_answers_gives_up_the_rest(
    folder: RunFolder,
) -> None:
    note_stop(folder, Interrupted())
    before = folder.ledger(1, 0).read_bytes()
    retire(folder, 1, 0, Stage.RESPOND)
    written = folder.ledger(1, 0).read_bytes()[len(before) :].splitlines(keepends=True)
    folder.ledger(1, 0).write_bytes(before + written[0])
    assert retire(folder, 1, 0, Stage.RESPOND) == 3
    assert not [one for one in calls_in(folder.ledger(1, 0)) if one.stage == "respond"]


def test_a_retry_after_the_run_was_done_is_a_new_one(folder: RunFolder) -> None:
    assert retire(folder, 1, 0, Stage.RESPOND) == 3
    buy_again(folder, 0, 1, 2)
    for stage in Stage:
        shards.write_table(STAGE.empty_table(), folder.stage_shard(1, stage.value, 0))
    note_done(folder)
    assert retire(folder, 1, 0, Stage.RESPOND) == 3
    assert not folder.stage_shard(1, Stage.RESPOND.value, 0).exists()


def test_a_damaged_record_of_what_was_given_up_is_named(folder: RunFolder) -> None:
    folder.given_up.write_text('{"shards": [1]}')
    with pytest.raises(RunFault, match=r"given-up.json: shards.0"):
        retire(folder, 1, 0, Stage.RESPOND)
