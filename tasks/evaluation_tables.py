"""Write an evaluation's tables and figures, and commit them in the manifest, which comes last.

Turns items, answers, judgments and calls into tables and results.json, and reads them back.
Whoever evaluated or imported has made the rows.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from schemas.evaluation import (
    ANSWERS,
    ITEMS,
    JUDGMENTS,
    Item,
    Judgment,
    SystemAnswer,
    answers_of,
    items_of,
    judgments_of,
)
from schemas.evaluation_folder import EVALUATION_TABLES, EvaluationFolder, EvaluationTable
from schemas.tables import CALLS, SCHEMA_VERSION, to_table
from tasks import comparison
from tasks.comparison import About
from tasks.doors import shards
from tasks.manifest import commit, entry_of, is_whole, mark, read_manifest

_PART_ROWS = 10_000
_MADE = "evaluation"


class Evaluated(NamedTuple):
    """All rows of an evaluation, in the order of its items."""

    items: Sequence[Item]
    answers: Sequence[SystemAnswer]
    judgments: Sequence[Judgment]
    calls: Iterable[dict[str, Any]]
    """Rows of the table `calls`."""


def is_published(folder: EvaluationFolder, key: str) -> bool:
    """Tell whether the tables lie there as they would be made now."""
    manifest = read_manifest(folder)
    if manifest["made_from"].get(_MADE) != key or not folder.results.exists():
        return False
    named = {folder.root / entry["path"] for entry in manifest["files"]}
    there = {path for table in EVALUATION_TABLES for path in parts(folder, table)}
    return named == there and all(is_whole(folder, entry) for entry in manifest["files"])


def publish(folder: EvaluationFolder, rows: Evaluated, about: About, key: str) -> dict[str, Any]:
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
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "files": sorted((entry_of(folder, path) for path in written), key=lambda e: str(e["path"])),
        "made_from": {_MADE: key},
    }
    commit(folder, manifest, seen)
    return results


def parts(folder: EvaluationFolder, table: EvaluationTable) -> list[Path]:
    """Return a table's parts, in order."""
    return sorted(folder.parts(table).glob("part-*.parquet"))


def read_items(folder: EvaluationFolder) -> list[Item]:
    """Return the published items."""
    return [one for path in parts(folder, "items") for one in items_of(shards.read_table(path))]


def read_answers(folder: EvaluationFolder) -> list[SystemAnswer]:
    """Return the published answers."""
    return [one for path in parts(folder, "answers") for one in answers_of(shards.read_table(path))]


def read_judgments(folder: EvaluationFolder) -> list[Judgment]:
    """Return the published judgments."""
    paths = parts(folder, "judgments")
    return [one for path in paths for one in judgments_of(shards.read_table(path))]


def write_parts(
    folder: EvaluationFolder, name: EvaluationTable, tables: Iterable[pa.Table]
) -> list[Path]:
    """Write a table in parts, in the place of those that are there; returns their paths."""
    paths = []
    cut = (batch for table in tables for batch in _cut(table))
    for number, part in enumerate(cut):
        path = folder.table_part(name, number)
        shards.write_table(part, path)
        paths.append(path)
    shards.remove_other_parts(folder.parts(name), paths)
    return paths


def _cut(table: pa.Table) -> Iterable[pa.Table]:
    """Cut a table into parts; an empty one is one part."""
    starts = range(0, max(1, table.num_rows), _PART_ROWS)
    return (table.slice(begin, _PART_ROWS) for begin in starts)
