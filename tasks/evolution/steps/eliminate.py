"""Give every row its one verdict: the response rules, and `kept` for whoever breaks none.

Rows keep their number and order; after this stage each has a reason.
"""

from collections.abc import Sequence
from dataclasses import replace

from schemas.reasons import Reason
from schemas.stages import Stage
from schemas.tables.row import Row
from tasks.evolution.steps import rules
from tasks.evolution.steps.carry import Bench, carry
from tasks.runs.stage import Carried, stage_task


def eliminate(rows: Sequence[Row], job: Bench) -> list[Row]:
    """Judge the rows by their responses.

    Args:
        rows: n rows, answered where they still stood.
        job: Settings and pack.

    Returns:
        n rows in the same order, each with a reason. A seed's own response is not judged.
    """
    judged = rules.apply("after_response", rows, job.settings, job.pack)
    return [_verdict(before, after) for before, after in zip(rows, judged, strict=True)]


def _verdict(before: Row, after: Row) -> Row:
    own_response = before.epoch == 0 and before.model is None and before.error is None
    if after.reason is None or own_response:
        return replace(before, reason=Reason.KEPT.value, evidence=None)
    return after


@stage_task(Stage.ELIMINATE)
def eliminate_shard(run: str, epoch: int, shard: int, source: str) -> Carried:
    """Judge one shard."""
    return carry(eliminate, run, epoch, shard, Stage.ELIMINATE, source)
