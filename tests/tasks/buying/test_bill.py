"""The bill: everything that arrived is paid for, usable or not."""

from dataclasses import replace

import pytest

from schemas.calls.call import Answer, Request, Sampling
from schemas.errors import Retryable, RowFault
from schemas.settings.knobs import Price
from schemas.stages import Stage
from tasks.buying.bill import Bill, no_answer, raise_if_unusable
from tasks.buying.budget import Budget

BUDGET = Budget(None, {"m": Price(input=1.0, output=2.0), "other": None}, 0.0)
ANSWER = Answer("text", "stop", "m", "m-1", 100, 50, None, 0.5, 1, 0.0)


def test_all_attempts_are_on_the_bill() -> None:
    """An empty answer costs as much as a good one."""
    bill = Bill(attempts=3)
    costs = [bill.add(answer, BUDGET) for answer in (ANSWER, replace(ANSWER, text=""), ANSWER)]
    assert costs == [pytest.approx(200e-6)] * 3
    billed = bill.on(ANSWER)
    assert (billed.prompt_tokens, billed.completion_tokens, billed.attempts) == (300, 150, 3)
    assert billed.cost_usd == pytest.approx(600e-6)
    assert (billed.text, billed.served_model, billed.latency_s) == ("text", "m-1", 0.5)


def test_an_unknown_price_is_no_price_of_nothing() -> None:
    """Null means unknown; zero would say that the call was free."""
    bill = Bill(attempts=1)
    assert bill.add(replace(ANSWER, model="other"), BUDGET) == 0.0
    assert bill.on(ANSWER).cost_usd is None


def test_one_estimated_attempt_makes_the_bill_an_estimate() -> None:
    bill = Bill(attempts=2)
    bill.add(replace(ANSWER, estimated=True), BUDGET)
    bill.add(ANSWER, BUDGET)
    assert bill.on(ANSWER).estimated


def test_an_unanswered_request_still_shows_what_was_paid() -> None:
    bill = Bill(attempts=2)
    bill.add(replace(ANSWER, text=""), BUDGET)
    request = Request("r", 1, Stage.EVOLVE, "m", "prompt", Sampling(1.0, 0.9, 10, 0.0))
    billed = bill.on(no_answer(request, RowFault("empty answer")))
    assert (billed.text, billed.error, billed.attempts) == ("", "empty answer", 2)
    assert billed.cost_usd == pytest.approx(200e-6)


@pytest.mark.parametrize("text", ["", " \n", "\u3000"])
def test_an_empty_answer_is_asked_again(text: str) -> None:
    with pytest.raises(Retryable, match="finish_reason stop") as caught:
        raise_if_unusable(replace(ANSWER, text=text))
    assert caught.value.kind == "empty"


def test_a_withheld_answer_is_the_rows_end_whatever_it_says() -> None:
    """How it ended comes before what it says: a filtered answer may hold half a text."""
    for text in ("half a text", ""):
        with pytest.raises(RowFault):
            raise_if_unusable(replace(ANSWER, text=text, finish_reason="content_filter"))


def test_a_cut_answer_is_never_taken_for_a_whole_one() -> None:
    with pytest.raises(Retryable, match="cut by the token limit") as caught:
        raise_if_unusable(replace(ANSWER, finish_reason="length"))
    assert caught.value.kind == "cut"


@pytest.mark.parametrize(("kind", "counts"), [
    ("timeout", True), ("connection", True), ("bad_answer", True),
    ("rate_limit", False), ("server", False), ("refused", False), ("auth", False),
])  # fmt: skip
def test_an_attempt_that_nobody_knows_the_end_of_counts_at_the_most(
    kind: str, counts: bool
) -> None:
    """A provider may bill what never reached us; a refusal it does not bill."""
    bill = Bill(attempts=1)
    assert bill.fail(Retryable("lost", kind=kind), 0.5) == (0.5 if counts else 0.0)
    billed = bill.on(ANSWER)
    assert (billed.cost_usd, billed.unknown, billed.estimated) == (0.5 * counts, counts, counts)


def test_a_killed_process_hands_its_bill_to_the_next() -> None:
    """Two attempts were paid for and a third was on the wire when the process died."""
    bill = Bill(attempts=2)
    for _ in range(2):
        bill.add(replace(ANSWER, text=""), BUDGET)
    left = replace(bill.pending("k", is_aloft=True, most_usd=0.5), attempts=3)
    billed = Bill.going_on(left).on(ANSWER)
    assert (billed.attempts, billed.unknown, billed.prompt_tokens) == (3, 1, 200)
    assert billed.cost_usd == pytest.approx(0.5 + 400e-6)
    assert Bill.going_on(None) == Bill()


def test_of_an_unknown_price_nothing_is_made_up_on_the_way_through_the_ledger() -> None:
    left = Bill(cost_usd=None).pending("k", is_aloft=True, most_usd=None)
    assert Bill.going_on(left).on(ANSWER).cost_usd is None


@pytest.mark.parametrize("finish_reason", ["stop", "end_turn", None])
def test_a_text_is_usable_however_else_it_ended(finish_reason: str | None) -> None:
    raise_if_unusable(replace(ANSWER, finish_reason=finish_reason))
