"""Write a mix's tables part by part: what is held at a time does not grow with the mix.

Turns a pool, verdicts and places into data/, removed/ and hits. A part's rows come from all over the
pool, so they are gathered in small files first.
"""

import shutil
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.folders.mix import MixFolder
from schemas.tables.mix import HITS, MIXED, REMOVED, Hit, Verdict
from tasks.doors.storage import shards
from tasks.mixing.pool import Pool
from tasks.mixing.private_data import flags_of

_TEST_WORDS = "test_words"
"""Flag of a row that shares eight words in a row with a test item and yet stays."""
Places = np.ndarray[Any, np.dtype[np.int64]]
"""A row's place in the mix, in the pool's order; -1 where it has none."""


def write_rows(
    folder: MixFolder,
    pool: Pool,
    verdicts: Mapping[int, Verdict],
    places: Places,
    part_rows: int,
    sharing: Collection[str],
) -> Counter[str]:
    """Write the rows that stand in the mix, and those that do not; returns the flags, counted.

    Args:
        folder: The mix.
        pool: All rows.
        verdicts: Why rows go, by their numbers.
        places: Of the rows in the mix.
        part_rows: Rows a part.
        sharing: Ids of rows that share words with a test item.
    """
    flags: Counter[str] = Counter()
    begin = 0
    for number, table in enumerate(pool.tables()):
        own = places[begin : begin + table.num_rows]
        told = _flagged(table, sharing)
        _gather(folder, number, told, own, part_rows)
        _write_removed(folder, number, told, own, begin, verdicts)
        kept = told.filter(pa.array(own >= 0))["flags"].to_pylist()
        flags.update(name for found in kept if found for name in found.split(","))
        begin += table.num_rows
    _write_parts(folder, int(places.max(initial=-1)) + 1, part_rows)
    return flags


def write_hits(folder: MixFolder, hits: Sequence[Hit]) -> None:
    """Write what rows share with test items."""
    table = pa.Table.from_pylist([hit._asdict() for hit in hits], schema=HITS)
    shards.write_table(table, folder.hits)


def _flagged(table: pa.Table, sharing: Collection[str]) -> pa.Table:
    columns = (table[name].to_pylist() for name in ("id", "instruction", "response"))
    found = [
        ",".join([*flags_of(f"{one}\n{other or ''}"), *[_TEST_WORDS] * (name in sharing)]) or None
        for name, one, other in zip(*columns, strict=True)
    ]
    return table.append_column("flags", pa.array(found, pa.string()))


def _gather(
    folder: MixFolder, number: int, table: pa.Table, places: Places, part_rows: int
) -> None:
    """Put a part of the pool where the parts of the mix that its rows belong to are gathered."""
    placed = table.append_column("place", pa.array(places, pa.int64())).select(MIXED.names)
    for part in sorted({int(place) // part_rows for place in places if place >= 0}):
        is_in = (places >= part * part_rows) & (places < (part + 1) * part_rows)
        rows = placed.filter(pa.array(is_in)).cast(MIXED)
        shards.write_table(rows, folder.heap(part, number))


def _write_parts(folder: MixFolder, count: int, part_rows: int) -> None:
    for part in range(-(-count // part_rows)):
        heap = folder.heap(part, 0).parent
        table = pa.concat_tables(shards.read_table(path) for path in sorted(heap.iterdir()))
        ordered = table.sort_by("place").replace_schema_metadata(MIXED.metadata)
        shards.write_table(ordered, folder.part(folder.data, part))
        shutil.rmtree(heap)
    shutil.rmtree(folder.root / "gathered", ignore_errors=True)


def _write_removed(
    folder: MixFolder,
    number: int,
    table: pa.Table,
    places: Places,
    begin: int,
    verdicts: Mapping[int, Verdict],
) -> None:
    gone = [verdicts[begin + int(at)] for at in np.flatnonzero(places < 0)]
    if not gone:
        return
    rows = table.filter(pc.less(pa.array(places), 0))
    for name in Verdict._fields:
        column = [getattr(verdict, name) for verdict in gone]
        rows = rows.append_column(name, pa.array(column, pa.string()))
    part = folder.part(folder.removed, number)
    shards.write_table(rows.select(REMOVED.names).cast(REMOVED), part)
