"""A scoring as a graph: a sample is dealt to shards, each is scored, then the tables."""

from prefect import flow

from flows.job import carry_all, job
from flows.schedule import title_of
from flows.shards import Steps, through
from schemas.folders.scoring import EPOCH, MAP_SHARD, SHARDS
from schemas.settings.scoring import ScoringForm
from schemas.tables.scoring import ScoringStage
from tasks.evolution.exhibit import report_scored
from tasks.scoring import exhibit
from tasks.scoring.conclude import conclude
from tasks.scoring.embed import embed, embed_shard, lay_out
from tasks.scoring.kind import SCORING
from tasks.scoring.sample import sample
from tasks.scoring.score import difficulty_shard, versions_shard


def _steps_of(shard: int) -> Steps:
    """Return what a shard is asked: instructions come first, then lines, then the map's."""
    if shard == MAP_SHARD:
        return {ScoringStage.EMBEDDING: embed_shard}
    if shard < SHARDS:
        return {ScoringStage.DIFFICULTY: difficulty_shard}
    return {ScoringStage.COMPLEXITY: versions_shard}


_carry = through("scores", _steps_of, exhibit.gauge, "scoring")


@flow(name=SCORING.name, flow_run_name=title_of(SCORING))
def scoring(settings: ScoringForm) -> str:
    """Score instructions by difficulty, and the versions of lines side by side.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the scoring's folder.
    """
    with job(SCORING, settings) as run:
        carry_all(run, EPOCH, [*sample(run.path), *lay_out(run.path)], _carry)
        embed(run.path)
        conclude(run.path)
        exhibit.exhibit_scoring(run.path)
        run.done()
        report_scored(run.path)
    return str(run.folder.root)
