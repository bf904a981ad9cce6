"""MT-bench judgments in their three shapes come to the verdicts that FastChat's own scripts show."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.tables.evaluation import Outcome
from tasks.evaluation.judging.pairs import pairs_of
from tasks.evaluation.published.judged_pairs import Duel, Told, told
from tasks.evaluation.published.mt_bench import duels, shape_of

ONE_TURN = (
    "[User Question]\nName a knot.\n\n[The Start of Assistant A's Answer]\nA bowline.\n"
    "[The End of Assistant A's Answer]\n\n[The Start of Assistant B's Answer]\nA reef knot.\n"
    "[The End of Assistant B's Answer]"
)
WITH_REFERENCE = ONE_TURN.replace(
    "\n\n[The Start of Assistant A",
    "\n\n[The Start of Reference Answer]\nA hitch.\n[The End of Reference Answer]\n\n"
    "[The Start of Assistant A",
)


def talk(who: str, *answers: str) -> str:
    turns = "\n\n".join(
        f"### User:\n{question}\n\n### Assistant {who}:\n{answer}"
        for question, answer in zip(("Name a knot.", "And another."), answers, strict=True)
    )
    marks = [
        f"<|The {end} of Assistant {who}'s Conversation with User|>" for end in ("Start", "End")
    ]
    return f"{marks[0]}\n\n{turns}\n\n{marks[1]}"


TWO_TURNS = talk("A", "A bowline.", "A hitch.") + "\n\n\n" + talk("B", "A reef knot.", "A loop.")


def pair(question: int, first: str, second: str, **more: Any) -> dict[str, Any]:
    """A row of model_judgment/gpt-4_pair.jsonl; `turn` and others by keyword."""
    return {
        "question_id": question, "model_1": "ours", "model_2": "theirs", "g1_winner": first,
        "g2_winner": second, "judge": ["gpt-4", "pair-v2"], "g1_user_prompt": ONE_TURN,
        "g2_user_prompt": "", "g1_judgment": "[[A]]", "g2_judgment": "[[B]]", "turn": 1,
        "tstamp": 1687000000.0, **more,
    }  # fmt: skip


def read(*records: dict[str, Any], baseline: str | None = None) -> list[Duel]:
    return duels([shape_of(one).model_validate(one) for one in records], baseline)


def outcomes(rows: Told) -> dict[str, Outcome]:
    return {
        pair.item_id: pair.outcome for of_two in pairs_of(rows.games).values() for pair in of_two
    }


def test_a_pair_is_two_games_with_the_answers_swapped() -> None:
    rows = told(read(pair(81, "model_1", "tie")), "theirs")
    assert [(g.is_system_first, g.outcome, g.verdict) for g in rows.games] == [
        (True, Outcome.WIN, "[[A]]"),
        (False, Outcome.TIE, "[[B]]"),
    ]
    assert {(g.judge, g.prompt) for g in rows.games} == {("gpt-4", "pair-v2")}


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ("model_1", "model_1", Outcome.WIN),
        ("model_2", "model_2", Outcome.LOSE),
        ("model_1", "model_2", Outcome.TIE),
        ("tie", "tie", Outcome.TIE),
        ("tie", "model_1", Outcome.TIE),
        ("error", "model_1", Outcome.UNSCORED),
    ],
)
def test_a_pair_is_won_by_who_wins_both_ways(first: str, second: str, outcome: Outcome) -> None:
    """FastChat drops errors without a word; here they are counted."""
    assert outcomes(told(read(pair(81, first, second)), "theirs")) == {"81-turn1": outcome}


def test_a_turn_is_an_item_of_its_own() -> None:
    rows = told(
        read(pair(81, "tie", "tie"), pair(81, "tie", "tie", turn=2, g1_user_prompt=TWO_TURNS)),
        "theirs",
    )
    assert [(item.id, item.instruction) for item in rows.items] == [
        ("81-turn1", "Name a knot."),
        ("81-turn2", "Name a knot.\n\nAnd another."),
    ]
    assert [(a.item_id, a.system, a.answer) for a in rows.answers] == [
        ("81-turn1", "theirs", "A reef knot."),
        ("81-turn1", "ours", "A bowline."),
        ("81-turn2", "theirs", "A loop."),
        ("81-turn2", "ours", "A hitch."),
    ]


def test_a_reference_answer_is_nobodys() -> None:
    (one,) = read(pair(111, "tie", "tie", g1_user_prompt=WITH_REFERENCE))
    assert (one.instruction, one.system.answer, one.baseline.answer) == (
        "Name a knot.", "A bowline.", "A reef knot.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "prompt", ["", "Compare: x, y", "[User Question]\nName", talk("A", "x", "y")[:-9]]
)
def test_prompts_of_another_form_leave_the_texts_unknown(prompt: str) -> None:
    (one,) = read(pair(81, "tie", "tie", g1_user_prompt=prompt))
    assert one.instruction == "MT-bench question 81, turn 1"
    assert (one.system.answer, one.baseline.answer) == (None, None)


def test_a_prompt_full_of_marks_is_read_at_once() -> None:
    """Answers are strangers' text."""
    prompt = "[User Question]\n" + "[The Start of Assistant A's Answer]\n### User:\n" * 50_000
    (one,) = read(pair(81, "tie", "tie", g1_user_prompt=prompt))
    assert one.system.answer is None


