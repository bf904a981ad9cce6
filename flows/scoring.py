"""A scoring as a graph: a sample is dealt to shards, each is scored, then the tables."""

from collections.abc import Sequence
from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture

from flows.job import Kind, carry_all, opened
from flows.schedule import dated, scoring_name
from flows.shards import raise_failures, wait_all
from schemas.folders.run import RunFolder
from schemas.folders.scoring import EPOCH, MAP_SHARD, SHARDS
from schemas.settings.scoring import ScoringForm, ScoringSettings
from schemas.tables.scoring import ScoringStage
from tasks.evolution.exhibit import report_scored
from tasks.runs.run_json import note_done
from tasks.scoring import exhibit
from tasks.scoring.conclude import conclude
from tasks.scoring.embed import embed, embed_shard, lay_out
from tasks.scoring.kind import absolute_scoring, check_scoring, start_scoring
from tasks.scoring.sample import sample
from tasks.scoring.score import difficulty_shard, versions_shard

_SCORING = Kind(
    check_scoring, start_scoring, exhibit.spent, tags=lambda settings: (settings.judge, "scoring")
)


@flow(name="scoring", flow_run_name=scoring_name)
def scoring(settings: ScoringForm) -> str:
    """Score instructions by difficulty, and the versions of lines side by side.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the scoring's folder.
    """
    return score_all(absolute_scoring(dated(settings.settings())))


def score_all(settings: ScoringSettings) -> str:
    """Make or continue a scoring, and take it to its end; returns the path of its folder."""
    with opened(settings, _SCORING) as folder:
        _score(folder, settings)
    return str(folder.root)


def _score(folder: RunFolder, settings: ScoringSettings) -> None:
    """Take all shards through their one stage, then write the tables."""
    run = str(folder.root.resolve())
    pool = [*sample(run), *lay_out(run)]
    carry_all(folder, settings, EPOCH, pool, _carry)
    embed(run)
    conclude(run)
    exhibit.exhibit_scoring(run)
    note_done(folder)
    report_scored(run)


@flow(name="scores", flow_run_name="scores", validate_parameters=False)
def _carry(run: str, pool: list[str]) -> None:
    """Score every shard.

    Args:
        run: The scoring's folder.
        pool: Paths of the shards: instructions first, then lines, then the map's instructions.

    Raises:
        RunFault: The scoring has to stop.
        ShardsFailed: Some shards failed; the others are done.
    """
    futures = _submit_all(run, pool)
    wait_all(futures.values(), exhibit.gauge(run, len(futures)))
    raise_failures(futures, "scoring")


def _submit_all(run: str, pool: Sequence[str]) -> dict[str, PrefectFuture[Any]]:
    """Start the scoring of every shard; by task name."""
    futures: dict[str, PrefectFuture[Any]] = {}
    for shard, source in enumerate(pool):
        stage, work = _work_of(shard)
        futures[f"{stage.value}-{shard:03d}"] = work.submit(run, EPOCH, shard, source)
    return futures


def _work_of(shard: int) -> tuple[ScoringStage, Any]:
    """Return what a shard is asked, and the task that asks it."""
    if shard == MAP_SHARD:
        return ScoringStage.EMBEDDING, embed_shard
    if shard < SHARDS:
        return ScoringStage.DIFFICULTY, difficulty_shard
    return ScoringStage.COMPLEXITY, versions_shard
