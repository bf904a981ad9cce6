"""Turn a judge's games into the figures of an evaluation: what results.json holds.

Pure: the same games give the same bytes. What cannot be computed is None, never NaN. Knows nothing of
files, models and prompts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from schemas.documents.results import (
    RESULTS_VERSION,
    BandResult,
    Canary,
    Cell,
    PairResult,
    Rating,
    Results,
    SkillResult,
    SystemResult,
)
from schemas.tables.evaluation import NULL_MODEL, Judgment, Outcome, SystemAnswer
from schemas.text import count_words
from tasks.doors.numbers import inference, ratings
from tasks.doors.numbers.inference import Interval
from tasks.doors.numbers.ratings import Contest, Winner
from tasks.evaluation.judging.cells import at_equal_length, cell, ends, rounded
from tasks.evaluation.judging.judge_health import family_of, judge_health
from tasks.evaluation.judging.pairs import Pair, pairs_of

BANDS = {"1-4": range(1, 5), "5-7": range(5, 8), "8-10": range(8, 11)}
"""Difficulties that are looked at together; the WizardLM paper calls 8 and above hard."""
NEAR_CAPACITY = 0.9
"""Share of the baseline's score from which a skill is near it; the paper counts skills so."""
UNKNOWN = "unknown"
"""Where some items of a set have no skill or difficulty."""
_WINNERS: dict[Outcome, Winner] = {Outcome.WIN: "left", Outcome.TIE: "draw", Outcome.LOSE: "right"}
_FEWEST_RATED = 3
_EVEN = 0.5


@dataclass(frozen=True, slots=True)
class SystemAbout:
    """What is known of a system besides its games."""

    name: str
    model: str | None
    """LiteLLM name; None where the answers are from a file."""
    answered: int
    """Items with an answer."""
    unanswered: int
    median_words: float | None
    """Of its answers; None where it has none."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an evaluation besides its games."""

    protocol: str
    """Who was shown when: one of schemas.tables.evaluation, or the format of an imported file."""
    judge: str
    baseline: str
    systems: tuple[SystemAbout, ...]
    """In their order, the baseline among them, the null model not."""
    items: int
    """How many there are, judged or not."""
    rng_seed: int = 0
    """Of the bootstrap."""
    is_order_known: bool = True
    """Whether the games say which answer the judge saw first: some files do not."""


def about_system(name: str, model: str | None, answers: Iterable[SystemAnswer]) -> SystemAbout:
    """Return what a system's own answers say of it; those of others are passed over."""
    own = [one.answer for one in answers if one.system == name]
    words = [count_words(answer) for answer in own if answer is not None]
    middle = median(words) if words else None
    return SystemAbout(name, model, len(words), len(own) - len(words), middle)


def results(games: Sequence[Judgment], about: About) -> Results:
    """Return all figures of an evaluation.

    Args:
        games: Every game, the null model's among them.
        about: What else is known.

    Returns:
        The content of results.json; see the README for its parts.
    """
    met = pairs_of(game for game in games if game.system != NULL_MODEL)
    canary = pairs_of(game for game in games if game.system == NULL_MODEL)
    pairs = [pair for of_two in met.values() for pair in of_two]
    families = {one.name: family_of(one.model or one.name) for one in about.systems}
    seed = about.rng_seed
    health = judge_health(
        pairs, families, about.judge, seed=seed, is_order_known=about.is_order_known
    )
    return Results(
        schema_version=RESULTS_VERSION,
        protocol=about.protocol,
        judge=about.judge,
        judge_family=family_of(about.judge),
        baseline=about.baseline,
        systems=[_system(one, families[one.name]) for one in about.systems],
        items=about.items,
        pairs=[_whole(of_two, seed) for of_two in met.values()],
        skills=[one for of_two in met.values() for one in _skills(of_two, seed)],
        difficulties=[one for of_two in met.values() for one in _difficulties(of_two, seed)],
        ratings=_ratings(pairs, seed),
        judge_health=health,
        canary=_canary([pair for of_two in canary.values() for pair in of_two], seed),
    )


def _system(one: SystemAbout, family: str) -> SystemResult:
    return SystemResult(
        name=one.name,
        model=one.model,
        family=family,
        answered=one.answered,
        unanswered=one.unanswered,
        median_words=one.median_words,
    )


def _whole(pairs: Sequence[Pair], seed: int) -> PairResult:
    at_length = at_equal_length(pairs)
    skills = [one.capacity for one in _skills(pairs, seed) if one.capacity is not None]
    return PairResult(
        **dict(cell(pairs, seed)),
        win_rate_at_equal_length=at_length.value,
        equal_length_ci95=at_length.ci95,
        skills_scored=len(skills),
        skills_near=sum(one >= NEAR_CAPACITY for one in skills),
    )


def _skills(pairs: Sequence[Pair], seed: int) -> list[SkillResult]:
    """A cell a skill, by name; none where no item has a skill."""
    groups = _grouped(pairs, lambda pair: pair.skill or UNKNOWN)
    if set(groups) <= {UNKNOWN}:
        return []
    cells = {name: cell(groups[name], seed) for name in sorted(groups)}
    corrected = inference.holm([one.p_value for one in cells.values()])
    return [
        SkillResult(**dict(one), skill=name, p_holm=rounded(p))
        for (name, one), p in zip(cells.items(), corrected, strict=True)
    ]


def _difficulties(pairs: Sequence[Pair], seed: int) -> list[BandResult]:
    """A cell a band, from easy to hard; none where no item has a difficulty."""
    groups = _grouped(pairs, lambda pair: band_of(pair.difficulty))
    if set(groups) <= {UNKNOWN}:
        return []
    names = [name for name in (*BANDS, UNKNOWN) if name in groups]
    return [BandResult(**dict(cell(groups[name], seed)), band=name) for name in names]


def band_of(difficulty: int | None) -> str:
    """Return the band in which a difficulty lies."""
    return next((name for name, band in BANDS.items() if difficulty in band), UNKNOWN)


def _grouped(pairs: Iterable[Pair], name_of: Callable[[Pair], str]) -> dict[str, list[Pair]]:
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(name_of(pair), []).append(pair)
    return groups


def _ratings(pairs: Iterable[Pair], seed: int) -> list[Rating]:
    """Bradley-Terry on Elo's scale, the best first; only where there are more than two systems."""
    contests = [
        Contest(pair.question, pair.games[0].system, pair.games[0].baseline, _WINNERS[pair.outcome])
        for pair in pairs
        if pair.outcome != Outcome.UNSCORED
    ]
    if len({name for c in contests for name in (c.left, c.right)}) < _FEWEST_RATED:
        return []
    return [
        Rating(
            system=one.player, rating=rounded(one.points), ci95=ends(Interval(one.low, one.high))
        )
        for one in ratings.rate(contests, seed)
    ]


def _canary(pairs: Sequence[Pair], seed: int) -> Canary | None:
    """How the null model did; None where it did not play."""
    if not pairs:
        return None
    whole = cell(pairs, seed)
    return Canary(**dict(whole), has_lost=_has_lost(whole))


def _has_lost(whole: Cell) -> bool:
    """Whether chance does not explain it, or it won and tied nothing at all."""
    if whole.n and whole.lose == whole.n:
        return True
    highest = whole.ci95[1] if whole.ci95 is not None else whole.win_rate
    return highest is not None and highest < _EVEN
