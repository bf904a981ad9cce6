"""Tables and ledgers of one run must tell the same story; whatever differs is named once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from schemas.calls.call import Answer, Call, Pending
from tasks.evolution.verify_tables import COLUMNS, Contents, agreement
from tasks.runs.checks import AGAIN, Problem

LINES = 3
EPOCHS = 3


def call(stage: str, row_id: str, epoch: int, *, unknown: int = 0) -> Call:
    answer = Answer(
        text="A rope.", finish_reason="stop", model="m", served_model="m", prompt_tokens=1,
        completion_tokens=1, cost_usd=0.25, latency_s=0.1, attempts=1, finished_at=1.0,
        unknown=unknown,
    )  # fmt: skip
    return Call(f"key-{stage}-{row_id}", row_id, epoch, stage, 1, "sha", answer)


def rows(epoch: int, positions: list[int], **more: Any) -> dict[str, list[Any]]:
    ids = [f"s{at}-{epoch}" if epoch else f"s{at}" for at in positions]
    parents = [
        (f"s{at}-{epoch - 1}" if epoch > 1 else f"s{at}") if epoch else None for at in positions
    ]
    marks = {"gain": "not_equal" if epoch else None, "model": "m", **more}
    return {
        "id": ids, "parent_id": parents, "position": positions,
        **{name: [value] * len(ids) for name, value in marks.items()},
    }  # fmt: skip


def contents() -> Contents:
    """Three lines, two of them kept in every epoch; one seed was set aside."""
    made = Contents(list(range(EPOCHS)), {}, {})
    for epoch in range(EPOCHS):
        kept, failed = rows(epoch, [0, 1]), rows(epoch, [2], reason="refused")
        calls = [
            call(stage, row_id, epoch)
            for row_id in [*kept["id"], *failed["id"]]
            for stage in (("evolve", "screen", "respond") if epoch else ("respond",))
        ]
        if epoch == 0:
            aside = rows(0, [1], reason="seed_empty", model=None)
            aside["id"] = ["record-2"]
            failed = {name: failed[name] + aside[name] for name in failed}
        made.tables["dataset", epoch] = kept
        made.tables["eliminated", epoch] = failed
        made.tables["calls", epoch] = {
            "key": [one.key for one in calls], "stage": [one.stage for one in calls],
            "row_id": [one.row_id for one in calls], "cost_usd": [0.25 for _ in calls],
        }  # fmt: skip
        made.ledgers[epoch] = {one.key: one for one in calls}
    return made


def problems(held: Contents) -> list[Problem]:
    return [problem for check in agreement(held) for problem in check.problems]


def test_a_run_that_agrees_has_no_problem_and_says_what_was_looked_at() -> None:
    checks = agreement(contents())
    assert [(check.name, check.found, check.problems) for check in checks] == [
        ("ids", "6 in dataset/", []),
        ("lines", "6 rows, each from a seed on", []),
        ("rows", "9 verdicts in 3 epochs", []),
        ("calls", "21 published, all in the ledger", []),
        ("costs", "5.2500 USD published, as in the ledger", []),
        ("paid twice", "0 calls at most", []),
    ]
    held = contents()
    assert {table: set(columns) for (table, _), columns in held.tables.items()} == {
        table: set(names) for table, names in COLUMNS.items()
    }


def _repeat_an_id(held: Contents) -> None:
    held.tables["dataset", 2]["id"][0] = "s0-1"
    held.tables["calls", 2]["row_id"][:3] = ["s0-1"] * 3


def _lose_a_parent(held: Contents) -> None:
    held.tables["dataset", 1]["parent_id"][1] = "s7"


def _lose_a_row(held: Contents) -> None:
    for values in held.tables["eliminated", 2].values():
        values.pop()


def _judge_a_line_twice(held: Contents) -> None:
    held.tables["eliminated", 2]["position"][0] = 1


def _forget_a_call(held: Contents) -> None:
    for values in held.tables["calls", 1].values():
        values.pop(4)
    held.ledgers[1].pop("key-screen-s1-1")


def _invent_a_call(held: Contents) -> None:
    for name, value in (("key", "x"), ("stage", "screen"), ("row_id", "s0-1"), ("cost_usd", 0.0)):
        held.tables["calls", 1][name].append(value)


def _leave_a_call_out(held: Contents) -> None:
    extra = call("screen", "s0-1", 1)
    free = replace(extra.answer, cost_usd=0.0)
    held.ledgers[1]["later"] = replace(extra, key="later", answer=free)


def _change_a_price(held: Contents) -> None:
    held.tables["calls", 2]["cost_usd"][0] = 0.5


@pytest.mark.parametrize(
    ("harm", "place", "what"),
    [
        (_repeat_an_id, "dataset", "holds the id s0-1 more than once"),
        (_lose_a_parent, "dataset/epoch-1", "lacks s7, the parent of a row"),
        (_lose_a_row, "dataset/epoch-2", "2 verdicts for 3 lines, or one line's twice"),
        (_judge_a_line_twice, "dataset/epoch-2", "3 verdicts for 3 lines, or one line's twice"),
        (_forget_a_call, "calls/epoch-1", "lacks 1 calls that rows came of, as screen of s1-1"),
        (_invent_a_call, "calls/epoch-1", "has 1 calls that no ledger has, as x"),
        (_leave_a_call_out, "calls/epoch-1", "lacks 1 calls of the ledger, as later"),
        (_change_a_price, "calls/epoch-2", "costs 2.500000 USD, and its ledgers say 2.250000"),
    ],
)
def test_what_does_not_agree_is_named_once(
    harm: Callable[[Contents], None], place: str, what: str
) -> None:
    held = contents()
    harm(held)
    assert [(one.place, one.what) for one in problems(held)] == [(place, what)]


def test_money_that_cannot_be_traced_has_another_remedy_than_running_again() -> None:
    """A run makes tables anew, but no record of a call that the ledger has lost."""
    remedies = {}
    for harm in (_forget_a_call, _invent_a_call, _leave_a_call_out, _change_a_price):
        held = contents()
        harm(held)
        remedies[harm] = problems(held)[0].remedy
    assert remedies[_leave_a_call_out] == remedies[_change_a_price] == AGAIN
    assert "put work/ledger back from a copy" in remedies[_forget_a_call]
    assert "put work/ledger back from a copy" in remedies[_invent_a_call]


@pytest.mark.parametrize("table", ["dataset", "eliminated", "calls"])
@pytest.mark.parametrize("epoch", range(EPOCHS))
def test_a_table_that_cannot_be_read_makes_no_other_problem(table: Any, epoch: int) -> None:
    """The damaged file is named where it is read; all that follows from it is no news."""
    held = contents()
    del held.tables[table, epoch]
    assert problems(held) == []


@pytest.mark.parametrize("epoch", range(EPOCHS))
def test_a_ledger_that_cannot_be_read_makes_no_other_problem(epoch: int) -> None:
    held = contents()
    del held.ledgers[epoch]
    assert problems(held) == []


def test_calls_of_which_nobody_knows_how_they_ended_are_counted() -> None:
    held = contents()
    held.ledgers[1]["key-evolve-s0-1"] = call("evolve", "s0-1", 1, unknown=2)
    waiting = Pending("w", 1, 0, 0, 0.0, unknown=1, is_aloft=True, aloft_usd=0.1)
    held.ledgers[3] = {"w": waiting, "v": replace(waiting, key="v", is_aloft=False)}
    assert agreement(held)[-1].found == "5 calls at most"
    assert problems(held) == []
