"""Write an evaluation's tables and figures, and commit them in the manifest, which comes last.

Turns items, answers, judgments and calls into tables and results.json, and reads them back.
Whoever evaluated or imported has made the rows.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa

from schemas.documents.results import Results
from schemas.folders.evaluation import EVALUATION_TABLES, EvaluationFolder, EvaluationTable
from schemas.tables.evaluation import (
    ANSWERS,
    ITEMS,
    JUDGMENTS,
    Item,
    Judgment,
    SystemAnswer,
    judgments_of,
)
from schemas.tables.row import CALLS, to_table
from tasks.doors.storage import shards
from tasks.evaluation.answering.answers import parts
from tasks.evaluation.judging import comparison
from tasks.evaluation.judging.comparison import About
from tasks.runs import publish as published
from tasks.runs.manifest import mark, read_manifest

_MADE = "evaluation"


class Evaluated(NamedTuple):
    """All rows of an evaluation, in the order of its items."""

    items: Sequence[Item]
    answers: Sequence[SystemAnswer]
    judgments: Sequence[Judgment]
    calls: Iterable[dict[str, object]]
    """Rows of the table `calls`."""


def is_published(folder: EvaluationFolder, key: str) -> bool:
    """Tell whether the tables lie there as they would be made now."""
    named = {folder.root / entry.path for entry in read_manifest(folder).files}
    there = {path for table in EVALUATION_TABLES for path in parts(folder, table)}
    is_there = named == there and folder.results.exists()
    return is_there and published.is_published(folder, _MADE, key)


def publish(folder: EvaluationFolder, rows: Evaluated, about: About, key: str) -> Results:
    """Write all tables and the figures made of them.

    Args:
        folder: The evaluation's.
        rows: Everything.
        about: Who was judged by whom.
        key: What it is made from.

    Returns:
        What results.json holds.

    Raises:
        RunFault: A file cannot be written.
    """
    seen = mark(folder)
    tables: dict[EvaluationTable, Iterable[pa.Table]] = {
        "items": [to_table(rows.items, ITEMS)],
        "answers": [to_table(rows.answers, ANSWERS)],
        "judgments": [to_table(rows.judgments, JUDGMENTS)],
        "calls": [pa.Table.from_pylist(list(rows.calls), schema=CALLS)],
    }
    results = comparison.results(rows.judgments, about)
    made = [published.write_parts(folder, name, cut) for name, cut in tables.items()]
    paths = [path for written in made for path in written]
    shards.write_json(results, folder.results)
    published.commit_tables(folder, paths, made=_MADE, key=key, seen=seen)
    return results


def read_judgments(folder: EvaluationFolder) -> list[Judgment]:
    """Return the published judgments."""
    paths = parts(folder, "judgments")
    return [one for path in paths for one in judgments_of(shards.read_table(path))]
