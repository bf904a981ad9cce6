"""Find what can be known of a child before a response is paid for.

Free rules first (no answer, unchanged, leaked prompt, and the strict ones), then one question to the
judge for whoever is left: is the child equal to its parent? Rows keep their number and order; failed
ones get a reason and evidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas.calls.call import Request
from schemas.reasons import Gain
from schemas.stages import Stage
from schemas.tables.row import Row
from tasks.doors.numbers.near_duplicates import NearDuplicates
from tasks.evolution.steps import rules
from tasks.evolution.steps.carry import Bench, carry
from tasks.packs.equality import read_verdict
from tasks.runs.stage import Carried, stage_task


def screen(children: Sequence[Row], job: Bench) -> list[Row]:
    """Mark the children that need no response.

    Args:
        children: n rows, without a verdict.
        job: Settings, pack and the way to ask.

    Returns:
        n rows in the same order; `gain` is set where the judge was asked.
    """
    rows = list(children)
    if job.settings.rules == "strict":
        rows = _with_duplicates(rows, job)
    rows = rules.apply("before_judge", rows, job.settings, job.pack)
    if job.settings.gain_check:
        rows = _with_gain(rows, job)
        rows = rules.apply("after_judge", rows, job.settings, job.pack)
    return rows


def _with_gain(rows: list[Row], job: Bench) -> list[Row]:
    asked = [row for row in rows if row.reason is None]
    judged = {row.id: row for row in _ask_judge(asked, job, ask=1)}
    unread = [row for row in judged.values() if row.gain == Gain.UNSCORED and row.error is None]
    judged |= {row.id: row for row in _ask_judge(unread, job, ask=2)}
    return [judged.get(row.id, row) for row in rows]


def _ask_judge(rows: Sequence[Row], job: Bench, *, ask: int) -> list[Row]:
    requests = [_request(row, job, ask) for row in rows]
    answers = job.ask(requests)
    return [
        replace(row, error=answer.error, gain=None if answer.error else read_verdict(answer.text))
        for row, answer in zip(rows, answers, strict=True)
    ]


def _request(row: Row, job: Bench, ask: int) -> Request:
    return Request(
        row_id=row.id,
        epoch=job.epoch,
        stage=Stage.SCREEN,
        model=job.settings.judge_model,
        prompt=job.pack.equality(row.parent_instruction or "", row.instruction),
        sampling=job.settings.judge_sampling,
        ask=ask,
    )


def _with_duplicates(rows: list[Row], job: Bench) -> list[Row]:
    """Mark children that repeat another parent of the pool."""
    held = _held(job)
    found: Mapping[str, str] = {
        row.id: match.id
        for row in rows
        if (match := held.find(row.instruction, apart_from=row.parent_id)) is not None
    }
    return [replace(row, duplicate_of=found.get(row.id)) for row in rows]


def _held(job: Bench) -> NearDuplicates:
    held = NearDuplicates(job.settings.near_duplicate_similarity)
    for parent in job.pool():
        held.add(parent.id, parent.instruction)
    return held


@stage_task(Stage.SCREEN)
def screen_shard(run: str, epoch: int, shard: int, source: str) -> Carried:
    """Screen one shard of children."""
    return carry(screen, run, epoch, shard, Stage.SCREEN, source)
