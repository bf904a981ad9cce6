"""The Parquet tables: one row type through the whole program, and the columns each table keeps.

Every schema carries its version in the metadata. Which versions a reader opens, and how a column is
added, is told in `versions`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa

from schemas.tables.versions import added, marks

SCHEMA_VERSION = "3"
"""The newest that any table has; a file says its own table's."""


@dataclass(slots=True, frozen=True)
class Row:
    """An instruction on its way: a seed, a parent in the pool, or a child under examination."""

    id: str
    """Unique in the run: the seed's id, or `<seed id>-<epoch>`."""
    seed_id: str
    """Hash of the seed's text; the line's name."""
    position: int
    """Place of the seed among the usable seeds, from 0: the order of every table."""
    epoch: int
    """Epoch in which it was born; 0 for a seed."""
    instruction: str
    parent_id: str | None = None
    """Null for seeds."""
    operation: str | None = None
    """Null for seeds."""
    input_format: str | None = None
    """What complicate_input inserted; null otherwise."""
    response: str | None = None
    attempts: int = 0
    """Epochs it took since the parent was born; 0 for seeds."""
    model: str | None = None
    """Model that gave the response; null where the seed file gave it."""
    prompt_sha256: str | None = None
    """Hash of the evolving prompt as it was sent; null for seeds."""
    gain: str | None = None
    """The judge's word on child against parent; null where nobody was asked."""
    finish_reason: str | None = None
    """How the response ended."""
    extra: str | None = None
    """The seed's own other columns, as JSON text."""
    reason: str | None = None
    """The verdict; null while there is none."""
    evidence: str | None = None
    """What the verdict rests on."""
    parent_instruction: str | None = None
    evolve_finish_reason: str | None = None
    """How the evolver's answer ended."""
    duplicate_of: str | None = None
    """Id in the pool that this child repeats."""
    error: str | None = None
    """The provider's words where a call failed for good."""
    ending: str | None = None
    """How the answer ended that cannot be used: a word of `schemas.calls.endings`; else null."""
    reasoning: str | None = None
    """The responder's thinking before the response; null where none was shown."""
    reasoning_tokens: int | None = None
    """Its tokens; null where the endpoint does not say."""


_TYPES: dict[str, pa.DataType] = {
    name: pa.int32() if name in ("epoch", "attempts") else pa.string()
    for name in (f.name for f in fields(Row))
} | {"position": pa.int64(), "reasoning_tokens": pa.int64()}
_SINCE = {"ending": 3, "reasoning": 3, "reasoning_tokens": 3}
_REQUIRED = {"id", "seed_id", "position", "epoch", "instruction", "attempts"}

_THOUGHT = ["reasoning", "reasoning_tokens"]
_DATASET_COLUMNS = [
    "id", "seed_id", "parent_id", "position", "epoch", "operation", "input_format",
    "instruction", "response", "attempts", "model", "prompt_sha256", "gain",
    "finish_reason", "evolve_finish_reason", "extra", *_THOUGHT,
]  # fmt: skip


def _field(name: str) -> pa.Field:
    if name in _SINCE:
        return added(name, _TYPES[name], _SINCE[name])
    return pa.field(name, _TYPES[name], nullable=name not in _REQUIRED)


def _schema(name: str, columns: Sequence[str]) -> pa.Schema:
    made = [_field(name) for name in columns]
    return pa.schema(made, metadata=marks(name, made))


STAGE = _schema("stage", [f.name for f in fields(Row)])
"""A shard between stages: every column of Row."""
DATASET = _schema("dataset", _DATASET_COLUMNS)
"""Survivors, seeds included."""
ELIMINATED = _schema(
    "eliminated",
    [*_DATASET_COLUMNS[: -len(_THOUGHT)], "reason", "evidence", *_THOUGHT],
)
"""Children that failed and seeds set aside, each with its reason."""

_CALLS = [
    pa.field("stage", pa.string(), nullable=False),
    pa.field("epoch", pa.int32(), nullable=False),
    pa.field("row_id", pa.string(), nullable=False),
    pa.field("ask", pa.int32(), nullable=False),
    pa.field("model", pa.string(), nullable=False),
    pa.field("served_model", pa.string()),
    pa.field("prompt_tokens", pa.int64(), nullable=False),
    pa.field("completion_tokens", pa.int64(), nullable=False),
    pa.field("estimated", pa.bool_(), nullable=False),
    pa.field("unknown", pa.int32(), nullable=False),
    pa.field("cost_usd", pa.float64()),
    pa.field("latency_s", pa.float64(), nullable=False),
    pa.field("attempts", pa.int32(), nullable=False),
    pa.field("finished_at", pa.float64(), nullable=False),
    pa.field("finish_reason", pa.string()),
    pa.field("error", pa.string()),
    pa.field("prompt_sha256", pa.string(), nullable=False),
    pa.field("key", pa.string(), nullable=False),
    added("sent", pa.string(), since=3),
    added("reasoning", pa.string(), since=3),
    added("reasoning_tokens", pa.int64(), since=3),
]
CALLS = pa.schema(_CALLS, metadata=marks("calls", _CALLS))
"""Every completed request, one row each."""

BY_NAME: dict[str, pa.Schema] = {
    "stage": STAGE,
    "dataset": DATASET,
    "eliminated": ELIMINATED,
    "calls": CALLS,
}
"""Every schema by the name that its files carry in their metadata."""


def schema_of(
    name: str, row: type[Any], types: Mapping[str, pa.DataType], nullable: Collection[str]
) -> pa.Schema:
    """Return the schema of a table that holds one kind of row, every field of it.

    Args:
        name: Of the table.
        row: A dataclass.
        types: Of fields that hold no text.
        nullable: Names of fields that may be None.
    """
    made = [
        pa.field(f.name, types.get(f.name, pa.string()), nullable=f.name in nullable)
        for f in fields(row)
    ]
    return pa.schema(made, metadata=marks(name, made))


def to_table(rows: Iterable[Any], schema: pa.Schema) -> pa.Table:
    """Return rows as a table of that schema, in their order; fields that it lacks are left out."""
    held = list(rows)
    # Column by column: a dictionary a row would cost more than all that is done with it.
    columns = [[getattr(row, field.name) for row in held] for field in schema]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def to_rows(table: pa.Table) -> list[Row]:
    """Return a table's rows, in their order; columns that the table lacks are null."""
    names = table.column_names
    columns = [column.to_pylist() for column in table.columns]
    return [Row(**dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)]
