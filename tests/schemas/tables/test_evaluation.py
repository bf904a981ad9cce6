"""Items, answers and games come back from their tables; a pair is counted once, whole or not at all."""

from dataclasses import fields
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.evaluation import (
    ANSWERS,
    BY_NAME,
    ITEMS,
    JUDGMENTS,
    Item,
    Judgment,
    Outcome,
    SystemAnswer,
    answers_of,
    items_of,
    judgments_of,
    pair_outcome,
)
from schemas.tables.row import to_table
from tests.tasks.judged import game

OUTCOMES = [outcome.value for outcome in Outcome]


def test_rows_come_back_from_their_tables_as_they_were() -> None:
    items = [
        Item("1", 0, "Name a rope.", "", None),
        Item("b", 1, "", "数", 10),
        Item("c", 2, "x", "", 1),
    ]
    assert items_of(to_table(items, ITEMS)) == items
    answers = [
        SystemAnswer("1", 0, "a", "", "m/a", "stop"),
        SystemAnswer("1", 0, "b", None, None, error="none"),
        SystemAnswer("b", 1, "a", "text", None),
    ]
    assert answers_of(to_table(answers, ANSWERS)) == answers
    games = [
        game(1, "win", score_system=8.5, score_baseline=7.0, difficulty=3, verdict="8.5 7"),
        game(2, "unscored", is_system_first=False),
        game(3, "tie", preference=0.4),
    ]
    assert judgments_of(to_table(games, JUDGMENTS)) == games


@pytest.mark.parametrize(
    ("name", "row"), [("items", Item), ("answers", SystemAnswer), ("judgments", Judgment)]
)
def test_a_schema_has_the_rows_fields_and_its_own_name(name: str, row: type) -> None:
    schema = BY_NAME[name]
    assert schema.names == [field.name for field in fields(row)]
    assert schema.metadata[b"evolflow.table"] == name.encode()


def test_no_rows_are_an_empty_table() -> None:
    for schema in BY_NAME.values():
        assert to_table([], schema).num_rows == 0


@pytest.mark.parametrize(("first", "second"), list(product(OUTCOMES, OUTCOMES)))
def test_a_pair_is_unscored_by_one_game_and_a_tie_by_disagreement(first: str, second: str) -> None:
    found = pair_outcome([game(1, first), game(1, second, is_system_first=False)])
    if "unscored" in (first, second):
        assert found is Outcome.UNSCORED
    else:
        assert found == (first if first == second else "tie")


@given(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=6))
def test_the_order_of_games_never_matters(outcomes: list[str]) -> None:
    games = [game(1, outcome) for outcome in outcomes]
    assert pair_outcome(games) is pair_outcome(games[::-1])
    assert pair_outcome([games[0]]) is games[0].outcome
