"""One epoch as a graph: each shard goes through its stages, then all shards advance together."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture, wait
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from schemas.errors import RunFault, ShardsFailed
from schemas.reason import Stage
from schemas.run_folder import RunFolder
from tasks.advance import advance
from tasks.eliminate import eliminate_shard
from tasks.evolve import evolve_shard
from tasks.export import publish
from tasks.respond import respond_shard
from tasks.screen import screen_shard

_STAGES = {
    Stage.EVOLVE: evolve_shard,
    Stage.SCREEN: screen_shard,
    Stage.RESPOND: respond_shard,
    Stage.ELIMINATE: eliminate_shard,
}
_SEED_STAGES = {Stage.RESPOND: respond_shard, Stage.ELIMINATE: eliminate_shard}
_SHARDS_AT_ONCE = 16
_RUNNER: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=_SHARDS_AT_ONCE)


@flow(
    name="epoch",
    flow_run_name="epoch-{number}",
    task_runner=_RUNNER,
    validate_parameters=False,
)
def epoch(run: str, number: int, pool: list[str]) -> list[str]:
    """Take a pool through one epoch.

    Args:
        run: The run folder.
        number: Number of the epoch; in epoch 0 the seeds get the responses that they lack.
        pool: Paths of the pool's shards.

    Returns:
        Paths of the next pool's shards.

    Raises:
        RunFault: The run has to stop.
        ShardsFailed: Some shards failed; the others went as far as they could.
    """
    carried: Sequence[str | PrefectFuture[Any]] = pool
    futures: dict[str, PrefectFuture[Any]] = {}
    for stage, work in (_STAGES if number else _SEED_STAGES).items():
        submitted = [
            _submit(work, run, number, shard, stage, source) for shard, source in enumerate(carried)
        ]
        futures |= {f"{stage.value}-{shard:03d}": f for shard, f in enumerate(submitted)}
        carried = submitted
    wait(list(futures.values()))
    raise_failures(futures, number)
    judged = [future.result() for future in submitted]
    parents = advance(run, number, pool, judged)
    publish(run, number)
    return parents


def _submit(
    work: Any, run: str, number: int, shard: int, stage: Stage, source: str | PrefectFuture[Any]
) -> PrefectFuture[Any]:
    # Prefect remembers that a shard was done, but not whether its file is still there.
    is_gone = not RunFolder(Path(run)).stage_shard(number, stage.value, shard).exists()
    future: PrefectFuture[Any] = work.with_options(refresh_cache=is_gone).submit(
        run, number, shard, source
    )
    return future


def raise_failures(futures: Mapping[str, PrefectFuture[Any]], number: int) -> None:
    """Say which shards failed, if any did.

    Raises:
        RunFault: A shard said that the run has to stop: that very fault.
        ShardsFailed: Shards failed for other reasons.
    """
    failed = {n: f for n, f in futures.items() if f.state.is_failed() or f.state.is_crashed()}
    if not failed:
        return
    causes = [future.state.result(raise_on_failure=False) for future in failed.values()]
    stops = [c for c in causes if isinstance(c, RunFault) and type(c) is not RunFault]
    if stops:
        raise stops[0]
    first = causes[0]
    raise ShardsFailed(
        f"epoch {number}: {len(failed)} shards failed ({', '.join(sorted(failed))}); first: {first}; "
        "mend that and run the same command again"
    ) from (first if isinstance(first, BaseException) else None)
