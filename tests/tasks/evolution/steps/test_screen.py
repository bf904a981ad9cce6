"""Screen: what can be known before a response is paid for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.calls.call import Answer, Request
from schemas.reasons import Gain, Reason
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import Row
from tasks.evolution.steps.carry import Bench
from tasks.evolution.steps.screen import screen
from tasks.packs.pack import load_pack

PACK = load_pack("general")


def job(
    reply: Callable[[Request], str | Exception], pool: Sequence[Row] = (), **more: Any
) -> tuple[Bench, list[Request]]:
    """Return a job whose judge answers from a function, and the list of what it will be asked."""
    asked: list[Request] = []

    def ask(requests: Sequence[Request]) -> list[Answer]:
        asked.extend(requests)
        return [answer(reply(request)) for request in requests]

    settings = RunSettings(
        seeds=Path("none.json"), out=Path("none"), model="offline/rewriter", **more
    )
    return Bench(settings, PACK, 1, lambda: list(pool), ask), asked


def answer(said: str | Exception) -> Answer:
    failed = isinstance(said, Exception)
    return Answer(
        text="" if failed else str(said), finish_reason="stop", model="m", served_model=None,
        prompt_tokens=1, completion_tokens=1, cost_usd=0.0, latency_s=0.1, attempts=1,
        finished_at=0.0, error=str(said) if failed else None,
    )  # fmt: skip


def child(n: int, text: str, parent: str = "Name a rope.", **more: Any) -> Row:
    return Row(
        f"s{n}-1", f"s{n}", n, 1, text, parent_id=f"s{n}", parent_instruction=parent,
        operation="deepen", **more,
    )  # fmt: skip


def children(count: int = 3) -> list[Row]:
    return [child(n, f"Name {n + 2} ropes and their knots.") for n in range(count)]


def test_judge_is_asked_once_for_each_child_that_stands() -> None:
    work, asked = job(lambda _: "Not Equal", judge="offline/judge", judge_temperature=0.3)
    rows = [
        *children(3),
        child(3, "Name a rope."),
        child(4, "#Rewritten Prompt#: Name it."),
        child(5, "", error="filtered"),
    ]
    done = screen(rows, work)
    assert [row.reason for row in done] == [
        None, None, None, Reason.NO_GAIN, Reason.COPIED_PROMPT, Reason.UNANSWERED
    ]  # fmt: skip
    assert [request.row_id for request in asked] == ["s0-1", "s1-1", "s2-1"]
    assert {(r.model, r.sampling.temperature, r.stage) for r in asked} == {
        ("offline/judge", 0.3, Stage.SCREEN)
    }
    assert asked[0].prompt == PACK.equality("Name a rope.", "Name 2 ropes and their knots.")
    assert [row.gain for row in done] == [Gain.NOT_EQUAL] * 3 + [None] * 3


def test_equal_children_have_no_gain() -> None:
    work, _ = job(lambda r: "Equal" if r.row_id == "s1-1" else "Not Equal")
    assert [row.reason for row in screen(children(), work)] == [None, Reason.NO_GAIN, None]


def test_an_unreadable_verdict_is_asked_once_more() -> None:
    """The second question has a key of its own, or the ledger would give the first answer back."""
    work, asked = job(lambda r: "Not Equal" if r.ask == 2 else "Hard to say.")
    done = screen(children(), work)
    assert [row.reason for row in done] == [None] * 3
    assert [request.ask for request in asked] == [1, 1, 1, 2, 2, 2]
    assert len({request.key for request in asked}) == 6


def test_a_verdict_unreadable_twice_is_its_own_reason() -> None:
    """Neither kept silently, nor counted as a failure of rule 1."""
    work, asked = job(lambda r: "Hard to say." if r.row_id == "s1-1" else "Not Equal")
    done = screen(children(), work)
    assert [row.reason for row in done] == [None, Reason.UNSCORED, None]
    assert [request.row_id for request in asked] == ["s0-1", "s1-1", "s2-1", "s1-1"]


def test_a_judge_that_never_answers_leaves_the_row_unanswered() -> None:
    work, asked = job(lambda r: ValueError("filtered") if r.row_id == "s1-1" else "Not Equal")
    done = screen(children(), work)
    assert [row.reason for row in done] == [None, Reason.UNANSWERED, None]
    assert done[1].evidence == "filtered" and len(asked) == 3


def test_without_gain_check_nobody_is_asked() -> None:
    work, asked = job(lambda _: "Equal", gain_check=False)
    done = screen([*children(), child(3, "name  a ROPE.")], work)
    assert asked == []
    assert [row.reason for row in done] == [None, None, None, Reason.NO_GAIN]


POOL_TEXT = "Name three strong knots that hold a dinghy to a pier in heavy weather at night."


@pytest.mark.parametrize(("profile", "reason"), [("strict", Reason.DUPLICATE), ("paper", None)])
def test_repeats_of_another_parent_fail_in_the_strict_profile_only(
    profile: str, reason: Reason | None
) -> None:
    pool = [
        Row("s0", "s0", 0, 0, "Name a rope."),
        Row("s1", "s1", 1, 0, POOL_TEXT),
        Row("s2", "s2", 2, 0, "Name a rope."),
    ]
    work, _ = job(lambda _: "Not Equal", pool, rules=profile)
    rows = [
        child(0, POOL_TEXT.upper()),
        replace(child(1, f"{POOL_TEXT} Why?"), parent_instruction=POOL_TEXT),
    ]
    done = screen(rows, work)
    assert [row.reason for row in done] == [reason, None]
    assert done[0].duplicate_of == ("s1" if reason else None)


def test_rows_keep_their_number_and_order() -> None:
    work, _ = job(lambda r: "Equal" if r.row_id == "s0-1" else "Not Equal", rules="strict")
    rows = [*children(3), child(3, "Name a rope.")]
    assert [row.id for row in screen(rows, work)] == [row.id for row in rows]
    assert screen([], work) == []
