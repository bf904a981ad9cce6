"""Eliminate: one verdict a row, by its response."""

from pathlib import Path
from typing import Any

import pytest

from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.tables.row import Row
from tasks.evolution.steps.carry import Bench
from tasks.evolution.steps.eliminate import eliminate
from tasks.packs.pack import load_pack


def job(**more: Any) -> Bench:
    settings = RunSettings(
        seeds=Path("none.json"), out=Path("none"), model="offline/rewriter", **more
    )
    return Bench(settings, load_pack("general"), 1, list, lambda _: [])


def child(n: int, response: str | None, **more: Any) -> Row:
    return Row(
        f"s{n}-1", f"s{n}", n, 1, f"Name {n + 2} ropes.", response=response, model="m", **more
    )


def test_every_row_has_exactly_one_verdict_in_its_place() -> None:
    rows = [
        child(0, "Hemp and sisal."),
        child(1, "Sorry, no."),
        child(2, "…"),
        child(3, None, reason="copied_prompt", evidence="said before"),
        child(4, None, error="filtered"),
        child(5, "Manila and nylon."),
    ]
    done = eliminate(rows, job())
    assert [row.id for row in done] == [row.id for row in rows]
    assert [row.reason for row in done] == [
        Reason.KEPT, Reason.REFUSED, Reason.EMPTY_RESPONSE, Reason.COPIED_PROMPT,
        Reason.UNANSWERED, Reason.KEPT,
    ]  # fmt: skip
    assert [row.evidence is None for row in done] == [True, False, False, False, False, True]
    assert done[3].evidence == "said before"


def test_nothing_of_a_kept_row_is_changed_but_its_verdict() -> None:
    row = child(0, "Hemp.", gain="not_equal", extra='{"topic": "rope"}')
    [done] = eliminate([row], job())
    assert (done.reason, done.evidence) == ("kept", None)
    assert (done.instruction, done.response, done.gain, done.extra) == (
        row.instruction, "Hemp.", "not_equal", '{"topic": "rope"}'
    )  # fmt: skip


def test_a_seeds_own_response_is_not_judged_but_a_bought_one_is() -> None:
    """What the user brought is theirs; what the model said for a seed must pass as any other."""
    own = Row("a", "a", 0, 0, "Say no politely.", response="Sorry, no.")
    bought = Row("b", "b", 1, 0, "Name a rope.", response="Sorry, no.", model="m")
    failed = Row("c", "c", 2, 0, "Name a knot.", error="filtered")
    done = eliminate([own, bought, failed], job())
    assert [row.reason for row in done] == ["kept", "refused", "unanswered"]


def test_strict_reasons_need_the_strict_profile() -> None:
    rows = [child(0, "As an AI, I name hemp."), child(1, "Hemp.")]
    assert [row.reason for row in eliminate(rows, job())] == ["kept", "kept"]
    strict = eliminate(rows, job(rules="strict"))
    assert [row.reason for row in strict] == ["boilerplate", "kept"]


@pytest.mark.parametrize("rules", ["paper", "strict"])
def test_how_an_answer_failed_names_the_reason(rules: str) -> None:
    """A cut response is no unanswered one: a longer max_tokens mends it."""
    rows = [
        child(0, None, ending="cut", error="cut by the token limit; it began: 'Hemp'"),
        child(1, None, ending="refused", error="the model refused: I will not."),
        child(2, None, ending="failed", error="HTTP 500: down"),
    ]
    done = eliminate(rows, job(rules=rules))
    assert [row.reason for row in done] == ["truncated", "refused", "unanswered"]
    assert [row.evidence for row in done] == [row.error for row in rows]


def test_an_empty_shard_stays_empty() -> None:
    assert eliminate([], job()) == []
