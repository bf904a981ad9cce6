"""Publish the tables of a job that has one epoch; the manifest, which commits them, comes last.

Turns tables into Parquet parts of bounded length. Knows nothing of what stands in them.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from schemas.documents.manifest import Manifest
from schemas.folders.evaluation import EvaluationFolder, EvaluationTable
from schemas.folders.run import RunFolder
from schemas.tables.row import SCHEMA_VERSION
from tasks.doors.storage import shards
from tasks.doors.storage.stores import Mark
from tasks.runs.manifest import commit, entry_of, is_whole, read_manifest

_PART_ROWS = 10_000


def is_published(folder: RunFolder, made: str, key: str) -> bool:
    """Tell whether the tables lie there as they would be made now.

    Args:
        folder: The job's.
        made: What was made, as the manifest calls it.
        key: What it is made from.
    """
    manifest = read_manifest(folder)
    is_same = manifest.made_from.get(made) == key
    return is_same and all(is_whole(folder, entry) for entry in manifest.files)


def commit_tables(
    folder: RunFolder, paths: Iterable[Path], *, made: str, key: str, seen: Mark | None
) -> None:
    """Commit tables that are written, in the place of the manifest that was seen.

    Args:
        folder: The job's.
        paths: The tables' files.
        made: What was made, as the manifest calls it.
        key: What it is made from.
        seen: What `mark` returned before anything was written.

    Raises:
        RunFault: Somebody else has committed since, or it cannot be written.
    """
    entries = [entry_of(folder, path) for path in paths]
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        files=sorted(entries, key=lambda entry: entry.path),
        made_from={made: key},
    )
    commit(folder, manifest, seen)


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
