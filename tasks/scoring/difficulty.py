"""Read a judge's scores from its words, and turn scores into figures by epoch.

What cannot be read is None: counted, left out of means, never a low score. Knows nothing of prompts,
files or charts.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from schemas.tables.scoring import HIGHEST, LOWEST, Difficulty, Version

_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,6})?"
# A label may bear marks and a few words: "#Score#:", "**Score:**", "Difficulty score is".
_LABELLED = re.compile(
    rf"\bscore\b[#*_`\"\s]*(?:is|of|=|:)[#*_`\"\s]*(-?{_NUMBER})(?:\s*/\s*({_NUMBER}))?(?![0-9.]*[0-9])",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"\W*?(-?{_NUMBER})(?:\s*/\s*({_NUMBER}))?\W*")
_LIST = re.compile(r"\[[^\[\]{}]*\]|\{[^\[\]{}]*\}")
_FAR_OUT = 1e6
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
    """Return the last score that a judge gave an instruction, 1 to 10; None where there is none.

    The judge may think aloud or quote the instruction first, so the last score counts: a labelled
    one, else a number that is the whole reply or its last line. One that is out of range is none.
    """
    text = unicodedata.normalize("NFKC", reply).replace("−", "-").strip()
    labelled = _LABELLED.findall(text)
    if labelled:
        return _in_range(*labelled[-1])
    lines = text.splitlines()
    found = _ALONE.fullmatch(text) or (_ALONE.fullmatch(lines[-1]) if lines else None)
    return _in_range(found[1], found[2] or "") if found else None


def _in_range(score: str, scale: str) -> float | None:
    value = float(score)
    if scale and float(scale) != HIGHEST:
        return None
    return value if LOWEST <= value <= HIGHEST else None


def read_scores(reply: str, count: int) -> list[float] | None:
    """Return the last list of scores that a judge gave so many versions; None where there is none.

    All or nothing: scores side by side mean something only together.

    Args:
        reply: The judge's words, with a JSON list in them, or an object from number to score.
        count: Versions that were shown; scores are 1 to this.
    """
    for found in reversed(_LIST.findall(unicodedata.normalize("NFKC", reply))):
        scores = _scores(found, count)
        if scores is not None:
            return scores if all(LOWEST <= score <= count for score in scores) else None
    return None


def _scores(text: str, count: int) -> list[float] | None:
    """Return the numbers of a JSON list or object; None where it is not one of so many numbers."""
    try:
        value: Any = json.loads(text)
    except ValueError:
        return None
    if isinstance(value, dict):
        value = [value.get(str(number)) for number in range(1, count + 1)] + [None] * (
            len(value) != count
        )
    is_whole = isinstance(value, list) and len(value) == count
    return [float(v) for v in value] if is_whole and all(map(_is_number, value)) else None


def _is_number(value: Any) -> bool:
    # bool is a kind of int, and JSON as Python reads it knows NaN and Infinity.
    return type(value) in (int, float) and abs(value) < _FAR_OUT


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
