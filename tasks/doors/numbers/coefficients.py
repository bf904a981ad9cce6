"""Coefficients of agreement: labels in, one number or None out.

The one importer of scikit-learn's, statsmodels' and evalica's agreement functions. Where a
coefficient is not defined (too few labels, or all the same) it is None, never NaN.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import evalica
import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa


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


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
