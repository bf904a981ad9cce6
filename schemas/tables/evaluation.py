"""What an evaluation is made of: test items, systems' answers, judged games, and their tables.

A *system* answers the items; a *baseline* is the system that others are compared with. A *game* is one
showing of two answers to a judge; a *pair* is all games of one item between two systems.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import pyarrow as pa

from schemas.tables.row import schema_of

NULL_MODEL = "null-model"
"""The system whose every answer is the same few words: whoever judges must let it lose."""

Protocol = Literal["both-orders", "alternate"]
"""Each pair twice with the answers swapped; or once, in turns (WizardLM paper, first version)."""


class EvaluationStage(StrEnum):
    """The steps of a shard of test items, in their order."""

    ANSWER = "answer"
    JUDGE = "judge"


class Outcome(StrEnum):
    """How a system did against its baseline, in a game or in a pair."""

    WIN = "win"
    TIE = "tie"
    LOSE = "lose"
    UNSCORED = "unscored"
    """No verdict that can be read, or nothing to judge: neither a tie nor a loss."""


@dataclass(frozen=True, slots=True)
class Item:
    """One instruction of a test set."""

    id: str
    """Unique in the set: the set's own, else its place."""
    position: int
    """Place in the set, from 0: the order of every table."""
    instruction: str
    skill: str
    """As the set has it; "" where it says nothing."""
    difficulty: int | None
    """1 to 10; None where the set says nothing."""


@dataclass(frozen=True, slots=True)
class SystemAnswer:
    """What one system answered to one item."""

    item_id: str
    position: int
    system: str
    answer: str | None
    """None where it gave none."""
    model: str | None
    """LiteLLM name of the model that was asked; None where the answer is from a file."""
    finish_reason: str | None = None
    error: str | None = None
    """Why there is no answer."""


@dataclass(frozen=True, slots=True)
class Judgment:
    """One game: what a judge said of a system's answer beside the baseline's."""

    item_id: str
    position: int
    skill: str
    difficulty: int | None
    system: str
    baseline: str
    is_system_first: bool
    """Whether the judge saw the system's answer before the baseline's."""
    prompt: str
    """Which judging prompt: general, coding or maths; the file's own word in imported ones."""
    judge: str
    """LiteLLM name of the judge."""
    outcome: Outcome
    preference: float | None
    """For the system: 1 win, 0.5 tie, 0 loss, or between where a judge gave a probability; None where
    unscored."""
    score_system: float | None
    """1 to 10; None where unscored or where the judge gives no scores."""
    score_baseline: float | None
    why_unscored: str | None
    """One line; None where it is scored."""
    verdict: str | None
    """The judge's words, verbatim; None where nobody was asked."""
    words_system: int
    """Length of the answer; words."""
    words_baseline: int


_TYPES: dict[str, pa.DataType] = {
    "position": pa.int64(),
    "difficulty": pa.int32(),
    "is_system_first": pa.bool_(),
    "preference": pa.float64(),
    "score_system": pa.float64(),
    "score_baseline": pa.float64(),
    "words_system": pa.int32(),
    "words_baseline": pa.int32(),
}
_NULLABLE = {
    "difficulty", "answer", "model", "finish_reason", "error", "preference", "score_system",
    "score_baseline", "why_unscored", "verdict",
}  # fmt: skip


ITEMS = schema_of("items", Item, _TYPES, _NULLABLE)
ANSWERS = schema_of("answers", SystemAnswer, _TYPES, _NULLABLE)
JUDGMENTS = schema_of("judgments", Judgment, _TYPES, _NULLABLE)

BY_NAME: dict[str, pa.Schema] = {"items": ITEMS, "answers": ANSWERS, "judgments": JUDGMENTS}
"""Every schema of an evaluation by the name that its files carry in their metadata."""


def items_of(table: pa.Table) -> list[Item]:
    """Return a table's items, in their order."""
    return [Item(**record) for record in table.to_pylist()]


def answers_of(table: pa.Table) -> list[SystemAnswer]:
    """Return a table's answers, in their order."""
    return [SystemAnswer(**record) for record in table.to_pylist()]


def judgments_of(table: pa.Table) -> list[Judgment]:
    """Return a table's judgments, in their order."""
    return [Judgment(**{**r, "outcome": Outcome(r["outcome"])}) for r in table.to_pylist()]


def pair_outcome(games: Sequence[Judgment]) -> Outcome:
    """Return how a pair ended: as its games say where they agree; where they do not, a tie.

    A pair of which one game is unscored is unscored: half a comparison is none.

    Args:
        games: All games of one item between the same two systems; at least one.
    """
    outcomes = {game.outcome for game in games}
    if Outcome.UNSCORED in outcomes:
        return Outcome.UNSCORED
    return outcomes.pop() if len(outcomes) == 1 else Outcome.TIE
