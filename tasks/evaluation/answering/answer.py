"""Lay out test items in shards, and get every system's answers to them.

Turns a test set into items and the answers that files hold, then items into all systems' answers: one
request an item and model; the bare instruction is the prompt. Knows nothing of judging.
"""

import logging
from collections.abc import Sequence

import pyarrow as pa

from schemas.calls.call import Answer, Request
from schemas.folders.evaluation import EPOCH, EvaluationFolder
from schemas.settings.evaluation import EvaluationSettings, System
from schemas.settings.prediction import PredictionSettings
from schemas.tables.evaluation import (
    ANSWERS,
    ITEMS,
    EvaluationStage,
    Item,
    SystemAnswer,
    answers_of,
    items_of,
)
from schemas.tables.row import to_table
from schemas.text import well_formed
from tasks.buying.ask import Ask
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.made_from import made_from
from tasks.runs.saved_settings import kind_in, load_settings
from tasks.runs.stage import Carried, asker, stage_task, unless_done, unremembered
from tasks.sources.test_sets import read_answers, read_items

log = logging.getLogger("evolflow.answer")

GIVEN = "given"
"""Names the shards of answers that files hold."""
_SHARDS = 8
_FEWEST_SHARD_ROWS = 32

Answering = EvaluationSettings | PredictionSettings
"""Settings with systems that answer test items."""


def _settings_of(folder: EvaluationFolder) -> Answering:
    """Return the settings of an evaluation or a prediction: in both, systems answer test items."""
    if kind_in(shards.read_json(folder.run_json)) == PredictionSettings.kind:
        return load_settings(folder, PredictionSettings)
    return load_settings(folder, EvaluationSettings)


@unremembered("tests", "tests")
def tests(run: str) -> list[str]:
    """Cut the test set into shards, and what files answer to it; returns the items' paths in order."""
    folder = EvaluationFolder(place(run))
    settings = _settings_of(folder)
    items = read_items(settings)
    given = [read_answers(one, items) for one in settings.those if one.file is not None]
    size = settings.shard_rows or max(_FEWEST_SHARD_ROWS, -(-len(items) // _SHARDS))
    paths = []
    for number, begin in enumerate(range(0, len(items), size)):
        part = slice(begin, begin + size)
        answers = [answer for answers in given for answer in answers[part]]
        path = folder.pool_shard(EPOCH, number)
        shards.write_if_changed(to_table(items[part], ITEMS), path)
        shards.write_if_changed(
            to_table(answers, ANSWERS), folder.stage_shard(EPOCH, GIVEN, number)
        )
        paths.append(str(path))
    log.info("items=%d systems=%d shards=%d", len(items), len(settings.systems), len(paths))
    return paths


def answer(items: Sequence[Item], settings: Answering, ask: Ask) -> list[SystemAnswer]:
    """Ask every system that is a model for every item.

    Args:
        items: n items.
        settings: The systems, and how they draw their words.
        ask: The way to buy.

    Returns:
        n answers a system, system by system; `error` says why where there is none.
    """
    wanted = [(one, item) for one in settings.those if one.model is not None for item in items]
    answers = ask([_request(one, item, settings) for one, item in wanted])
    return [_answer(one, item, got) for (one, item), got in zip(wanted, answers, strict=True)]


def _request(one: System, item: Item, settings: Answering) -> Request:
    return Request(
        row_id=f"{item.id}/{one.name}",
        epoch=EPOCH,
        stage=EvaluationStage.ANSWER,
        model=str(one.model),
        prompt=item.instruction,
        sampling=settings.system_sampling(one.name),
    )


def _answer(one: System, item: Item, got: Answer) -> SystemAnswer:
    if got.error is not None:
        return SystemAnswer(item.id, item.position, one.name, None, one.model, error=got.error)
    text = well_formed(got.text).strip()
    return SystemAnswer(item.id, item.position, one.name, text, one.model, got.finish_reason)


@stage_task(EvaluationStage.ANSWER)
def answer_shard(run: str, epoch: int, shard: int, source: str) -> Carried:
    """Get the answers to one shard of items, those that files hold included."""
    folder = EvaluationFolder(place(run))
    settings = _settings_of(folder)
    given = folder.stage_shard(epoch, GIVEN, shard)
    names = list(settings.systems)

    def made() -> pa.Table:
        items = items_of(shards.read_table(place(source)))
        answers = answers_of(shards.read_table(given))
        answers += answer(items, settings, asker(folder, settings, epoch, shard))
        answers.sort(key=lambda one: (one.position, names.index(one.system)))
        missing = sum(one.answer is None for one in answers)
        log.info("answer shard=%03d answers=%d missing=%d", shard, len(answers), missing)
        return to_table(answers, ANSWERS)

    key = made_from(folder, [EvaluationStage.ANSWER, epoch, shard], [place(source), given])
    return unless_done(folder.stage_shard(epoch, EvaluationStage.ANSWER, shard), key, made)
