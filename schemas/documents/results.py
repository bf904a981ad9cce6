"""What results.json and agreement.json hold: the same shapes for who makes them and who reads them.

A folder may come from anybody, so what a shape says is checked. Knows shapes, not how they are read or
computed. A number that could not be computed is None.
"""

from typing import Annotated, Any

from pydantic import Field, model_validator

from schemas.documents.document import Document, Number

Bounds = tuple[float, float] | None
"""A 95 % interval: low, high."""
Count = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(ge=0, le=1)] | None


_OLDER_NAME = "length_controlled_win_rate"
"""What the win rate at equal length was called; it never was AlpacaEval's."""
RESULTS_VERSION = "1"
"""Of the shape of results.json."""
AGREEMENT_VERSION = "1"
"""Of the shape of agreement.json."""


class SystemResult(Document):
    """Who took part."""

    name: str
    model: str | None
    """LiteLLM name; None where the answers are from a file."""
    family: str
    answered: Count
    unanswered: Count
    median_words: Number | None
    """Of its answers; None where it has none."""


class Cell(Document):
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
    standard_error: Annotated[float, Field(ge=0)] | None = None
    """Of the win rate, as a share; older folders do not say."""
    raw_win_rate: Rate
    """Wins alone, of the scored pairs."""
    p_value: Rate
    capacity: Annotated[float, Field(ge=0)] | None
    """Sum of the system's scores over that of the baseline's."""
    capacity_ci95: Bounds
    length_ratio: float | None
    is_small: bool
    """Too few scored pairs to lean on."""


class PairResult(Cell):
    """A cell of all items."""

    win_rate_at_equal_length: Rate = None
    """Where both answers are equally long; not comparable with AlpacaEval's length-controlled one."""
    equal_length_ci95: Bounds = None
    skills_scored: Count = 0
    """Skills of which both systems have scores."""
    skills_near: Count = 0
    """Those in which the system has at least nine tenths of the baseline's."""

    @model_validator(mode="before")
    @classmethod
    def _by_its_older_name(cls, given: Any) -> Any:
        if isinstance(given, dict) and _OLDER_NAME in given:
            return {"win_rate_at_equal_length": given[_OLDER_NAME], **given}
        return given


class SkillResult(Cell):
    """A cell of one skill."""

    skill: str
    p_holm: Rate


class BandResult(Cell):
    """A cell of one band of difficulties."""

    band: str


class Rating(Document):
    """A system's strength on Elo's scale."""

    system: str
    rating: float
    ci95: Bounds


class JudgeHealth(Document):
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


class Canary(Document):
    """How the constant answer did."""

    n: Count
    win: Count
    tie: Count
    lose: Count
    unscored: Count
    win_rate: Rate
    ci95: Bounds
    has_lost: bool


class Results(Document):
    """results.json: all figures of an evaluation."""

    schema_version: str = RESULTS_VERSION
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


class Agreeing(Document):
    """How often two sides say the same."""

    n: Count
    """Comparisons."""
    items: Count
    agree: Count
    rate: Rate
    ci95: Bounds
    is_small: bool


class Ties(Document):
    """The same, with and without what a side calls a tie."""

    with_ties: Agreeing
    without_ties: Agreeing


class PeoplePair(Document):
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


class Cohen(Document):
    """Cohen's kappa of two raters."""

    raters: tuple[str, str]
    n: Count
    kappa: float | None
    is_small: bool


class Fleiss(Document):
    """Fleiss' kappa."""

    raters: Count | None
    """How many judged each thing; None where nothing was judged by two."""
    n: Count
    kappa: float | None
    is_small: bool


class Alpha(Document):
    """Krippendorff's alpha."""

    n: Count
    nominal: float | None
    ordinal: float | None


class Together(Document):
    """How far people agree by one aspect."""

    people: Ties
    cohen: list[Cohen]
    fleiss: Fleiss
    krippendorff: Alpha


class JudgeAgreement(Document):
    """How far the judge agrees with people."""

    judge: str
    votes: Ties
    """With each vote."""
    majority: Ties
    """With what most say of an item."""


class Rater(Document):
    """What one rater did."""

    rater: str
    votes: Count
    skipped: Count
    self_consistency: Agreeing
    """With themselves, where an item came again."""


class Agreement(Document):
    """agreement.json: people's figures."""

    schema_version: str = AGREEMENT_VERSION
    systems: list[str]
    """In the order of pairs: baselines come last."""
    items: Count
    votes: Count
    skipped: Count
    raters: list[Rater]
    pairs: list[PeoplePair]
    aspects: dict[str, Together]
    judge: JudgeAgreement | None
