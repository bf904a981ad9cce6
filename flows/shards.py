"""Wait for the tasks of many shards, stop them together, and say which of them failed.

Knows Prefect's futures, and nothing of what a task does.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from prefect.exceptions import TerminationSignal
from prefect.futures import PrefectFuture, as_completed, wait

from schemas.errors import Interrupted, RunFault, ShardsFailed
from tasks.buying import engines
from tasks.doors.prefect.artifacts import Gauge

_MOST_NAMED = 5


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
