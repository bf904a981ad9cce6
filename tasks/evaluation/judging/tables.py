"""Write an evaluation's tables and figures, and commit them in the manifest, which comes last.

Turns items, answers, judgments and calls into tables and results.json, and reads them back.
Whoever evaluated or imported has made the rows.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pyarrow as pa

from schemas.documents.manifest import Manifest
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
from schemas.tables.row import CALLS, SCHEMA_VERSION, to_table
from tasks.doors.storage import shards
from tasks.evaluation.answering.answers import parts
from tasks.evaluation.judging import comparison
from tasks.evaluation.judging.comparison import About
from tasks.runs.manifest import commit, entry_of, is_whole, mark, read_manifest
from tasks.runs.publish import write_parts

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
    manifest = read_manifest(folder)
    if manifest.made_from.get(_MADE) != key or not folder.results.exists():
        return False
    named = {folder.root / entry.path for entry in manifest.files}
    there = {path for table in EVALUATION_TABLES for path in parts(folder, table)}
    return named == there and all(is_whole(folder, entry) for entry in manifest.files)


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
    written = [path for name, made in tables.items() for path in write_parts(folder, name, made)]
    shards.write_json(results, folder.results)
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        files=sorted((entry_of(folder, path) for path in written), key=lambda e: e.path),
        made_from={_MADE: key},
    )
    commit(folder, manifest, seen)
    return results


def read_judgments(folder: EvaluationFolder) -> list[Judgment]:
    """Return the published judgments."""
    paths = parts(folder, "judgments")
    return [one for path in paths for one in judgments_of(shards.read_table(path))]
