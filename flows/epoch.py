"""One epoch as a graph: each shard goes through its stages, then all shards advance together."""

from collections.abc import Mapping
from typing import Any

from prefect import flow

from flows.schedule import part_of
from flows.shards import Steps, raise_failures, submit_all, wait_all
from schemas.folders.run import RunFolder
from schemas.settings.asking import AskSettings
from schemas.stages import Stage
from tasks.doors.storage.places import place
from tasks.evolution import exhibit
from tasks.evolution.steps.advance import advance
from tasks.evolution.steps.eliminate import eliminate_shard
from tasks.evolution.steps.evolve import evolve_shard
from tasks.evolution.steps.publish import publish
from tasks.evolution.steps.respond import respond_shard
from tasks.evolution.steps.screen import screen_shard
from tasks.runs.saved_pack import saved_stages
from tasks.runs.stage import mend_ledgers

_WORK = {
    Stage.EVOLVE: evolve_shard,
    Stage.SCREEN: screen_shard,
    Stage.RESPOND: respond_shard,
    Stage.ELIMINATE: eliminate_shard,
}
_SPARE_SHARDS = 3
_MOST_SHARDS = 64


def shards_at_once(settings: AskSettings, shard_rows: int) -> int:
    """Return how many shards a process carries at once, so that the line to the model is full.

    Args:
        settings: Calls in flight at most, and the processes that share them.
        shard_rows: Rows a shard, each one call a stage.
    """
    filling = -(-2 * (settings.concurrency // settings.engines) // shard_rows)
    return min(_MOST_SHARDS, filling + _SPARE_SHARDS)


def _name(given: Mapping[str, Any]) -> str:
    return f"epoch {given['number']}"


@flow(name="epoch", flow_run_name=part_of(_name), validate_parameters=False)
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
    exhibit.tag_epoch(run, number)
    mend_ledgers(run, number)
    steps = _steps(run, number)
    futures = submit_all(run, number, pool, [steps for _ in pool])
    wait_all(futures.values(), exhibit.gauge(run, number, len(futures)))
    raise_failures(futures, f"epoch {number}")
    judged = _paths(run, number, Stage.ELIMINATE, len(pool))
    parents: list[str] = advance(run, number, pool, judged)
    publish(run, number)
    exhibit.exhibit(run, number)
    return parents


def _steps(run: str, number: int) -> Steps:
    """Return the stages of the run's pack, each with its task; seeds go through some of them."""
    stages = saved_stages(RunFolder(place(run)))
    return {one: _WORK[one] for one in stages if number or one.traits.is_for_seeds}


def _paths(run: str, number: int, stage: Stage, n_shards: int) -> list[str]:
    folder = RunFolder(place(run))
    return [str(folder.stage_shard(number, stage.value, shard)) for shard in range(n_shards)]
