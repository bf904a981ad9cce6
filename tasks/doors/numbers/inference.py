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
_FEWEST_FOR_RATIO = 5
_LEAST_ON_A_SIDE = 0.1
_UPPER = 0.975
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


def share_interval(tops: Sequence[float], bottoms: Sequence[float], seed: int) -> Interval | None:
    """Return the interval of a share: Wilson's or the bootstrap's, whichever reaches further.

    Draws alone have no width where all items agree, and too little in small or lopsided cells; Wilson
    alone is short where a single item of few is lost. Items count as many, whatever they hold: those
    that belong together are one.

    Args:
        tops: One value an item, from 0 to its bottom.
        bottoms: One value an item.
        seed: Of the draws.

    Returns:
        None for fewer than two items, or where a bottom is not above zero.
    """
    drawn = ratio_interval(tops, bottoms, seed)
    if drawn is None:
        return None
    low, high = _wilson(sum(tops) / sum(bottoms), len(tops))
    return Interval(min(low, drawn.low), max(high, drawn.high))


def _wilson(share: float, n: int) -> Interval:
    z = float(stats.norm.ppf(_UPPER))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Interval(max(0.0, float(middle - half)), min(1.0, float(middle + half)))


def quotient_interval(tops: Sequence[float], bottoms: Sequence[float]) -> Interval | None:
    """Return the interval of a ratio of sums that has no upper end: Student's, of its logarithm.

    The error is that of the linearised ratio (delta method), so the interval of the inverse ratio is
    the inverse interval.

    Args:
        tops: One value an item, not below zero.
        bottoms: One value an item, drawn together with its top.

    Returns:
        None for fewer than five items, where a sum is not above zero, or where all items agree.
    """
    own, whole = np.asarray(tops, float), np.asarray(bottoms, float)
    n = own.size
    if n < _FEWEST_FOR_RATIO or own.sum() <= 0 or whole.min() <= 0:
        return None
    # Each item's part in the logarithm of the ratio.
    parts = own / own.mean() - whole / whole.mean()
    error = float(parts.std(ddof=1)) / np.sqrt(n)
    if error <= 0:
        return None
    reach = float(stats.t.ppf(_UPPER, n - 1)) * error
    ratio = float(own.sum() / whole.sum())
    return Interval(ratio * float(np.exp(-reach)), ratio * float(np.exp(reach)))


def standard_error(values: Sequence[float]) -> float | None:
    """Return the standard error of a mean; None for fewer than two values."""
    if len(values) < _FEWEST_FOR_INTERVAL:
        return None
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


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


class AtEqualLength(NamedTuple):
    """What is to be expected where both answers are equally long."""

    rate: float
    interval: Interval


def at_equal_length(
    preferences: Sequence[float], longer_by: Sequence[float]
) -> AtEqualLength | None:
    """Return the mean preference to be expected where both answers are equally long.

    A logistic regression of the preference on the length difference, divided by its standard deviation
    and squeezed by tanh, and an intercept; what it predicts for a difference of zero, with an interval
    from robust errors (HC1). It is not AlpacaEval's length-controlled win rate: that has terms for its
    own instructions, a penalty and an anchor, and comes out up to 14 points elsewhere.

    Args:
        preferences: 0 to 1, one a pair.
        longer_by: By how many words the preferred side of 1 is the longer one, one a pair.

    Returns:
        None where it cannot be fitted (fewer than five pairs, all of the same difference, or wins and
        losses that a length tells apart), or where fewer than a tenth of the pairs lie on one side of
        equal length: it would be a guess at what nobody saw.
    """
    wanted, lengths = np.asarray(preferences, float), np.asarray(longer_by, float)
    if wanted.size < _FEWEST_FOR_REGRESSION or not lengths.std() or _parted(wanted, lengths):
        return None
    if min((lengths > 0).mean(), (lengths < 0).mean()) < _LEAST_ON_A_SIDE:
        return None
    squeezed = np.tanh(lengths / lengths.std())
    with warnings.catch_warnings():
        # All ties are foretold perfectly, and rightly so; what has no finite fit is out already.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        model = GLM(wanted, np.column_stack([np.ones_like(squeezed), squeezed]), Binomial())
        fitted = model.fit(cov_type="HC1")
    if not fitted.converged:
        return None
    middle, error = float(fitted.params[0]), float(fitted.bse[0])
    reach = float(stats.t.ppf(_UPPER, wanted.size - 2)) * error
    ends = Interval(float(expit(middle - reach)), float(expit(middle + reach)))
    return AtEqualLength(float(expit(middle)), ends)


def _parted(wanted: _Floats, lengths: _Floats) -> bool:
    """Whether a length parts wins from losses, or one of the two is missing: no finite fit exists."""
    won, lost = lengths[wanted > 0], lengths[wanted < 1]
    if not won.size or not lost.size:
        return True
    return bool(won.min() >= lost.max() or won.max() <= lost.min())
