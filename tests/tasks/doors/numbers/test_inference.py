"""Intervals, tests and the regression agree with what can be computed by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from tasks.doors.numbers.inference import (
    Interval,
    at_equal_length,
    holm,
    quotient_interval,
    ratio_interval,
    share_interval,
    sign_test,
    standard_error,
)

WON = [1.0] * 60 + [0.5] * 20 + [0.0] * 40


def mean_interval(values: list[float], seed: int) -> Interval | None:
    return ratio_interval(values, [1.0] * len(values), seed)


def test_an_interval_is_the_same_each_time() -> None:
    assert mean_interval(WON, 7) == mean_interval(WON, 7)
    assert mean_interval(WON, 7) != mean_interval(WON, 8)


def test_an_intervals_half_width_is_near_two_standard_errors() -> None:
    found = mean_interval(WON, 0)
    assert found is not None
    error = float(stats.sem(WON))
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.1)
    assert found.low < np.mean(WON) < found.high


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    draws = np.random.default_rng(1)
    inside = 0
    for _ in range(200):
        found = mean_interval(draws.binomial(1, 0.6, 100).astype(float).tolist(), 0)
        assert found is not None
        inside += found.low <= 0.6 <= found.high
    assert 0.89 <= inside / 200 <= 0.99


@pytest.mark.parametrize("values", [[], [1.0]])
def test_fewer_than_two_items_have_no_interval(values: list[float]) -> None:
    assert mean_interval(values, 0) is None
    assert ratio_interval(values, values, 0) is None


def test_many_items_are_drawn_in_batches_with_the_same_outcome_in_width() -> None:
    """Two thousand draws of 5,000 items at once would be 80 MB, of 500,000 items 8 GB."""
    found = mean_interval(WON * 50, 0)
    assert found is not None
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * stats.sem(WON * 50), rel=0.1)


def test_an_items_two_parts_are_drawn_together() -> None:
    """A ratio that is the same for every item is certain, however the items differ."""
    found = ratio_interval([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 0)
    assert found == pytest.approx((0.5, 0.5))


def test_a_ratio_to_nothing_has_no_interval() -> None:
    assert ratio_interval([1.0, 2.0], [1.0, 0.0], 0) is None


def test_a_share_has_width_where_all_items_agree_and_draws_whole_items() -> None:
    """Five wins of five are no proof that nothing is ever lost."""
    found = share_interval([1.0] * 5, [1.0] * 5, 0)
    assert found is not None
    assert found.low == pytest.approx(0.5655, abs=1e-4)
    assert found.high == 1.0
    narrow = share_interval([1.0, 0.0] * 50, [1.0] * 100, 0)
    wide = share_interval([10.0, 0.0] * 5, [10.0] * 10, 0)
    assert narrow is not None and wide is not None
    assert narrow.low < 0.5 < narrow.high
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert share_interval([1.0], [1.0], 0) is None


@pytest.mark.parametrize("rate", [0.75, 0.9, 0.98])
@pytest.mark.parametrize("n", [5, 20])
def test_a_small_or_lopsided_cell_s_interval_holds_the_truth(rate: float, n: int) -> None:
    draws = np.random.default_rng(4)
    sets = [draws.binomial(1, rate, n).astype(float).tolist() for _ in range(150)]
    found = [share_interval(one, [1.0] * n, 0) for one in sets]
    assert sum(one is not None and one.low <= rate <= one.high for one in found) / 150 >= 0.91


def test_a_quotient_has_an_interval_from_five_items_and_is_mirrored() -> None:
    own, other = [7.0, 8.0, 6.0, 9.0, 5.0], [8.0, 8.0, 7.0, 8.0, 9.0]
    found, turned = quotient_interval(own, other), quotient_interval(other, own)
    assert found is not None and turned is not None
    assert found.low < 35 / 40 < found.high
    assert found == pytest.approx((1 / turned.high, 1 / turned.low))
    assert quotient_interval(own[:4], other[:4]) is None
    assert quotient_interval([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.0, 6.0, 8.0, 10.0]) is None
    assert quotient_interval([0.0] * 5, other) is None


def test_a_standard_error_is_that_of_the_mean() -> None:
    assert standard_error(WON) == pytest.approx(stats.sem(WON))
    assert standard_error([1.0]) is None


@pytest.mark.parametrize(
    ("wins", "losses", "expected"), [(5, 0, 2 / 32), (3, 3, 1.0), (0, 0, None)]
)
def test_the_sign_test_is_exact(wins: int, losses: int, expected: float | None) -> None:
    assert sign_test(wins, losses) == (None if expected is None else pytest.approx(expected))


def test_the_sign_test_agrees_with_counting() -> None:
    tail = sum(math.comb(49, k) for k in range(27, 50)) / 2**49
    assert sign_test(27, 22) == pytest.approx(2 * tail)


def test_holm_multiplies_the_smallest_most_and_leaves_out_what_is_unknown() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == [pytest.approx(0.03), None, *[pytest.approx(0.06)] * 2]
    assert holm([None, None]) == [None, None]
    assert holm([]) == []


def test_a_win_rate_made_by_length_alone_is_half_at_equal_length() -> None:
    """The longer answer wins nine of ten, and ours is the longer one in most pairs."""
    longer_by = [20.0] * 80 + [-20.0] * 20
    won = [1.0] * 72 + [0.0] * 8 + [1.0] * 2 + [0.0] * 18
    found = at_equal_length(won, longer_by)
    assert np.mean(won) == pytest.approx(0.74)
    assert found is not None
    assert found.rate == pytest.approx(0.5, abs=1e-6)
    assert found.interval.low < 0.5 < found.interval.high


def test_length_that_decides_nothing_changes_nothing() -> None:
    longer_by = [5.0, -5.0] * 30
    won = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0] * 10
    found = at_equal_length(won, longer_by)
    assert found is not None
    assert found.rate == pytest.approx(2 / 3)


@pytest.mark.filterwarnings("error")
def test_ties_alone_are_even_at_any_length() -> None:
    found = at_equal_length([0.5] * 6, [-1.0, 2.0, 3.0, -4.0, 5.0, 60.0])
    assert found is not None
    assert found.rate == pytest.approx(0.5)


def test_the_regression_agrees_with_a_search_for_the_best_fit() -> None:
    """Ties and probabilities are outcomes between 0 and 1, weighed as both."""
    draws = np.random.default_rng(3)
    longer_by = draws.normal(4, 10, 60)
    wanted = np.clip(draws.normal(0.55, 0.3, 60) + longer_by / 60, 0, 1)
    squeezed = np.tanh(longer_by / longer_by.std())

    def loss(given: tuple[float, float]) -> float:
        z = given[0] + given[1] * squeezed
        return float(np.sum(np.logaddexp(0, z) - wanted * z))

    from scipy.optimize import minimize

    best = minimize(loss, (0.0, 0.0), tol=1e-12).x
    expected = 1 / (1 + math.exp(-best[0]))
    found = at_equal_length(wanted.tolist(), longer_by.tolist())
    assert found is not None
    assert found.rate == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("wanted", "longer_by"),
    [
        ([1.0, 0.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]),
        ([1.0] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ([1.0, 0.0] * 3, [2.0] * 6),
        ([0.0, 0.0, 0.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ([0.0, 0.0, 0.5, 0.5, 1.0, 1.0], [1.0, 2.0, 3.0, 3.0, 4.0, 5.0]),
        ([1.0, 0.0] * 10, [-3.0, *[float(n % 7 + 1) for n in range(19)]]),
    ],
    ids=[
        "too few",
        "one outcome",
        "one length",
        "parted by length",
        "parted but for ties",
        "one side",
    ],
)
def test_what_has_no_finite_fit_is_none(wanted: list[float], longer_by: list[float]) -> None:
    assert at_equal_length(wanted, longer_by) is None
