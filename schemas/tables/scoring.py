"""What a scoring is made of: instructions with their difficulty, lines with their versions compared.

A *version* is one member of a line: the seed or one of its kept descendants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from schemas.tables.row import schema_of

LOWEST, HIGHEST = 1, 10
"""The scale of difficulty."""


class ScoringStage(StrEnum):
    """What a shard of a scoring is asked."""

    DIFFICULTY = "difficulty"
    COMPLEXITY = "complexity"
    QUALITY = "quality"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Difficulty:
    """One instruction, and how difficult a judge finds it."""

    position: int
    """Place in the sample, from 0: the order of the table."""
    id: str
    """The row's id in the run; for a file the hash of the instruction."""
    seed_id: str
    epoch: int
    """Epoch in which it was born; 0 for seeds and for files."""
    instruction: str
    judge: str
    """LiteLLM name of the judge."""
    score: float | None = None
    """1 to 10; None where unscored."""
    why_unscored: str | None = None
    """One line; None where it is scored."""
    verdict: str | None = None
    """The judge's words, verbatim; None where it said nothing."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a line, and how it compares with the others of its line."""

    position: int
    """Place in the sample, from 0: the order of the table; versions of a line stand together."""
    id: str
    seed_id: str
    """The line."""
    epoch: int
    instruction: str
    response: str | None
    judge: str
    """LiteLLM name of the judge."""
    versions: int
    """Versions that were compared; the scale of both scores is 1 to this."""
    shown: int
    """Place among them as the judge saw them, from 1; it says nothing of the epoch."""
    complexity: float | None = None
    """Of the instruction; None where unscored."""
    quality: float | None = None
    """Of the response; None where unscored, or where a version of the line has no response."""
    why_unscored: str | None = None
    """One line for what is missing; None where both scores are there."""
    complexity_verdict: str | None = None
    """The judge's words, verbatim; the same in all rows of a line."""
    quality_verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Embedding:
    """One instruction as a point among others."""

    position: int
    id: str
    epoch: int
    model: str
    """Who made the point."""
    vector: Sequence[float] | None = None
    """None where the model gave none that can be used."""
    instruction: str = ""
    why_unplaced: str | None = None
    """One line; None where there is a vector."""


_TYPES: dict[str, pa.DataType] = {
    "position": pa.int64(),
    "epoch": pa.int32(),
    "versions": pa.int32(),
    "shown": pa.int32(),
    "score": pa.float64(),
    "complexity": pa.float64(),
    "quality": pa.float64(),
    "vector": pa.list_(pa.float32()),
}
_NULLABLE = {
    "response", "score", "complexity", "quality", "why_unscored", "verdict", "complexity_verdict",
    "quality_verdict", "vector", "why_unplaced",
}  # fmt: skip


DIFFICULTIES = schema_of("difficulty", Difficulty, _TYPES, _NULLABLE)
VERSIONS = schema_of("versions", Version, _TYPES, _NULLABLE)
EMBEDDINGS = schema_of("embeddings", Embedding, _TYPES, _NULLABLE)

BY_NAME: dict[str, pa.Schema] = {
    "difficulty": DIFFICULTIES,
    "versions": VERSIONS,
    "embeddings": EMBEDDINGS,
}
"""Every schema of a scoring by the name that its files carry in their metadata."""


def difficulties_of(table: pa.Table) -> list[Difficulty]:
    """Return a table's instructions, in their order."""
    return [Difficulty(**record) for record in table.to_pylist()]


def embeddings_of(table: pa.Table) -> list[Embedding]:
    """Return a table's points, in their order."""
    return [Embedding(**record) for record in table.to_pylist()]


def versions_of(table: pa.Table) -> list[Version]:
    """Return a table's versions, in their order."""
    return [Version(**record) for record in table.to_pylist()]
