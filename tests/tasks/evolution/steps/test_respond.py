"""Respond: the bare instruction to the responder, for whoever still stands."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.calls.call import Answer, Request
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import STAGE, Row, to_rows, to_table
from tasks.evolution.steps.carry import Bench
from tasks.evolution.steps.respond import respond
from tasks.packs.pack import load_pack

CHILDREN = [Row(f"s{n}-1", f"s{n}", n, 1, f" Name {n + 2} ${{ropes}}.") for n in range(3)]
SEEDS = [
    Row("a", "a", 0, 0, "Name a rope.", response="Hemp."),
    Row("b", "b", 1, 0, "Name a knot."),
    Row("c", "c", 2, 0, "Name a boat.", response="Dinghy."),
]


def job(reply: Callable[[Request], Answer], **more: Any) -> tuple[Bench, list[Request]]:
    asked: list[Request] = []

    def ask(requests: Sequence[Request]) -> list[Answer]:
        asked.extend(requests)
        return [reply(request) for request in requests]

    settings = RunSettings(
        seeds=Path("none.json"), out=Path("none"), model="offline/rewriter", **more
    )
    return Bench(settings, load_pack("general"), 1, list, ask), asked


def answer(text: str, **more: Any) -> Answer:
    return Answer(text, "stop", "offline/rewriter", None, 1, 1, 0.0, 0.1, 1, 0.0, **more)


def test_the_bare_instruction_is_the_prompt() -> None:
    """No frame, no system message: the pair that is trained on is the pair that was asked."""
    work, asked = job(lambda r: answer(f" to {r.row_id}\n"), responder="offline/other")
    done = respond(CHILDREN, work)
    assert [r.prompt for r in asked] == [row.instruction for row in CHILDREN]
    assert {(r.stage, r.model) for r in asked} == {(Stage.RESPOND, "offline/other")}
    assert [row.response for row in done] == ["to s0-1", "to s1-1", "to s2-1"]
    assert {(row.model, row.finish_reason) for row in done} == {("offline/other", "stop")}


def test_nothing_is_bought_for_a_row_that_failed_already() -> None:
    rows = [CHILDREN[0], replace(CHILDREN[1], reason=Reason.NO_GAIN.value), CHILDREN[2]]
    work, asked = job(lambda _: answer("yes"))
    done = respond(rows, work)
    assert [request.row_id for request in asked] == ["s0-1", "s2-1"]
    assert done[1] is rows[1] and [row.id for row in done] == [row.id for row in rows]


def test_an_unanswered_row_keeps_the_providers_words_and_no_response() -> None:
    work, _ = job(lambda _: replace(answer(""), error="filtered"))
    done = respond(CHILDREN, work)
    assert [(row.response, row.error, row.model) for row in done] == [(None, "filtered", None)] * 3


@pytest.mark.parametrize(
    ("wanted", "asked_ids", "models"),
    [
        ("missing", ["b"], [None, "offline/rewriter", None]),
        ("all", ["a", "b", "c"], ["offline/rewriter"] * 3),
        ("keep", [], [None] * 3),
        ("none", [], [None] * 3),
    ],
)
def test_seeds_are_answered_as_the_settings_say(
    wanted: str, asked_ids: list[str], models: list[str | None]
) -> None:
    work, asked = job(lambda _: answer("Rope."), seed_responses=wanted)
    done = respond(SEEDS, work)
    assert [request.row_id for request in asked] == asked_ids
    assert [row.model for row in done] == models


def test_half_a_character_in_a_response_does_not_stop_the_shard() -> None:
    """What is paid for must be writable, or every resume stops at the same row."""
    work, _ = job(lambda _: answer("Hemp \udc00 rope."))
    done = respond(CHILDREN, work)
    assert to_rows(to_table(done, STAGE)) == done
