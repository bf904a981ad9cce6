"""Coefficients of agreement, and an interval by bootstrap: labels in, one number or None out.

The one importer of scikit-learn's, statsmodels', evalica's and SciPy's agreement functions. Where a
coefficient is not defined (too few labels, or all the same) it is None, never NaN.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Literal

import evalica
import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

_RESAMPLES = 2000
_LEVEL = 0.95
_FEWEST_CLUSTERS = 2
_SEED = 0


def cohen(one: Sequence[int], other: Sequence[int]) -> float | None:
    """Return Cohen's kappa of two raters' labels for the same things; unweighted."""
    if len({*one, *other}) < 2:
        return None
    return _finite(cohen_kappa_score(one, other))


def fleiss(things: Sequence[Sequence[int]]) -> float | None:
    """Return Fleiss' kappa.

    Args:
        things: The labels of each thing, of the same number of raters.
    """
    if len({label for labels in things for label in labels}) < 2:
        return None
    counts, _ = aggregate_raters(np.array(things))
    return _finite(fleiss_kappa(counts))


def krippendorff(
    things: Sequence[Mapping[str, int]], level: Literal["nominal", "ordinal"]
) -> float | None:
    """Return Krippendorff's alpha; raters may have left things out.

    Args:
        things: The label of each thing by rater.
        level: Whether labels are mere names or have an order.
    """
    paired = [labels for labels in things if len(labels) > 1]
    if len({label for labels in paired for label in labels.values()}) < 2:
        return None
    return _finite(evalica.alpha(pd.DataFrame(paired).T.astype(float), level).alpha)


def ratio_interval(parts: Sequence[int], wholes: Sequence[int]) -> tuple[float, float] | None:
    """Return the 95 % interval of a ratio of sums, by drawing clusters anew; None for fewer than two.

    Args:
        parts: What is counted, by cluster.
        wholes: Out of how many, by cluster; none is zero.
    """
    if len(wholes) < _FEWEST_CLUSTERS:
        return None
    with warnings.catch_warnings():
        # Where all clusters say the same, so does every draw: that is a fact and no fault.
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            (np.asarray(parts), np.asarray(wholes)),
            lambda p, w, axis: p.sum(axis=axis) / w.sum(axis=axis),
            paired=True, vectorized=True, method="percentile", n_resamples=_RESAMPLES,
            confidence_level=_LEVEL, rng=_SEED,
        ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
