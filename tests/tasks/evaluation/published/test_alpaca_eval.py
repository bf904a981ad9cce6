"""Rows of AlpacaEval's annotations.json mean what its own programs take them for."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.tables.evaluation import Item, Outcome
from tasks.evaluation.judging.pairs import Pair, pairs_of
from tasks.evaluation.published.alpaca_eval import Annotation, Judged, duel_of, rows_of
from tasks.evaluation.published.judged_pairs import Duel, Told, told
from tests.tasks.judged import game

ROW = {
    "instruction": "Name a knot.",
    "output_1": "A bowline.",
    "generator_1": "theirs",
    "dataset": "boats",
    "output_2": "A reef knot, for two ropes.",
    "generator_2": "ours",
    "annotator": "some-judge",
    "preference": 2.0,
}


def duel(**changed: Any) -> Duel:
    return duel_of(Annotation.model_validate({**ROW, **changed}))


def pairs(games: Any) -> list[Pair]:
    return [pair for of_two in pairs_of(games).values() for pair in of_two]


@pytest.mark.parametrize(
    ("preference", "outcome", "share"),
    [
        (1.0, Outcome.LOSE, 0.0),
        (2.0, Outcome.WIN, 1.0),
        (1.5, Outcome.TIE, 0.5),
        (0, Outcome.TIE, 0.5),
        (1.75, Outcome.WIN, 0.75),
        (1.0000019334, Outcome.LOSE, 1.0000019334 - 1),
        (None, Outcome.UNSCORED, None),
        (float("nan"), Outcome.UNSCORED, None),
    ],
)
def test_a_preference_is_read_for_the_second_output(
    preference: float | None, outcome: Outcome, share: float | None
) -> None:
    (played,) = told([duel(preference=preference)], "theirs").games
    assert (played.system, played.baseline) == ("ours", "theirs")
    assert (played.outcome, played.preference) == (outcome, share)
    assert (played.why_unscored is None) == (preference is not None and preference == preference)


@pytest.mark.parametrize("preference", [0.5, 2.5, -1, float("inf"), "better"])
def test_what_is_no_preference_is_refused(preference: Any) -> None:
    with pytest.raises(ValidationError, match="preference"):
        duel(preference=preference)


def test_texts_become_answers_and_lengths_and_the_dataset_a_skill() -> None:
    rows = told([duel()], "theirs")
    assert rows.items == [Item("0", 0, "Name a knot.", "boats", None)]
    assert [(a.system, a.answer) for a in rows.answers] == [
        ("theirs", "A bowline."),
        ("ours", "A reef knot, for two ropes."),
    ]
    assert (rows.games[0].words_system, rows.games[0].words_baseline) == (6, 2)


@pytest.mark.parametrize("column", ["raw_completion", "preference_raw_completion"])
def test_the_judges_words_are_found_in_older_and_newer_files(column: str) -> None:
    assert duel(**{column: "Output (b)"}).showings[0].verdict == "Output (b)"


def test_an_endpoints_whole_answer_is_kept_as_json() -> None:
    said = duel(raw_completion={"text": "m", "total_tokens": 3.0}).showings[0].verdict
    assert json.loads(said or "") == {"text": "m", "total_tokens": 3.0}


def test_half_characters_do_not_stop_an_import() -> None:
    """JSON can hold what UTF-8 cannot."""
    rows = told([duel(instruction="a\ud800b", output_2="\udfff")], "theirs")
    assert rows.items[0].instruction == "a?b"
    assert rows.answers[1].answer == "?"


def exported(games: list[Any], **known: Any) -> list[dict[str, Any]]:
    judged = Judged(
        items={"knot": Item("knot", 4, "Name a knot.", "Sea", 9)},
        answers={("ours", "knot"): "A bowline."},
        models={"ours": "anthropic/claude-sonnet", "theirs": None},
        protocol="both-orders",
        is_order_known=known.get("is_order_known", True),
    )
    return rows_of(pairs(games), judged)


def both_orders() -> list[Any]:
    facts: dict[str, Any] = {"position": 4, "skill": "Sea", "difficulty": 9, "words_system": 2,
                             "words_baseline": 7}  # fmt: skip
    return [
        game("knot", "win", score_system=9.0, score_baseline=7.0, verdict="9 7", **facts),
        game("knot", "tie", score_system=8.0, score_baseline=8.0, is_system_first=False, **facts),
    ]


def test_a_pair_is_one_row_as_others_read_it() -> None:
    (row,) = exported(both_orders())
    asked = ("instruction", "output_1", "generator_1", "output_2", "generator_2", "preference")
    assert [row[name] for name in asked] == [
        "Name a knot.", None, "theirs", "A bowline.", "ours", 1.5,
    ]  # fmt: skip
    assert (row["annotator"], row["dataset"]) == ("openai/gpt-4.1", "Sea")


def back(rows: list[dict[str, Any]]) -> Told:
    read = json.loads(json.dumps(rows, allow_nan=False))
    return told([duel_of(Annotation.model_validate(row)) for row in read], "theirs")


def test_what_is_written_out_is_read_back_game_by_game() -> None:
    games = both_orders()
    again = back(exported(games))
    assert again.games == games
    assert again.items == [Item("knot", 4, "Name a knot.", "Sea", 9)]
    assert [a.answer for a in again.answers] == ["A bowline."]
    assert again.systems == {"theirs": None, "ours": "anthropic/claude-sonnet"}


def test_an_order_that_is_not_known_stays_unknown() -> None:
    rows = exported(both_orders(), is_order_known=False)
    assert [one["is_system_first"] for one in rows[0]["evolflow"]["games"]] == [None, None]


def test_an_unscored_pair_is_null_and_comes_back_with_its_reason() -> None:
    games = [game("knot", "unscored", position=4, skill="Sea", difficulty=9, words_system=2,
                  words_baseline=0)]  # fmt: skip
    rows = exported(games)
    assert rows[0]["preference"] is None
    assert back(rows).games == games
