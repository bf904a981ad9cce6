"""Submit the tasks of many shards, wait for them, stop them together, and say which of them failed.

Knows Prefect's futures, and nothing of what a task does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from prefect import flow
from prefect.exceptions import TerminationSignal
from prefect.futures import PrefectFuture, as_completed, wait

from flows.schedule import part_of
from schemas.errors import Interrupted, RunFault, ShardsFailed
from schemas.folders.run import RunFolder
from tasks.buying import engines
from tasks.doors.prefect.artifacts import Gauge
from tasks.doors.storage.places import place

_MOST_NAMED = 5
_EPOCH = 0

Steps = Mapping[Any, Any]
"""The stages of a shard in their order, each with its task."""
Futures = dict[str, PrefectFuture[Any]]
"""By task name."""


def through(
    name: str, steps_of: Callable[[int], Steps], gauge: Callable[[str, int], Gauge], where: str
) -> Any:
    """Return the subflow that takes every shard of a job of one epoch through its stages.

    Args:
        name: Of the subflow.
        steps_of: Returns a shard's stages, by its number.
        gauge: Makes the progress bar: takes the run's path and how many tasks there are.
        where: Which part of a run this is, for messages.

    Returns:
        A flow that takes the run's path and the shards' paths. It raises RunFault where the run has to
        stop, and ShardsFailed where some shards failed and the others went as far as they could.
    """

    @flow(name=name, flow_run_name=part_of(lambda _: name), validate_parameters=False)
    def carried(run: str, pool: list[str]) -> None:
        steps = [steps_of(shard) for shard in range(len(pool))]
        futures = submit_all(run, _EPOCH, pool, steps)
        wait_all(futures.values(), gauge(run, len(futures)))
        raise_failures(futures, where)

    return carried


def submit_all(run: str, epoch: int, pool: Sequence[str], steps: Sequence[Steps]) -> Futures:
    """Start every stage of every shard, each as soon as the one before is done.

    Args:
        run: The run folder.
        epoch: Number of the epoch.
        pool: Paths of the shards.
        steps: The stages of each.
    """
    folder = RunFolder(place(run))
    futures: Futures = {}
    sources, before = list(pool), [list[PrefectFuture[Any]]() for _ in pool]
    for turn in range(max(map(len, steps), default=0)):
        for shard, (stage, work) in _at(turn, steps):
            # A future in the place of the path would cost a request to the server for each task.
            future = work.submit(run, epoch, shard, sources[shard], wait_for=before[shard])
            futures[f"{stage.value}-{shard:03d}"] = future
            before[shard] = [future]
            sources[shard] = str(folder.stage_shard(epoch, stage.value, shard))
    return futures


def _at(turn: int, steps: Sequence[Steps]) -> list[tuple[int, tuple[Any, Any]]]:
    """Return the shards that have a stage in this turn, each with it."""
    return [(n, list(one.items())[turn]) for n, one in enumerate(steps) if turn < len(one)]


def wait_all(futures: Iterable[PrefectFuture[Any]], gauge: Gauge) -> None:
    """Return when all are done; at SIGTERM, which Prefect raises here, once calls in flight ended."""
    waiting = list(futures)
    completed = 0
    try:
        for future in as_completed(waiting):
            # It is done, but knows its state only when waited for; to ask the server costs a request.
            future.wait()
            _stop_others(future)
            completed += future.state.is_completed()
            gauge.show(completed)
    except TerminationSignal:
        engines.halt(Interrupted("stopped; a retry goes on: nothing paid for is lost"))
        wait(waiting)
        raise
    gauge.settle(completed)


def _stop_others(future: PrefectFuture[Any]) -> None:
    """Where one shard says that the run has to stop, tell the processes that carry the others."""
    if future.state.is_failed():
        cause = future.state.result(raise_on_failure=False)
        if _is_stop(cause):
            engines.halt(cause)


def _is_stop(cause: object) -> TypeGuard[RunFault]:
    return isinstance(cause, RunFault) and type(cause) is not RunFault


def raise_failures(futures: Mapping[str, PrefectFuture[Any]], where: str) -> None:
    """Say which shards failed, if any did.

    Args:
        futures: All of them, done, by task name.
        where: Which part of the run this is, for the message.

    Raises:
        RunFault: A shard said that the run has to stop: that very fault.
        ShardsFailed: Shards failed for other reasons.
    """
    failed = {n: f for n, f in futures.items() if f.state.is_failed() or f.state.is_crashed()}
    if not failed:
        return
    causes = [future.state.result(raise_on_failure=False) for future in failed.values()]
    stops = [cause for cause in causes if _is_stop(cause)]
    if stops:
        raise stops[0]
    first = str(causes[0]).partition("\n")[0]
    remedy = "" if "same command again" in first else "; mend that and run the same command again"
    named = ", ".join(sorted(failed)[:_MOST_NAMED]) + (", …" if len(failed) > _MOST_NAMED else "")
    raise ShardsFailed(
        f"{where}: {len(failed)} shards failed ({named}); first: {first}{remedy}"
    ) from (causes[0] if isinstance(causes[0], BaseException) else None)
