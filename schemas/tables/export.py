"""What is handed on to trainers: an example, a preference, and what a format is.

A format says how an example becomes a record, how its files are named, and how LLaMA-Factory and
axolotl are told about them. The formats themselves stand in `tasks.export.formats`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

from schemas.tables.row import SCHEMA_VERSION

Encoding = Literal["jsonl", "csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Example:
    """An instruction with its response, and where both come from."""

    id: str
    seed_id: str
    epoch: int
    instruction: str
    response: str
    parent_id: str | None = None
    operation: str | None = None
    model: str | None = None
    """Who gave the response; None where the seed file did."""
    prompt_sha256: str | None = None
    extra: str | None = None
    """The seed's own other columns, as JSON text."""
    run: str | None = None
    """Which run it was grown in."""


@dataclass(frozen=True, slots=True)
class Preference:
    """A prompt with the answer that a judge scored higher, and one that it scored lower."""

    prompt: str
    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True)
class Format:
    """One way in which trainers want their data."""

    record: Callable[[Any], Mapping[str, Any]]
    """Turns an example into what a line, cell row or table row holds; of dpo: a preference."""
    stem: str
    """Begins the names of its files."""
    encoding: Encoding = "jsonl"
    is_of_pairs: bool = False
    """Made of preferences, not of examples."""
    llama_factory: Mapping[str, Any] | None = None
    """Its entry in dataset_info.json, but for the file's name; None where it is not for training."""
    axolotl: Mapping[str, Any] | None = None
    """Its entry under `datasets:`, but for the path."""
    axolotl_head: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside `datasets:`."""


_MESSAGE = pa.struct([pa.field("role", pa.string()), pa.field("content", pa.string())])

HANDED_ON = pa.schema(
    [
        pa.field("messages", pa.list_(_MESSAGE), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("seed_id", pa.string(), nullable=False),
        pa.field("parent_id", pa.string()),
        pa.field("epoch", pa.int32(), nullable=False),
        pa.field("operation", pa.string()),
        pa.field("model", pa.string()),
        pa.field("prompt_sha256", pa.string()),
        pa.field("extra", pa.string()),
        pa.field("run", pa.string()),
    ],
    metadata={"evolflow.table": "handed_on", "evolflow.version": SCHEMA_VERSION},
)
"""The canonical form: messages and lineage."""

BY_NAME: dict[str, pa.Schema] = {"handed_on": HANDED_ON}
"""Every schema of an export by the name that its files carry in their metadata."""
