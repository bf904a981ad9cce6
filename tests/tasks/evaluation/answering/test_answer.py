"""Answer: each model gets each bare instruction once; what it does not answer says why."""

from collections.abc import Callable, Sequence
from typing import Any

from schemas.calls.call import Answer, Request
from schemas.settings.evaluation import EvaluationSettings
from schemas.tables.evaluation import ANSWERS, EvaluationStage, Item, SystemAnswer, answers_of
from schemas.tables.row import to_table
from tasks.evaluation.answering.answer import answer

ITEMS = [Item(f"i{n}", n, f"Name rope {n}: [[A]] $x.", "", None) for n in range(3)]


def answered(
    reply: Callable[[Request], Answer], **more: Any
) -> tuple[list[SystemAnswer], list[Request]]:
    systems = {"a": "m/a@http://h/v1", "file": "answers.json", "b": "m/b"}
    given = {"systems": systems, "judge": "m/j", "out": "run", **more}
    asked: list[Request] = []

    def ask(requests: Sequence[Request]) -> list[Answer]:
        asked.extend(requests)
        return [reply(request) for request in requests]

    return answer(ITEMS, EvaluationSettings.model_validate(given), ask), asked


def said(text: str, error: str | None = None) -> Answer:
    return Answer(text, "stop", "m/a", None, 1, 1, 0.0, 0.1, 1, 0.0, error=error)


def test_every_model_is_asked_for_every_item_with_the_bare_instruction() -> None:
    found, asked = answered(lambda r: said(f" {r.model} says.\n"), temperature=0.5, max_tokens=9)
    assert [(r.row_id, r.model, r.prompt) for r in asked] == [
        (f"{item.id}/{name}", f"m/{name}", item.instruction) for name in "ab" for item in ITEMS
    ]
    assert {r.stage for r in asked} == {EvaluationStage.ANSWER}
    assert {(r.sampling.temperature, r.sampling.max_tokens) for r in asked} == {(0.5, 9)}
    assert [(one.item_id, one.position, one.system, one.answer) for one in found] == [
        (item.id, item.position, name, f"m/{name} says.") for name in "ab" for item in ITEMS
    ]
    assert {one.finish_reason for one in found} == {"stop"}


def test_an_unanswered_item_carries_the_providers_words() -> None:
    found, _ = answered(lambda r: said("", "filtered") if r.model == "m/a" else said("Yes."))
    assert [(one.answer, one.error) for one in found] == [(None, "filtered")] * 3 + [
        ("Yes.", None)
    ] * 3


def test_half_a_character_in_an_answer_does_not_stop_the_shard() -> None:
    found, _ = answered(lambda _: said("A rope \ud83d in rain."))
    assert answers_of(to_table(found, ANSWERS)) == found
