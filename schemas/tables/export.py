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
Reasoning = Literal["drop", "think-tags", "field"]
"""What becomes of what a model thought: left out, before the answer between tags, or beside it."""
NO_THOUGHT = "<think>\n\n</think>\n\n"
"""What stands before an answer without thinking, as Qwen3's chat template writes it."""


def tagged(thought: str, answer: str) -> str:
    """Return an answer with what was thought before it, as Qwen3's chat template writes both."""
    return f"<think>\n{thought}\n</think>\n\n{answer}"


def thoughts(thought: str) -> dict[str, str]:
    """Return the fields of a chat message in which templates look for thinking.

    Qwen's and DeepSeek's read the first, gpt-oss's the second. Each passes over the other in silence.
    """
    return {"reasoning_content": thought, "thinking": thought}


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
    reasoning: str | None = None
    """What the model thought before its response; None where it is not handed on."""


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
    has_thoughts: bool = False
    """Whether a record has a field for thinking."""
    llama_factory: Mapping[str, Any] | None = None
    """Its entry in dataset_info.json, but for the file's name; None where it is not for training."""
    axolotl: Mapping[str, Any] | None = None
    """Its entry under `datasets:`, but for the path."""
    axolotl_head: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside `datasets:`."""


_MESSAGE = [pa.field("role", pa.string()), pa.field("content", pa.string())]
_THOUGHTS = [pa.field(name, pa.string()) for name in thoughts("")]
_LINEAGE = [
    pa.field("id", pa.string(), nullable=False),
    pa.field("seed_id", pa.string(), nullable=False),
    pa.field("parent_id", pa.string()),
    pa.field("epoch", pa.int32(), nullable=False),
    pa.field("operation", pa.string()),
    pa.field("model", pa.string()),
    pa.field("prompt_sha256", pa.string()),
    pa.field("extra", pa.string()),
    pa.field("run", pa.string()),
]


def _handed_on(name: str, message: list[pa.Field]) -> pa.Schema:
    messages = pa.field("messages", pa.list_(pa.struct(message)), nullable=False)
    marks = {"evolflow.table": name, "evolflow.version": SCHEMA_VERSION}
    return pa.schema([messages, *_LINEAGE], metadata=marks)


HANDED_ON = _handed_on("handed_on", _MESSAGE)
"""The canonical form: messages and lineage."""
HANDED_ON_THOUGHTS = _handed_on("handed_on_thoughts", [*_MESSAGE, *_THOUGHTS])
"""The same with thinking beside each answer; null beside an instruction."""

BY_NAME: dict[str, pa.Schema] = {
    "handed_on": HANDED_ON,
    "handed_on_thoughts": HANDED_ON_THOUGHTS,
}
"""Every schema of an export by the name that its files carry in their metadata."""
