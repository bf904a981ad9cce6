"""Read the rows of several finished runs as one pool, again and again, in one order.

The order is that of the runs' names, then of epochs and positions, so it does not depend on how the
runs were given or how their files were cut. Writes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import BadInput
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.sources.finished import Source, source_at

_BATCH_ROWS = 1_000
_NAMED = ("id", "seed_id", "parent_id")


class Text(NamedTuple):
    """A row as far as most steps need it."""

    number: int
    """Place in the pool, from 0."""
    id: str
    instruction: str
    response: str | None
    seed_id: str
    """Its line."""


@dataclass(frozen=True)
class Pool:
    """Rows of several runs."""

    sources: Sequence[Source]
    """In the order of their names."""

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield the rows part by part; each has its run, and an id that no other run has.

        Args:
            columns: Which of the dataset's; all when not given.
        """
        for source in self.sources:
            for path in source.parts:
                table = shards.read_table(path, columns=None if columns is None else list(columns))
                yield self._told_apart(table, source.name)

    def texts(self, is_left: Sequence[bool] | None = None) -> Iterator[Text]:
        """Yield the rows that are left, in order; all when nothing is said."""
        number = 0
        for table in self.tables(["id", "instruction", "response", "seed_id"]):
            for batch in table.to_batches(_BATCH_ROWS):
                columns = (
                    batch.column(name).to_pylist()
                    for name in ("id", "instruction", "response", "seed_id")
                )
                for one in zip(*columns, strict=True):
                    if is_left is None or is_left[number]:
                        yield Text(number, *one)
                    number += 1

    def _told_apart(self, table: pa.Table, run: str) -> pa.Table:
        if len(self.sources) > 1:
            for at, name in enumerate(table.column_names):
                if name in _NAMED:
                    told = pc.binary_join_element_wise(run, table[name], "/")
                    table = table.set_column(at, table.schema.field(name), told)
        return table.append_column("run", pa.array([run] * table.num_rows, pa.string()))


def pool_of(runs: Sequence[str]) -> Pool:
    """Return the pool of these runs.

    Raises:
        BadInput: One is no finished run.
        RunFault: A file is damaged or missing.
    """
    sources = [source_at(place(run)) for run in runs]
    for source in sources:
        if source.is_mix:
            raise BadInput(f"{source.folder.root}: is a mix already; name the runs themselves")
    return Pool(sorted(sources, key=lambda source: source.name))
