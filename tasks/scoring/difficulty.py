"""Say what scale a judge's scores are on, and turn scores into figures by epoch.

What cannot be read is None: counted, left out of means, never a low score. Knows nothing of prompts,
files or charts.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from schemas.tables.scoring import HIGHEST, LOWEST, Difficulty, Version
from tasks.packs import scores
from tasks.packs.scores import Scale

_SCALE = Scale(LOWEST, HIGHEST)
_RESAMPLES = 2_000
_TAILS = (2.5, 97.5)


class Level(NamedTuple):
    """How high the scores of an epoch are."""

    epoch: int
    scored: int
    unscored: int
    mean: float | None
    """None where nothing is scored."""
    ci95: tuple[float, float] | None
    """Bootstrap interval of the mean; None where nothing is scored."""
    counts: dict[int, int]
    """Scores, rounded, and how often they were given."""


def read_score(reply: str) -> float | None:
    """Return the score that a judge gave an instruction, 1 to 10; None where there is none."""
    return scores.read_score(reply, _SCALE)


def read_scores(reply: str, count: int) -> list[float] | None:
    """Return the scores that a judge gave so many versions, 1 to count; None where one is missing."""
    return scores.read_scores(reply, count)


def difficulty_by_epoch(scored: Iterable[Difficulty]) -> list[Level]:
    """Return how difficult each epoch's instructions are."""
    return _levels((one.epoch, _within(one.score, LOWEST, HIGHEST)) for one in scored)


def standing_by_epoch(versions: Iterable[Version], score: str) -> list[Level]:
    """Return how an epoch's versions stand among the versions of their lines: 0 lowest, 1 highest.

    Lines have different lengths, and so have their scales; the share of the scale is comparable.

    Args:
        versions: Of any lines.
        score: Which one: complexity or quality.
    """
    return _levels(
        (one.epoch, _within(_standing(getattr(one, score), one.versions), 0, 1)) for one in versions
    )


def _standing(score: float | None, versions: int) -> float | None:
    return None if score is None else (score - LOWEST) / max(1, versions - LOWEST)


def _within(value: float | None, low: float, high: float) -> float | None:
    """A folder may come from anybody: what is off the scale, or no number, is no score."""
    return value if value is not None and low <= value <= high else None


def _levels(pairs: Iterable[tuple[int, float | None]]) -> list[Level]:
    """Return the level of each epoch, in order."""
    ordered = sorted(pairs, key=lambda pair: pair[0])
    grouped = groupby(ordered, key=lambda pair: pair[0])
    return [_level(epoch, [value for _, value in group]) for epoch, group in grouped]


def _level(epoch: int, scores: Sequence[float | None]) -> Level:
    known = [score for score in scores if score is not None]
    counts = Counter(round(score) for score in known)
    unscored = len(scores) - len(known)
    if not known:
        return Level(epoch, 0, unscored, None, None, {})
    mean, ci95 = float(np.mean(known)), _interval(known)
    return Level(epoch, len(known), unscored, mean, ci95, dict(sorted(counts.items())))


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the percentile bootstrap's 95 % interval of the mean; the same values give the same."""
    found, counts = np.unique(np.array(values), return_counts=True)
    # To draw how often each value comes is the same as to draw every value, and much less to draw.
    drawn = np.random.default_rng(0).multinomial(len(values), counts / len(values), size=_RESAMPLES)
    low, high = np.percentile(drawn @ found / len(values), _TAILS)
    return float(low), float(high)
