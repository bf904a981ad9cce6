"""Turn parents into children: draw an operation, render its prompt, ask, clean the answer.

Rows in are parents; rows out are their children, one each, in the same order. What becomes of a
child is not decided here.
"""

import json
from collections.abc import Sequence

from schemas.calls.call import Answer, Request
from schemas.operation import Draw, draw
from schemas.stages import Stage
from schemas.tables.row import Row
from schemas.text import well_formed
from tasks.evolution.steps.carry import Bench, carry
from tasks.evolution.steps.cleaning import clean
from tasks.runs.stage import Carried, stage_task


def evolve(parents: Sequence[Row], job: Bench) -> list[Row]:
    """Make one child of each parent.

    Args:
        parents: n rows of the pool.
        job: Settings, pack, epoch and the way to ask.

    Returns:
        n children, in the order of their parents; `error` is set where the model gave nothing.
    """
    requests = [_request(parent, job) for parent in parents]
    answers = job.ask(requests)
    return [
        _child(parent, request, answer, job)
        for parent, request, answer in zip(parents, requests, answers, strict=True)
    ]


def child_id(parent: Row, epoch: int) -> str:
    """Return the id of a parent's child in an epoch: one line has one child an epoch."""
    return f"{parent.seed_id}-{epoch}"


def _request(parent: Row, job: Bench) -> Request:
    settings = job.settings
    operation, variant = _draw(parent, job)
    extra = json.loads(parent.extra) if parent.extra and job.pack.fields else None
    return Request(
        row_id=child_id(parent, job.epoch),
        epoch=job.epoch,
        stage=Stage.EVOLVE,
        model=settings.model,
        prompt=job.pack.evolving(operation, variant, parent.instruction, extra),
        sampling=settings.sampling_of("evolver"),
    )


def _child(parent: Row, request: Request, answer: Answer, job: Bench) -> Row:
    operation, variant = _draw(parent, job)
    instruction = clean(well_formed(answer.text))
    error = answer.error
    if error is None and not instruction:
        error = f"nothing left of the answer after cleaning: {answer.text[:80]!r}"
    return Row(
        id=request.row_id,
        seed_id=parent.seed_id,
        position=parent.position,
        epoch=job.epoch,
        instruction=instruction,
        parent_id=parent.id,
        operation=operation.name,
        input_format=variant.name if variant else None,
        attempts=job.epoch - parent.epoch,
        prompt_sha256=request.prompt_sha256,
        extra=parent.extra,
        parent_instruction=parent.instruction,
        evolve_finish_reason=answer.finish_reason,
        error=error,
        ending=answer.ending if answer.error else None,
    )


def _draw(parent: Row, job: Bench) -> Draw:
    return draw(job.pack.operations, job.settings.rng_seed, job.epoch, parent.id)


@stage_task(Stage.EVOLVE)
def evolve_shard(run: str, epoch: int, shard: int, source: str) -> Carried:
    """Evolve one shard of the pool."""
    return carry(evolve, run, epoch, shard, Stage.EVOLVE, source)
