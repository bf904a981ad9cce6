"""Turn pairs into the figures of one cell: a system against its baseline, in all or in one skill.

What cannot be computed is None. Knows neither who judged nor how cells are put together.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isfinite
from statistics import median
from typing import NamedTuple

from schemas.documents.results import Bounds, Cell
from schemas.tables.evaluation import Outcome
from tasks.doors.numbers import inference
from tasks.doors.numbers.inference import Interval
from tasks.evaluation.judging.pairs import Pair

FEWEST = 5
"""A cell of fewer scored pairs is small: drawn as such, and not to be leaned on."""
_DIGITS = 9


class Ratio(NamedTuple):
    """A ratio of sums, as results.json has it."""

    value: float | None
    ci95: Bounds


def cell(pairs: Sequence[Pair], seed: int) -> Cell:
    """Return the figures of some pairs between one system and one baseline.

    Args:
        pairs: One an item; at least one.
        seed: Of the intervals' draws.
    """
    counts = Counter(pair.outcome for pair in pairs)
    wins, ties, losses = (counts[o] for o in (Outcome.WIN, Outcome.TIE, Outcome.LOSE))
    scored = [pair for pair in pairs if pair.preference is not None]
    worth = [(p.question, p.preference) for p in scored if p.preference is not None]
    won = proportion(((question, one, 1.0) for question, one in worth), seed)
    capacity = _capacity(scored)
    return Cell(
        system=pairs[0].games[0].system,
        baseline=pairs[0].games[0].baseline,
        n=len(scored),
        win=wins,
        tie=ties,
        lose=losses,
        unscored=counts[Outcome.UNSCORED],
        win_rate=won.value,
        ci95=won.ci95,
        standard_error=rounded(inference.standard_error([one for _, one in worth])),
        raw_win_rate=rounded(share(wins, len(scored))),
        p_value=rounded(inference.sign_test(wins, losses)),
        capacity=capacity.value,
        capacity_ci95=capacity.ci95,
        length_ratio=length_ratio(scored),
        is_small=len(scored) < FEWEST,
    )


def _capacity(pairs: Sequence[Pair]) -> Ratio:
    """The WizardLM paper's "% of capacity": a ratio of sums over items, not a mean of ratios."""
    scores = [(pair.question, *pair.scores) for pair in pairs if pair.scores is not None]
    own, whole = _by_question(scores)
    interval = inference.quotient_interval(own, whole)
    return Ratio(rounded(share(sum(own), sum(whole))), None if interval is None else ends(interval))


def proportion(parts: Iterable[tuple[str, float, float]], seed: int) -> Ratio:
    """Return a share and its interval; what belongs to a question counts as one.

    Args:
        parts: Question, what counts, and what it counts of.
        seed: Of the interval's draws.
    """
    own, whole = _by_question(parts)
    interval = inference.share_interval(own, whole, seed)
    return Ratio(rounded(share(sum(own), sum(whole))), None if interval is None else ends(interval))


def _by_question(
    parts: Iterable[tuple[str, float, float]],
) -> tuple[list[float], list[float]]:
    sums: dict[str, tuple[float, float]] = {}
    for question, top, bottom in parts:
        tops, bottoms = sums.get(question, (0.0, 0.0))
        sums[question] = (tops + top, bottoms + bottom)
    return [one for one, _ in sums.values()], [one for _, one in sums.values()]


def at_equal_length(pairs: Sequence[Pair]) -> Ratio:
    """Return the win rate to be expected where both answers are equally long, with its interval."""
    scored = [(p.preference, p) for p in pairs if p.preference is not None]
    longer_by = [float(pair.words_system - pair.words_baseline) for _, pair in scored]
    found = inference.at_equal_length([wanted for wanted, _ in scored], longer_by)
    return Ratio(None, None) if found is None else Ratio(rounded(found.rate), ends(found.interval))


def length_ratio(pairs: Sequence[Pair]) -> float | None:
    """Return the median length of the systems' answers over that of the baselines'."""
    if not pairs:
        return None
    own = median(pair.words_system for pair in pairs)
    other = median(pair.words_baseline for pair in pairs)
    # No word on one side: the texts are not known.
    return rounded(own / other) if own and other else None


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole; None where there is no whole."""
    return part / whole if whole else None


def rounded(value: float | None) -> float | None:
    """Return nine digits of a number: what the order of additions changes is left out."""
    return None if value is None or not isfinite(value) else float(f"{value:.{_DIGITS}g}")


def ends(interval: Interval) -> Bounds:
    """Return an interval as results.json has it; None where an end is not known."""
    low, high = rounded(interval.low), rounded(interval.high)
    return None if low is None or high is None else (low, high)
