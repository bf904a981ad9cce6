"""Which pairs are worth reading: the sharpest disputes and everybody's clearest losses."""

from dataclasses import replace
from typing import Any

from schemas.tables.evaluation import NULL_MODEL, Item, Judgment, SystemAnswer
from tasks.evaluation.judging.disputed import to_read
from tests.tasks.judged import game

ITEMS = [Item(str(n), n, f"Task {n}", "Math", 3) for n in range(4)]
ANSWERS = [SystemAnswer(str(n), n, "ours", f"Answer {n}", None) for n in range(3)]


def both(item: int, first: str, second: str, *, lead: float = 0.0, **more: Any) -> list[Judgment]:
    scores = {"score_system": 5.0 + lead, "score_baseline": 5.0}
    return [
        game(item, outcome, is_system_first=is_first, **{**scores, **more})
        for outcome, is_first in ((first, True), (second, False))
    ]


def test_a_win_that_becomes_a_loss_comes_before_one_that_becomes_a_tie() -> None:
    games = [*both(0, "win", "tie"), *both(1, "win", "lose"), *both(2, "tie", "tie")]
    found = to_read(ITEMS, ANSWERS, games, 5)
    assert [one.item_id for one in found.disputed] == ["1", "0"]
    assert found.n_disputed == 2
    assert [said.first for said in found.disputed[0].games] == ["ours", "theirs"]


def test_the_widest_loss_comes_first_and_every_system_has_its_turn() -> None:
    """One bad system must not hide what the others have to learn."""
    losses = [
        *both(0, "lose", "lose", lead=-1.0),
        *both(1, "lose", "lose", lead=-4.0),
        *both(2, "lose", "lose", lead=-3.0),
        *both(3, "lose", "lose", lead=-0.5, system="others"),
    ]
    found = to_read(ITEMS, ANSWERS, losses, 3)
    assert [one.item_id for one in found.losses] == ["1", "3", "2"]
    assert found.n_losses == 4
    assert [side.has_won for side in found.losses[0].sides] == [False, True]


def test_where_a_judge_gives_no_scores_losses_come_as_the_test_set_has_them() -> None:
    none: dict[str, Any] = {"score_system": None, "score_baseline": None}
    games = [one for n in (2, 0, 1) for one in both(n, "lose", "lose", **none)]
    found = to_read(ITEMS, ANSWERS, games, 2)
    assert [one.item_id for one in found.losses] == ["0", "1"]
    assert found.losses[0].games[0].scores is None


def test_the_constant_answer_and_what_is_unscored_are_not_shown() -> None:
    games = [
        *both(0, "win", "lose", system=NULL_MODEL),
        *both(1, "unscored", "lose"),
        *both(2, "win", "win"),
    ]
    found = to_read(ITEMS, ANSWERS, games, 5)
    assert (found.disputed, found.losses) == ([], [])


def test_texts_that_are_not_there_are_none() -> None:
    """Imported judgments may come without items and answers."""
    games = both(3, "lose", "lose")
    here, gone = to_read(ITEMS, ANSWERS, games, 1), to_read([], [], games, 1)
    assert here.losses[0].instruction is not None
    assert here.losses[0].instruction.shown[0].text == "Task 3"
    assert [side.answer for side in here.losses[0].sides] == [None, None]
    assert gone.losses[0].instruction is None
    assert gone.losses[0] == here.losses[0]._replace(instruction=None)


def test_order_of_games_does_not_change_the_choice() -> None:
    games = [*both(0, "win", "lose"), *both(1, "win", "lose"), *both(2, "lose", "lose")]
    shuffled = [replace(one) for one in reversed(games)]
    found, again = (to_read(ITEMS, ANSWERS, some, 3) for some in (games, shuffled))
    assert [d.item_id for d in found.disputed] == [d.item_id for d in again.disputed]
