"""What people say of answers: the aspects, a vote, its table, and what a ranking shows to whom.

A *vote* is one rater's ranks for one showing of an item's answers; a *showing* is one item before one
rater, once more where it is *repeated* to see how steady the rater is. Knows no files and no pages.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from schemas.tables.row import SCHEMA_VERSION
from schemas.text import visible, well_formed

Style = Literal["rank", "choose"]
"""Ranks 1 to k for every answer; or, of two answers, the better one or a tie."""


class Aspect(StrEnum):
    """By what answers are ranked: overall, and the five aspects of the WizardLM paper."""

    OVERALL = "overall"
    RELEVANCE = "relevance"
    KNOWLEDGEABLE = "knowledgeable"
    REASONING = "reasoning"
    CALCULATION = "calculation"
    ACCURACY = "accuracy"


MEANINGS: dict[Aspect, str] = {
    Aspect.OVERALL: "Which answer would you rather have got?",
    Aspect.RELEVANCE: "It understood what was asked, and in which context.",
    Aspect.KNOWLEDGEABLE: "What it says about the world is right and detailed.",
    Aspect.REASONING: "Its steps follow from each other.",
    Aspect.CALCULATION: "Its numbers and formulas are right.",
    Aspect.ACCURACY: "It does what was asked, exactly.",
}
"""What raters are told that an aspect means."""

NAME_CHARS = 60
"""Longest name of a rater; characters."""


def rater_name(text: str) -> str:
    """Return a rater's name as it is kept.

    Raises:
        ValueError: Nothing is left of it, it is too long, or it would steer a terminal.
    """
    name = " ".join(unicodedata.normalize("NFC", well_formed(text)).split())
    if not name or len(name) > NAME_CHARS or name != visible(name):
        raise ValueError(f"A rater's name has 1 to {NAME_CHARS} plain characters")
    return name


Ranks = dict[Aspect, dict[str, int]]
"""Rank by system, for every aspect that was judged: 1 is best, equal ranks are a tie."""

_WHOLE = re.compile(r"(\d{1,9})(?:[.,]0*)?")


class Vote(BaseModel):
    """What one rater said of one showing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")
    rater: Annotated[str, AfterValidator(rater_name)]
    item_id: str
    is_repeat: bool = False
    """The rater has judged this item before."""
    order: tuple[str, ...] = Field(min_length=2)
    """Systems in the order in which their answers stood on the page."""
    ranks: Ranks
    """Empty where it is skipped."""
    is_skipped: bool = False
    """The rater could not judge it."""
    at: str = Field(max_length=64)
    """When it was given, by the server's clock; ISO 8601, UTC."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if len(set(self.order)) != len(self.order):
            raise ValueError("a system stands twice in the order")
        if self.is_skipped:
            if self.ranks:
                raise ValueError("a skipped item has no ranks")
            return self
        if Aspect.OVERALL not in self.ranks:
            raise ValueError("ranks for overall are missing")
        for aspect, ranks in self.ranks.items():
            _require_whole(aspect, ranks, self.order)
        return self


def _require_whole(aspect: Aspect, ranks: dict[str, int], order: Sequence[str]) -> None:
    if set(ranks) != set(order):
        raise ValueError(f"{aspect}: every answer needs a rank, or none")
    if not all(1 <= rank <= len(order) for rank in ranks.values()):
        raise ValueError(f"{aspect}: ranks go from 1 to {len(order)}")


class Undo(BaseModel):
    """A rater took a vote back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    undoes: str
    """Id of the vote."""
    rater: str
    at: str
    """ISO 8601, UTC."""


class Ranking(BaseModel):
    """What people are shown, and how; fixed by the first serving of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal["1"] = "1"
    systems: tuple[str, ...] = Field(min_length=2)
    """Whose answers are compared; never shown."""
    style: Style
    raters: int = Field(ge=1, le=1000)
    """How many people shall judge each item."""
    repeat_share: float = Field(ge=0, le=1)
    """Share of a rater's items that are shown once more."""
    secret: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Key of every order, id and cookie; in hex."""


VOTES = pa.schema(
    [
        pa.field("vote", pa.string(), nullable=False),
        pa.field("rater", pa.string(), nullable=False),
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("is_repeat", pa.bool_(), nullable=False),
        pa.field("is_skipped", pa.bool_(), nullable=False),
        pa.field("at", pa.string(), nullable=False),
        pa.field("slot", pa.int32(), nullable=False),
        pa.field("system", pa.string(), nullable=False),
        *(pa.field(aspect.value, pa.int32()) for aspect in Aspect),
    ],
    metadata={"evolflow.table": "votes", "evolflow.version": SCHEMA_VERSION},
)
"""One row an answer of a vote; slot is its place on the page, from 1."""

BY_NAME: dict[str, pa.Schema] = {"votes": VOTES}


def rows_of(votes: Iterable[Vote]) -> list[dict[str, object]]:
    """Return votes as rows of VOTES, an answer a row, in their order."""
    return [
        {
            "vote": vote.id, "rater": vote.rater, "item_id": vote.item_id,
            "is_repeat": vote.is_repeat, "is_skipped": vote.is_skipped, "at": vote.at,
            "slot": slot, "system": system,
            **{aspect.value: vote.ranks.get(aspect, {}).get(system) for aspect in Aspect},
        }
        for vote in votes
        for slot, system in enumerate(vote.order, start=1)
    ]  # fmt: skip


def votes_of(rows: Iterable[dict[str, Any]]) -> list[Vote]:
    """Return the votes that rows of VOTES make, in the order of their first rows.

    Raises:
        ValueError: Rows of a vote contradict one another, or do not make a whole one.
        KeyError: A column is missing.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row["vote"]), []).append(row)
    return [
        _vote(sorted(answers, key=lambda row: _counted(row, "slot"))) for answers in found.values()
    ]


def _vote(answers: Sequence[dict[str, Any]]) -> Vote:
    head = {
        name: answers[0][name] for name in ("rater", "item_id", "is_repeat", "is_skipped", "at")
    }
    if any(row[name] != value for row in answers for name, value in head.items()):
        raise ValueError(f"vote {answers[0]['vote']}: its rows contradict one another")
    ranks = {
        aspect: {str(row["system"]): _counted(row, aspect.value) for row in ranked}
        for aspect in Aspect
        if (ranked := [row for row in answers if row.get(aspect.value) is not None])
    }
    order = tuple(str(row["system"]) for row in answers)
    return Vote(id=answers[0]["vote"], order=order, ranks=ranks, **head)


def _counted(row: dict[str, Any], column: str) -> int:
    """Return a cell that counts; a spreadsheet may have made 1.0 or 1,0 of 1.

    Raises:
        ValueError: It is no whole number.
    """
    text = str(row[column]).strip()
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise ValueError(f"vote {row['vote']}: {column} is {text!r}, which is no whole number")
    return int(whole[1])
