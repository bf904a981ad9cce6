"""Write a table of a run folder in parts, in the place of those that are there.

Turns tables into Parquet parts of bounded length. Knows nothing of what stands in them.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from schemas.folders.evaluation import EvaluationFolder, EvaluationTable
from tasks.doors.storage import shards

_PART_ROWS = 10_000


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