def test_votes_of_people_are_read_with_their_talks() -> None:
    def said(*texts: str) -> list[dict[str, str]]:
        return [{"role": "user", "content": text} for text in texts]

    vote = {
        "question_id": 81, "model_a": "ours", "model_b": "theirs", "winner": "model_b", "turn": 2,
        "judge": "expert_17", "conversation_a": said("Q1", "A1", "Q2", "A2"),
        "conversation_b": said("Q1", "B1", "Q2", "B2"),
    }  # fmt: skip
    (one,) = read(vote)
    assert (one.instruction, one.system.answer, one.baseline.answer) == ("Q2", "A2", "B2")
    assert one.showings[0].is_system_first is None
    assert outcomes(told([one], "theirs")) == {"81-turn2": Outcome.LOSE}


def score(model: str, points: float, question: int = 81) -> dict[str, Any]:
    return {"question_id": question, "model": model, "judge": ["gpt-4", "single-v1"], "score": points,
            "user_prompt": "", "judgment": f"[[{points}]]", "turn": 1}  # fmt: skip


def test_single_scores_are_set_beside_the_first_models() -> None:
    rows = [score("theirs", 7), score("ours", 9), score("other", 7), score("late", 3, question=99)]
    made = told(read(*rows), "theirs")
    assert [(g.system, g.outcome, g.score_system, g.score_baseline) for g in made.games] == [
        ("ours", Outcome.WIN, 9.0, 7.0),
        ("other", Outcome.TIE, 7.0, 7.0),
    ]


def test_single_scores_are_set_beside_the_named_baselines() -> None:
    made = read(score("theirs", 7), score("ours", 9), baseline="ours")
    assert [(one.system.name, one.baseline.name) for one in made] == [("theirs", "ours")]


def test_a_score_of_minus_one_is_unscored_and_no_low_score() -> None:
    made = told(read(score("theirs", 7), score("ours", -1)), "theirs")
    (played,) = made.games
    assert played.outcome == Outcome.UNSCORED
    assert (played.score_system, played.score_baseline) == (None, None)


@pytest.mark.parametrize(
    ("record", "column"),
    [
        (pair(81, "model_3", "tie"), "g1_winner"),
        ({**pair(81, "tie", "tie"), "model_1": ""}, "model_1"),
        (score("ours", 11), "score"),
        ({"question_id": 81}, "model"),
    ],
)
def test_what_is_no_judgment_is_refused(record: dict[str, Any], column: str) -> None:
    with pytest.raises(ValidationError, match=column):
        read(record)


@pytest.mark.parametrize(
    ("winner", "outcome"),
    [("tie (bothbad)", Outcome.TIE), ("tie (both bad)", Outcome.TIE), ("both_bad", Outcome.TIE),
     ("Tie", Outcome.TIE), ("bothbad", Outcome.TIE), ("both good", Outcome.TIE),
     ("Model_A", Outcome.WIN), ("model a", Outcome.WIN), ("model_b", Outcome.LOSE),
     (float("nan"), Outcome.UNSCORED), (None, Outcome.UNSCORED)],
)  # fmt: skip
def test_a_vote_is_read_in_every_spelling_of_the_arenas(winner: Any, outcome: Outcome) -> None:
    record = {"question_id": 81.0, "model_a": "ours", "model_b": "theirs", "winner": winner,
              "judge": "author_0"}  # fmt: skip
    assert outcomes(told(read(record), "theirs")) == {"81-turn1": outcome}
