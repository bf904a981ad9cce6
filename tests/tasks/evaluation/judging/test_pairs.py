"""Games become pairs: one an item, whatever the order and number of games."""

from schemas.tables.evaluation import Outcome
from tasks.evaluation.judging.pairs import pairs_of
from tests.tasks.judged import game


def test_games_of_an_item_make_one_pair_wherever_they_stand() -> None:
    games = [game(1, "win"), game(2, "lose"), game(1, "win", is_system_first=False), game(3, "tie")]
    (pairs,) = pairs_of(games).values()
    assert [(pair.item_id, len(pair.games)) for pair in pairs] == [("1", 2), ("2", 1), ("3", 1)]
    assert [pair.outcome for pair in pairs] == [Outcome.WIN, Outcome.LOSE, Outcome.TIE]
    assert [pair.preference for pair in pairs] == [1.0, 0.0, 0.5]


def test_each_two_systems_have_their_own_pairs() -> None:
    games = [game(1, "win"), game(1, "lose", system="other"), game(1, "tie", baseline="other")]
    assert list(pairs_of(games)) == [("ours", "theirs"), ("other", "theirs"), ("ours", "other")]


def test_scores_are_summed_over_both_orders() -> None:
    games = [
        game(1, "win", score_system=9.0, score_baseline=6.0),
        game(1, "win", score_system=8.0, score_baseline=7.0, is_system_first=False),
        game(2, "tie", score_system=5.0, score_baseline=5.0),
        game(2, "unscored", is_system_first=False),
        game(3, "win"),
    ]
    (pairs,) = pairs_of(games).values()
    assert [pair.scores for pair in pairs] == [(17.0, 13.0), None, None]
