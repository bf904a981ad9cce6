"""Read back the published items and answers of an evaluation or a prediction.

Turns their Parquet parts into rows. Writes nothing.
"""

from pathlib import Path

from schemas.folders.evaluation import EvaluationFolder, EvaluationTable
from schemas.tables.evaluation import (
    Item,
    SystemAnswer,
    answers_of,
    items_of,
)
from tasks.doors.storage import shards


def parts(folder: EvaluationFolder, table: EvaluationTable) -> list[Path]:
    """Return a table's parts, in order."""
    return sorted(folder.parts(table).glob("part-*.parquet"))


def read_items(folder: EvaluationFolder) -> list[Item]:
    """Return the published items."""
    return [one for path in parts(folder, "items") for one in items_of(shards.read_table(path))]


def read_answers(folder: EvaluationFolder) -> list[SystemAnswer]:
    """Return the published answers."""
    return [one for path in parts(folder, "answers") for one in answers_of(shards.read_table(path))]
