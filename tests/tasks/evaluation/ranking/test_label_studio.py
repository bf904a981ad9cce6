"""Label Studio tasks: blind, whole, and read back whoever has annotated them there."""

import copy
import json
from typing import Any

import pytest

from schemas.tables.vote import Aspect
from tasks.doors.files.ranking_files import tasks_of
from tasks.evaluation.ranking import label_studio
from tests.tasks.voting import ranking, vote

ANSWERS = {f"i{n}": {"zyxomma": f"A{n}", "quollbert": f"B{n}"} for n in range(3)}
ITEMS = {item: (f"Ask {item}", answers) for item, answers in ANSWERS.items()}
TWO = ranking(systems=("zyxomma", "quollbert"))
VOTES = [
    vote("Ann", "i0", {"quollbert": 1, "zyxomma": 2}, accuracy={"zyxomma": 1, "quollbert": 1}),
    vote("Ann", "i0", {"zyxomma": 1, "quollbert": 1}, is_repeat=True),
    vote("Bo", "i2", {"zyxomma": 1, "quollbert": 2}),
]


def test_tasks_name_no_system_and_give_the_votes_back() -> None:
    made: list[Any] = list(label_studio.tasks(TWO, ITEMS, VOTES))
    text = json.dumps(made)
    assert "zyxomma" not in text
    assert "quollbert" not in text
    assert [one["data"]["item_id"] for one in made] == ["i0", "i1", "i2"]
    assert {one["data"]["answer_1"] for one in made} <= {"A0", "B0", "A1", "B1", "A2", "B2"}
    assert label_studio.votes_of(TWO, ANSWERS, json.loads(text)) == VOTES


def test_three_answers_are_ranked_one_by_one() -> None:
    three = ranking(systems=("a", "b", "c"))
    answers = {"i0": {"a": "A", "b": "B", "c": "C"}}
    one = vote("Ann", "i0", {"c": 1, "a": 2, "b": 2})
    made: list[Any] = list(label_studio.tasks(three, {"i0": ("Ask", answers["i0"])}, [one]))
    names = [result["from_name"] for result in made[0]["annotations"][0]["result"]]
    assert names == ["rater", "overall-1", "overall-2", "overall-3"]
    assert label_studio.votes_of(three, answers, made) == [one]


def test_an_annotation_made_there_is_a_vote_and_the_same_one_when_it_comes_again() -> None:
    task: Any = label_studio.tasks(TWO, ITEMS, [])[0]
    first = "zyxomma" if task["data"]["answer_1"] == "A0" else "quollbert"
    task |= {
        "id": 7,
        "annotations": [{
            "id": 3, "completed_by": {"email": "ann@example.org"}, "was_cancelled": False,
            "result": [
                {"from_name": "overall", "to_name": "instruction", "type": "choices",
                 "value": {"choices": ["Answer 1"]}},
                {"from_name": "reasoning", "to_name": "instruction", "type": "choices",
                 "value": {"choices": ["Tie"]}},
            ],
        }, {"id": 4, "completed_by": 2, "was_cancelled": True, "result": []}],
    }  # fmt: skip
    one, skipped = label_studio.votes_of(TWO, ANSWERS, [copy.deepcopy(task)])
    assert one.rater == "ann@example.org"
    assert one.ranks[Aspect.OVERALL][first] == 1
    assert set(one.ranks[Aspect.REASONING].values()) == {1}
    assert (skipped.rater, skipped.is_skipped) == ("annotator 2", True)
    again = label_studio.votes_of(TWO, ANSWERS, [copy.deepcopy(task)])
    assert [vote.id for vote in again] == [one.id, skipped.id]


def test_tasks_of_another_run_are_refused() -> None:
    """Their answers stand in another order: a vote for one would be a vote for the other."""
    other = TWO.model_copy(update={"secret": "ab" * 32})
    made = label_studio.tasks(other, ITEMS, VOTES)
    with pytest.raises(ValueError, match="not from this run"):
        label_studio.votes_of(TWO, ANSWERS, made)
    strange = label_studio.tasks(TWO, {"i9": ITEMS["i0"]}, [])
    with pytest.raises(ValueError, match="not from this run"):
        label_studio.votes_of(TWO, ANSWERS, strange)


def test_a_rank_for_an_answer_that_is_not_there_is_refused() -> None:
    made: list[Any] = list(label_studio.tasks(TWO, ITEMS, VOTES[:1]))
    made[0]["annotations"][0]["result"].append(
        {"from_name": "overall-3", "to_name": "answer_3", "value": {"choices": ["1"]}}
    )
    with pytest.raises(ValueError, match="it has 2 answers"):
        label_studio.votes_of(TWO, ANSWERS, made)


def test_the_short_form_of_an_export_is_read_as_votes() -> None:
    task: Any = label_studio.tasks(TWO, ITEMS, [])[0]
    short = {
        **task["data"], "id": 7, "overall": "Answer 1", "reasoning": float("nan"), "rater": "Ann",
        "annotator": 2, "annotation_id": 3, "created_at": "2026-01-01T00:00:00Z", "lead_time": 4.5,
    }  # fmt: skip
    (one,) = label_studio.votes_of(TWO, ANSWERS, tasks_of(json.dumps([short])))
    first = "zyxomma" if task["data"]["answer_1"] == "A0" else "quollbert"
    assert (one.rater, one.item_id, one.id) == ("Ann", "i0", "label-studio-7-3")
    assert one.ranks == {Aspect.OVERALL: {first: 1, ({*ANSWERS["i0"]} - {first}).pop(): 2}}
