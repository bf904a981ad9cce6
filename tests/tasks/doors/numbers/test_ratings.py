"""Ratings agree with a plain fit of the same model, and stay finite where that has none."""

import math
from itertools import product

import pytest

from tasks.doors.numbers.ratings import Contest, Winner, rate

PLAYERS = ("ada", "ben", "cyd")


def contests(*counts: tuple[str, str, int, int, int]) -> list[Contest]:
    """Contests over an item each: left, right, then wins, draws and losses of the left one."""
    made: list[Contest] = []
    for left, right, *numbers in counts:
        winners: tuple[Winner, ...] = ("left", "draw", "right")
        for winner, number in zip(winners, numbers, strict=True):
            made += [
                Contest(f"{left}{right}{len(made) + n}", left, right, winner) for n in range(number)
            ]
    return made


def plain_fit(fought: list[Contest]) -> dict[str, float]:
    """Bradley and Terry's own iteration, a draw counted as half a win, one added between each two."""
    met = {(c.left, c.right) for c in fought}
    all_of_them = [*fought, *(Contest("added", left, right, "draw") for left, right in met)]
    shares = {"left": 1.0, "draw": 0.5, "right": 0.0}
    strength = dict.fromkeys(PLAYERS, 1.0)
    for _ in range(5000):
        won = dict.fromkeys(PLAYERS, 0.0)
        chances = dict.fromkeys(PLAYERS, 0.0)
        for c in all_of_them:
            won[c.left] += shares[c.winner]
            won[c.right] += 1 - shares[c.winner]
            for one in (c.left, c.right):
                chances[one] += 1 / (strength[c.left] + strength[c.right])
        strength = {one: won[one] / chances[one] for one in PLAYERS}
    points = {one: 400 * math.log10(strength[one]) for one in PLAYERS}
    middle = sum(points.values()) / len(points)
    return {one: points[one] - middle for one in PLAYERS}


def test_the_library_agrees_with_a_plain_iteration() -> None:
    fought = contests(("ada", "ben", 30, 8, 12), ("ben", "cyd", 20, 5, 15), ("ada", "cyd", 9, 4, 2))
    found = {one.player: one.points for one in rate(fought, 0)}
    assert found == pytest.approx(plain_fit(fought), abs=0.05)


def test_four_hundred_points_are_odds_of_ten_to_one() -> None:
    """Ten wins to one, counting the added draw as half a win for both."""
    fought = contests(("ada", "ben", 9999, 0, 999), ("ben", "cyd", 500, 0, 500))
    found = {one.player: one.points for one in rate(fought, 0)}
    assert found["ada"] - found["ben"] == pytest.approx(400, abs=0.5)
    assert found["ben"] - found["cyd"] == pytest.approx(0, abs=0.5)


def test_who_wins_all_has_a_finite_rating() -> None:
    """The plain model would send it to infinity, and the library to nonsense."""
    fought = contests(("ada", "ben", 6, 0, 0), ("ben", "cyd", 6, 0, 0))
    found = rate(fought, 0)
    assert [one.player for one in found] == ["ada", "ben", "cyd"]
    assert all(math.isfinite(number) for one in found for number in one[1:])


def test_the_best_comes_first_and_the_mean_is_zero() -> None:
    found = rate(contests(("ben", "ada", 2, 1, 7), ("ben", "cyd", 8, 0, 2)), 0)
    assert [one.player for one in found] == ["ada", "ben", "cyd"]
    assert sum(one.points for one in found) == pytest.approx(0, abs=1e-9)
    assert all(one.low <= one.points <= one.high for one in found)


def test_more_items_make_the_interval_narrower() -> None:
    few = rate(contests(("ada", "ben", 6, 2, 2), ("ben", "cyd", 6, 2, 2)), 0)
    many = rate(contests(("ada", "ben", 60, 20, 20), ("ben", "cyd", 60, 20, 20)), 0)
    widths = [[one.high - one.low for one in found] for found in (few, many)]
    assert all(wide > 2 * narrow for wide, narrow in zip(*widths, strict=True))


def test_contests_over_one_item_are_drawn_together() -> None:
    """Said four times over, one item is no more evidence."""
    once = contests(("ada", "ben", 12, 4, 8), ("ben", "cyd", 12, 4, 8))
    often = [one for one, _ in product(once, range(4))]
    width = [one.high - one.low for one in rate(once, 0)]
    assert all(
        one.high - one.low >= 0.9 * before
        for one, before in zip(rate(often, 0), width, strict=True)
    )


def test_the_same_contests_give_the_same_ratings_in_any_order() -> None:
    fought = contests(("ada", "ben", 3, 1, 2), ("ben", "cyd", 4, 1, 1))
    assert rate(fought, 5) == rate(fought, 5)
    there = {one.player: one.points for one in rate(list(reversed(fought)), 5)}
    assert there == pytest.approx({one.player: one.points for one in rate(fought, 5)})


def test_players_with_nobody_in_common_cannot_be_rated() -> None:
    assert rate(contests(("ada", "ben", 3, 0, 1), ("cyd", "dan", 1, 0, 3)), 0) == []


def test_no_contest_rates_nobody() -> None:
    assert rate([], 0) == []
