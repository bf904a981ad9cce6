"""Put a prediction's answered shards together: tables, answers.json, the manifest.

Turns the shards of items and answers into what users open. Knows nothing of judging.
"""

import logging

import pyarrow as pa

from schemas.folders.evaluation import EPOCH, EvaluationTable
from schemas.folders.prediction import PredictionFolder
from schemas.tables.evaluation import (
    ANSWERS,
    ITEMS,
    EvaluationStage,
    Item,
    SystemAnswer,
    answers_of,
    items_of,
)
from schemas.tables.row import CALLS, to_table
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.calls import call_records
from tasks.runs.made_from import made_from
from tasks.runs.manifest import mark
from tasks.runs.publish import commit_tables, is_published, write_parts
from tasks.runs.stage import unremembered

log = logging.getLogger("evolflow.conclude")

_MADE = "prediction"
_STAGE = EvaluationStage.ANSWER


@unremembered("conclude", "conclude")
def conclude(run: str) -> str:
    """Write a prediction's tables and answers, and commit them; returns the path of the answers."""
    folder = PredictionFolder(place(run))
    pools = folder.pool_shards(EPOCH)
    answered = [folder.stage_shard(EPOCH, _STAGE, shard) for shard in range(len(pools))]
    key = made_from(folder, ["conclude"], [*pools, *answered, *folder.ledgers(EPOCH)])
    if not (folder.answers_json.exists() and is_published(folder, _MADE, key)):
        items = [one for path in pools for one in items_of(shards.read_table(path))]
        answers = [one for path in answered for one in answers_of(shards.read_table(path))]
        _publish(folder, items, answers, key)
    return str(folder.answers_json)


def _publish(
    folder: PredictionFolder, items: list[Item], answers: list[SystemAnswer], key: str
) -> None:
    seen = mark(folder)
    tables: dict[EvaluationTable, pa.Table] = {
        "items": to_table(items, ITEMS),
        "answers": to_table(answers, ANSWERS),
        "calls": pa.Table.from_pylist(
            list(call_records(folder, EPOCH, [_STAGE.value])), schema=CALLS
        ),
    }
    paths = [p for name, table in tables.items() for p in write_parts(folder, name, [table])]
    shards.write_json(outputs(items, answers), folder.answers_json)
    commit_tables(folder, paths, made=_MADE, key=key, seen=seen)
    log.info("answers=%d concluded", len(answers))


def outputs(items: list[Item], answers: list[SystemAnswer]) -> list[dict[str, str]]:
    """Return the answers as alpaca_eval's model outputs; items without an answer are left out."""
    asked = {item.id: item.instruction for item in items}
    return [
        {
            "id": one.item_id,
            "instruction": asked[one.item_id],
            "output": one.answer,
            "generator": one.system,
        }
        for one in answers
        if one.answer is not None
    ]
