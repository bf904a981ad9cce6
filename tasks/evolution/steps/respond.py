"""Get a response to each instruction that still stands: the bare instruction is the prompt.

Rows keep their number and order. Serves children after the screen, and seeds whose own response is
missing.
"""

from collections.abc import Sequence
from dataclasses import replace

from schemas.calls.call import Answer, Request
from schemas.stages import Stage
from schemas.tables.row import Row
from schemas.text import well_formed
from tasks.evolution.steps.carry import Bench, carry
from tasks.runs.stage import Carried, stage_task


def respond(rows: Sequence[Row], job: Bench) -> list[Row]:
    """Answer the rows that have no verdict against them.

    Args:
        rows: n rows; those with a reason are passed through.
        job: Settings and the way to ask.

    Returns:
        n rows in the same order; `error` is set where the model gave nothing.
    """
    asked = [row for row in rows if row.reason is None and wants_response(row, job)]
    answers = job.ask([_request(row, job) for row in asked])
    answered = {
        row.id: _with_response(row, answer, job) for row, answer in zip(asked, answers, strict=True)
    }
    return [answered.get(row.id, row) for row in rows]


def wants_response(row: Row, job: Bench) -> bool:
    """Tell whether a row is to be answered: every child, and the seeds that the settings name."""
    if row.epoch > 0 or job.settings.seed_responses == "all":
        return True
    return job.settings.seed_responses == "missing" and row.response is None


def _request(row: Row, job: Bench) -> Request:
    return Request(
        row_id=row.id,
        epoch=job.epoch,
        stage=Stage.RESPOND,
        model=job.settings.responder_model,
        prompt=row.instruction,
        sampling=job.settings.sampling_of("responder"),
    )


def _with_response(row: Row, answer: Answer, job: Bench) -> Row:
    if answer.error is not None:
        return replace(
            row, response=None, error=answer.error, ending=answer.ending,
            finish_reason=answer.finish_reason, reasoning=_thinking(answer),
            reasoning_tokens=answer.reasoning_tokens,
        )  # fmt: skip
    return replace(
        row,
        response=well_formed(answer.text).strip(),
        model=job.settings.responder_model,
        finish_reason=answer.finish_reason,
        reasoning=_thinking(answer),
        reasoning_tokens=answer.reasoning_tokens,
    )


def _thinking(answer: Answer) -> str | None:
    return None if answer.reasoning is None else well_formed(answer.reasoning)


@stage_task(Stage.RESPOND)
def respond_shard(run: str, epoch: int, shard: int, source: str) -> Carried:
    """Answer one shard."""
    return carry(respond, run, epoch, shard, Stage.RESPOND, source)
