"""How a run's limits are divided among processes: nobody gets too much, and all hear the stop."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calls.call import Pending
from schemas.errors import BudgetReached, Interrupted, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.tables.row import STAGE
from tasks.buying import divided
from tasks.doors.storage import ledger, lock, shards


def made(tmp_path: Path, **more: object) -> RunSettings:
    given = {"seeds": "s", "out": tmp_path, "model": "m", "task_runner": "processes", **more}
    return RunSettings.model_validate(given)


def folder_of(tmp_path: Path, n_shards: int = 3) -> RunFolder:
    folder = RunFolder(tmp_path)
    for shard in range(n_shards):
        shards.write_table(STAGE.empty_table(), folder.pool_shard(1, shard))
    return folder


def paid(key: str, usd: float) -> dict[str, object]:
    return Pending(key, 1, 0, 0, usd, 0, is_aloft=False, aloft_usd=None).record()


def test_what_is_left_of_the_budget_is_divided_by_shards(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with ledger.Ledger(folder.ledger(1, 1)) as book:
        book.append(paid("a", 0.5))
        book.append(paid("b", 0.25))
    divided.cut(folder, made(tmp_path, budget_usd=10), 1, spent_usd=4.0)
    found = divided.read(folder)
    assert found.shard_usd == 2.0
    assert found.before_usd == [0.0, 0.75, 0.0]
    assert found.fault is None


def test_a_run_over_its_budget_leaves_nothing_to_any_shard(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    divided.cut(folder, made(tmp_path, budget_usd=1), 1, spent_usd=1.5)
    assert divided.read(folder).shard_usd == 0.0
    divided.cut(folder, made(tmp_path), 1, spent_usd=1.5)
    assert divided.read(folder).shard_usd is None


def test_limits_divided_anew_have_another_name(tmp_path: Path) -> None:
    """Processes know by it that what they have is worth nothing any more."""
    folder = folder_of(tmp_path)
    divided.cut(folder, made(tmp_path), 1, spent_usd=0.0)
    first = divided.read(folder)
    divided.cut(folder, made(tmp_path), 1, spent_usd=0.0)
    assert divided.read(folder).id != first.id


def test_everybody_is_told_to_stop_in_the_same_words_and_with_the_same_exit_code(
    tmp_path: Path,
) -> None:
    folder = folder_of(tmp_path)
    divided.cut(folder, made(tmp_path), 1, spent_usd=0.0)
    divided.halt(folder, BudgetReached("the money is spent"))
    fault = divided.read(folder).fault
    assert isinstance(fault, Interrupted)
    assert (str(fault), fault.exit_code) == ("the money is spent", 3)


def test_a_stop_holds_until_the_run_is_started_again(tmp_path: Path) -> None:
    """It may come between two epochs, when nobody buys."""
    folder = folder_of(tmp_path)
    divided.cut(folder, made(tmp_path), 1, spent_usd=0.0)
    divided.halt(folder, Interrupted("stopped"))
    with pytest.raises(Interrupted, match="stopped"):
        divided.cut(folder, made(tmp_path), 1, spent_usd=0.0)
    divided.forget(folder)
    divided.cut(folder, made(tmp_path), 1, spent_usd=0.0)
    assert divided.read(folder).fault is None


def test_a_process_goes_on_only_as_long_as_the_one_that_it_works_for(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with lock.held(folder.lock):
        divided.cut(folder, made(tmp_path), 1, spent_usd=0.0)
        mine = divided.read(folder)
        assert divided.stop_of(folder, mine) is None
    assert isinstance(divided.stop_of(folder, mine), Interrupted), "nobody holds the run"
    with lock.held(folder.lock):
        divided.cut(folder, made(tmp_path), 1, spent_usd=0.0)
        assert isinstance(divided.stop_of(folder, mine), Interrupted), "somebody else divided it"
        divided.halt(folder, BudgetReached("the money is spent"))
        stop = divided.stop_of(folder, divided.read(folder))
        assert stop is not None and stop.exit_code == 3
        divided.forget(folder)
        assert isinstance(divided.stop_of(folder, mine), Interrupted), "somebody begins anew"


def test_a_shard_outside_its_flow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFault, match="run the flow"):
        divided.read(RunFolder(tmp_path))


@given(
    engines=st.integers(1, 256),
    concurrency=st.integers(256, 4096),
    rpm=st.none() | st.integers(256, 10**6),
    tpm=st.none() | st.integers(256, 10**9),
)
def test_the_parts_of_all_processes_never_pass_the_whole(
    engines: int, concurrency: int, rpm: int | None, tpm: int | None
) -> None:
    whole = made(
        Path("o"), concurrency=concurrency, rpm=rpm, tpm=tpm, budget_usd=5, engines=engines
    )
    part = divided.part_of(whole, engines)
    for name in ("concurrency", "rpm", "tpm"):
        limit, own = getattr(whole, name), getattr(part, name)
        assert (limit is None and own is None) or 1 <= own * engines <= limit
    assert part.budget_usd is None
    assert part.fixed_part() == whole.fixed_part()
