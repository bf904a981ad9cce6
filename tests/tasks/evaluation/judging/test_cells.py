"""A cell's figures are numbers or None, in few digits, and say when they rest on little."""

import pytest

from tasks.evaluation.judging.cells import at_equal_length, cell, length_ratio, rounded, share
from tasks.evaluation.judging.pairs import Pair, pairs_of
from tests.tasks.judged import counted, game


def pairs(win: int, tie: int, lose: int, **more: int) -> list[Pair]:
    (made,) = pairs_of(counted(win, tie, lose, **more)).values()
    return made


@pytest.mark.parametrize(("number", "is_small"), [(4, True), (5, False)])
def test_fewer_than_five_scored_pairs_are_small(number: int, is_small: bool) -> None:
    assert cell(pairs(number, 0, 0, unscored=3), 0).is_small is is_small


def test_a_cell_of_unscored_pairs_alone_has_counts_and_no_figures() -> None:
    found = cell(pairs(0, 0, 0, unscored=3), 0)
    assert (found.n, found.unscored) == (0, 3)
    rates = (found.win_rate, found.raw_win_rate, found.p_value, found.capacity, found.length_ratio)
    assert (*rates, found.ci95, found.capacity_ci95) == (None,) * 7


def test_lengths_are_compared_by_their_medians() -> None:
    games = [game(n, "win", words_system=n * n, words_baseline=10) for n in (1, 2, 9)]
    (made,) = pairs_of(games).values()
    assert length_ratio(made) == pytest.approx(0.4)
    assert length_ratio([]) is None


def test_length_control_asks_how_it_would_end_at_equal_length() -> None:
    """All wins are long answers: at equal length, less is left of them."""
    games = [game(n, "win", words_system=40 + n) for n in range(12)]
    games += [game(20 + n, "lose", words_system=10 + n) for n in range(6)]
    games += [game(30 + n, "win", words_system=8 + n) for n in range(2)]
    (made,) = pairs_of(games).values()
    found = at_equal_length(made)
    assert found.value is not None
    assert found.value < (cell(made, 0).win_rate or 0)
    assert found.ci95 is not None and found.ci95[0] < found.value < found.ci95[1]


def test_numbers_keep_nine_digits_however_small() -> None:
    """What the order of additions changes must not change the file."""
    assert rounded(0.1 + 0.2) == 0.3
    assert rounded(1.23456789012e-40) == 1.23456789e-40
    assert rounded(None) is None
    assert rounded(float("inf")) is None
    assert share(1, 0) is None
