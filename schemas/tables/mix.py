"""What a mix is made of: rows of runs, each kept with its place or removed with its reason."""

from enum import StrEnum
from typing import NamedTuple

import pyarrow as pa

from schemas.tables.row import DATASET
from schemas.tables.versions import marks


class Removal(StrEnum):
    """Why a row does not stand in a mix."""

    UNANSWERED = "unanswered"  # it has no response to learn
    EARLIER_VERSION = "earlier_version"  # its line has a later one, and the latest alone is wanted
    EXACT_DUPLICATE = "exact_duplicate"  # an earlier row asks the same
    NEAR_DUPLICATE = "near_duplicate"  # an earlier row asks nearly the same
    LEXICAL_DUPLICATE = "lexical_duplicate"  # an earlier row has nearly the same words
    SEMANTIC_DUPLICATE = "semantic_duplicate"  # an earlier row means the same
    CONTAMINATED = "contaminated"  # it holds a test item, or much of one
    UNSCORED = "unscored"  # nobody scored it, and the best are wanted
    ALIKE = "alike"  # a better row is too like it
    NOT_SELECTED = "not_selected"  # enough rows are better
    NOT_SAMPLED = "not_sampled"  # the draw passed it over


class Verdict(NamedTuple):
    """Why a row was removed."""

    reason: Removal
    evidence: str
    match: str | None = None
    """The other text: of the row or test item that it repeats."""


class Hit(NamedTuple):
    """What a row shares with a test item."""

    id: str
    is_removed: bool
    ngram: int
    """Words of the longest run that was looked for and found: 13 or 8, or all of a short item's."""
    shared: str
    """The first such run of words."""
    share: float
    """Of the item's 8-grams, those that the row has; 0 to 1."""
    test_file: str
    test_id: str
    test: str
    instruction: str
    response: str


_OWN = [
    pa.field("run", pa.string(), nullable=False),
    pa.field("flags", pa.string()),
]


def _schema(name: str, fields: list[pa.Field]) -> pa.Schema:
    return pa.schema(fields, metadata=marks(name, fields))


MIXED = _schema("mixed", [*DATASET, *_OWN, pa.field("place", pa.int64(), nullable=False)])
"""Rows to train on: the dataset's columns; `run`; `flags`, what looks private, with commas between;
`place` in the mix, from 0."""
REMOVED = _schema(
    "removed",
    [
        *DATASET,
        *_OWN,
        pa.field("reason", pa.string(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("match", pa.string()),
    ],
)
"""All other rows, in the order of their runs."""
HITS = _schema(
    "hits",
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("is_removed", pa.bool_(), nullable=False),
        pa.field("ngram", pa.int32(), nullable=False),
        pa.field("shared", pa.string(), nullable=False),
        pa.field("share", pa.float64(), nullable=False),
        pa.field("test_file", pa.string(), nullable=False),
        pa.field("test_id", pa.string(), nullable=False),
        pa.field("test", pa.string(), nullable=False),
        pa.field("instruction", pa.string(), nullable=False),
        pa.field("response", pa.string(), nullable=False),
    ],
)
"""One row a row and test item that share words."""

BY_NAME: dict[str, pa.Schema] = {"mixed": MIXED, "removed": REMOVED, "hits": HITS}
"""Every schema of a mix by the name that its files carry in their metadata."""
