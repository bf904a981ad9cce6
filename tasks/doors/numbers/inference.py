"""Statistics by SciPy and statsmodels: intervals, an exact test, its correction, a regression.

Numbers go in, numbers come out, None where there is nothing to be said. A list holds one value a test
item, so what is drawn anew in a bootstrap are items. The same numbers give the same answer. Knows
nothing of systems and judges.
"""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import expit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.multitest import multipletests
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

RESAMPLES = 2000
"""How often the items are drawn anew for an interval."""
_FEWEST_FOR_INTERVAL = 2
_FEWEST_FOR_REGRESSION = 5
_NUMBERS_AT_ONCE = 2_000_000

_Floats = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """A 95 % interval."""

    low: float
    high: float


def ratio_interval(tops: Sequence[float], bottoms: Sequence[float], seed: int) -> Interval | None:
    """Return the bootstrap interval of a ratio of sums, from the percentiles.

    Args:
        tops: One value an item.
        bottoms: One value an item, drawn together with its top; ones make the ratio a mean.
        seed: Of the draws.

    Returns:
        None for fewer than two items, or where a bottom is not above zero.
    """
    if len(tops) < _FEWEST_FOR_INTERVAL or min(bottoms) <= 0:
        return None
    found = stats.bootstrap(
        (np.asarray(tops, float), np.asarray(bottoms, float)),
        _ratio,
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        # All at once, many items would take gigabytes.
        batch=max(1, _NUMBERS_AT_ONCE // len(tops)),
        confidence_level=0.95,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))


def _ratio(tops: _Floats, bottoms: _Floats, axis: int) -> Any:
    return tops.sum(axis=axis) / bottoms.sum(axis=axis)


def sign_test(wins: int, losses: int) -> float | None:
    """Return the exact two-sided p that wins and losses are equally likely; None without either."""
    if not wins + losses:
        return None
    return float(stats.binomtest(wins, wins + losses, 0.5).pvalue)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p values corrected for their number, after Holm; those that are None stay out."""
    known = [p for p in p_values if p is not None]
    if not known:
        return [None] * len(p_values)
    corrected = iter(multipletests(known, method="holm")[1].tolist())
    return [None if p is None else next(corrected) for p in p_values]


def at_equal_length(preferences: Sequence[float], longer_by: Sequence[float]) -> float | None:
    """Return the mean preference to be expected where both answers are equally long.

    A logistic regression of the preference on the length difference, divided by its standard deviation
    and squeezed by tanh, and an intercept; what it predicts for a difference of zero. It is the form of
    AlpacaEval's length-controlled win rate without the terms that need its own instructions.

    Args:
        preferences: 0 to 1, one a pair.
        longer_by: By how many words the preferred side of 1 is the longer one, one a pair.

    Returns:
        0 to 1; None where it cannot be fitted: fewer than five pairs, all of the same difference, or
        wins and losses that a length tells apart.
    """
    wanted, lengths = np.asarray(preferences, float), np.asarray(longer_by, float)
    if wanted.size < _FEWEST_FOR_REGRESSION or not lengths.std() or _parted(wanted, lengths):
        return None
    squeezed = np.tanh(lengths / lengths.std())
    with warnings.catch_warnings():
        # All ties are foretold perfectly, and rightly so; what has no finite fit is out already.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fitted = GLM(wanted, np.column_stack([np.ones_like(squeezed), squeezed]), Binomial()).fit()
    return float(expit(fitted.params[0])) if fitted.converged else None


def _parted(wanted: _Floats, lengths: _Floats) -> bool:
    """Whether a length parts wins from losses, or one of the two is missing: no finite fit exists."""
    won, lost = lengths[wanted > 0], lengths[wanted < 1]
    if not won.size or not lost.size:
        return True
    return bool(won.min() >= lost.max() or won.max() <= lost.min())
