"""What results.json and agreement.json hold, as far as readers rely on them.

A folder may come from anybody. Knows shapes, not how they are read or computed. A
number that could not be computed is None.
"""

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import RunFault

Bounds = tuple[float, float] | None
"""A 95 % interval: low, high."""
Count = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(ge=0, le=1)] | None


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class SystemResult(_Shape):
    """Who took part."""

    name: str
    model: str | None
    """LiteLLM name; None where the answers are from a file."""
    family: str
    answered: Count
    unanswered: Count
    median_words: float | None


class Cell(_Shape):
    """A system against its baseline, over all items or some of them."""

    system: str
    baseline: str
    n: Count
    """Scored pairs."""
    win: Count
    tie: Count
    lose: Count
    unscored: Count
    win_rate: Rate
    ci95: Bounds
    p_value: Rate
    capacity: Annotated[float, Field(ge=0)] | None
    """Sum of the system's scores over that of the baseline's."""
    capacity_ci95: Bounds
    length_ratio: float | None
    is_small: bool


class PairResult(Cell):
    """A cell of all items."""

    length_controlled_win_rate: Rate


class SkillResult(Cell):
    """A cell of one skill."""

    skill: str
    p_holm: Rate


class BandResult(Cell):
    """A cell of one band of difficulties."""

    band: str


class Rating(_Shape):
    """A system's strength on Elo's scale."""

    system: str
    rating: float
    ci95: Bounds


class JudgeHealth(_Shape):
    """How far the judge can be trusted."""

    games: Count
    unscored: Count
    unscored_share: Rate
    position_consistency: Rate
    first_slot_rate: Rate
    first_slot_ci95: Bounds
    length_ratio: float | None
    longer_wins_rate: Rate
    shares_family_with: list[str]


class Canary(_Shape):
    """How the constant answer did."""

    n: Count
    win: Count
    tie: Count
    lose: Count
    unscored: Count
    win_rate: Rate
    ci95: Bounds
    has_lost: bool


class Results(_Shape):
    """All figures of an evaluation."""

    protocol: str
    judge: str
    judge_family: str
    baseline: str
    systems: list[SystemResult]
    items: Count
    pairs: list[PairResult]
    skills: list[SkillResult]
    difficulties: list[BandResult]
    ratings: list[Rating]
    judge_health: JudgeHealth
    canary: Canary | None


class Agreeing(_Shape):
    """How often two sides say the same."""

    n: Count
    rate: Rate
    ci95: Bounds


class Ties(_Shape):
    """The same, with and without what a side calls a tie."""

    with_ties: Agreeing
    without_ties: Agreeing


class PeoplePair(_Shape):
    """How a system did by people's votes, by one aspect."""

    aspect: str
    system: str
    baseline: str
    n: Count
    win: Count
    tie: Count
    lose: Count
    win_rate: Rate
    ci95: Bounds
    is_small: bool


class Alpha(_Shape):
    """Krippendorff's alpha."""

    n: Count
    nominal: float | None
    ordinal: float | None


class Together(_Shape):
    """How far people agree by one aspect."""

    people: Ties
    krippendorff: Alpha


class JudgeAgreement(_Shape):
    """How far the judge agrees with people."""

    judge: str
    votes: Ties
    majority: Ties


class Rater(_Shape):
    """What one rater did."""

    rater: str
    votes: Count
    skipped: Count
    self_consistency: Agreeing


class Agreement(_Shape):
    """People's figures."""

    items: Count
    votes: Count
    skipped: Count
    raters: list[Rater]
    pairs: list[PeoplePair]
    aspects: dict[str, Together]
    judge: JudgeAgreement | None


_Read = TypeVar("_Read", bound=BaseModel)


def checked_as(shape: type[_Read], value: Any, path: Path) -> _Read:
    """Return the content of a file of figures.

    Args:
        shape: What it should hold.
        value: The parsed JSON.
        path: Where it lies, for the message.

    Raises:
        RunFault: A part that readers rely on is missing or of another kind.
    """
    try:
        return shape.model_validate(value)
    except ValidationError as e:
        error = e.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in error["loc"]) or "the whole"
        raise RunFault(
            f"{path}: {place}: {error['msg']}; it is not as evolflow wrote it: take it away and give "
            "the same command again"
        ) from None
