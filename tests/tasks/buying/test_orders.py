"""Jobs: what counts against a row, and how long it waits before it is asked again."""

from concurrent.futures import Future

import pytest

from schemas.calls.call import Answer, Pending, Request, Sampling
from schemas.errors import Interrupted, Retryable
from schemas.settings.knobs import Price
from schemas.stages import Stage
from tasks.buying.budget import Budget
from tasks.buying.orders import Job, Order, Progress

REQUEST = Request("r", 1, Stage.EVOLVE, "m", "prompt", Sampling(1.0, 0.9, 100, 0.0))
ANSWER = Answer("text", "stop", "m", "m-1", 10, 40, 0.0, 0.1, 1, 1.0)


class NoBook:
    def keep(self, request: Request, answer: Answer) -> None: ...

    def note(self, pending: Pending) -> None: ...

    answered: frozenset[tuple[str, str]] = frozenset()


def job() -> Job:
    return Job.of(REQUEST, None, order(1), NoBook())


def order(left: int, flying: int = 0) -> Order:
    return Order(left, Future(), Budget(None, {}, 0.0), flying)


def failed(kind: str, retry_after_s: float | None = None) -> Retryable:
    return Retryable("no", kind=kind, retry_after_s=retry_after_s)


def waits(one: Job, error: Retryable, times: int, *, is_calm: bool) -> list[float]:
    found = []
    for _ in range(times):
        one.count(error, others_succeeded=True)
        found.append(one.backoff_s(error, is_calm=is_calm))
    return found


def test_a_lone_failure_is_asked_again_at_once_and_three_in_a_second() -> None:
    """The rows of its shard wait for it: seconds here would multiply the call span."""
    assert sum(waits(job(), failed("server"), 3, is_calm=True)) <= 0.7


def test_when_many_fail_a_row_gives_the_endpoint_most_of_a_minute() -> None:
    """Six quick attempts would set rows aside that an endpoint in trouble answers a little later."""
    assert sum(waits(job(), failed("server"), 5, is_calm=False)) >= 20


@pytest.mark.parametrize("is_calm", [True, False])
def test_waits_grow_and_end_at_half_a_minute(is_calm: bool) -> None:
    found = waits(job(), failed("rate_limit"), 30, is_calm=is_calm)
    assert found[0] < found[3] < found[-1] <= 30.0


def test_the_provider_is_waited_for_as_long_as_it_asks() -> None:
    one = job()
    assert one.backoff_s(failed("rate_limit", 7.0), is_calm=True) == 7.0


def test_refusals_for_going_too_fast_give_a_row_more_chances() -> None:
    one, slow = job(), job()
    for _ in range(3):
        one.count(failed("server"), others_succeeded=True)
        slow.count(failed("rate_limit"), others_succeeded=True)
    assert one.is_hopeless(3) and not slow.is_hopeless(3)
    for _ in range(12):
        slow.count(failed("rate_limit"), others_succeeded=True)
    assert slow.is_hopeless(3)


@pytest.mark.parametrize("kind", ["auth", "refused"])
def test_an_endpoint_that_is_gone_counts_against_no_row(kind: str) -> None:
    one = job()
    for _ in range(100):
        one.count(failed(kind), others_succeeded=False)
    assert not one.is_hopeless(1)


def test_a_cut_answer_may_be_twice_as_long_once() -> None:
    one = job()
    one.count(failed("cut"), others_succeeded=True)
    assert (one.sent.sampling.max_tokens, one.is_cut_for_good) == (200, False)
    assert one.request.sampling.max_tokens == 100
    assert one.backoff_s(failed("cut"), is_calm=True) == 0.0
    one.count(failed("cut"), others_succeeded=True)
    assert one.is_cut_for_good


def test_an_order_is_over_when_all_is_there_or_after_a_fault_when_nothing_flies() -> None:
    fault = Interrupted("stop")
    whole, half = order(0), order(1, flying=1)
    assert whole.is_over(fault) and whole.done.result() is None
    assert not half.is_over(None) and not half.is_over(fault)
    half.flying = 0
    assert half.is_over(fault) and half.done.exception() is fault


def test_a_change_of_the_served_model_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    progress = Progress()
    for served in ("m-1", "m-1", None, "m-2", "m-2"):
        progress.note_served("m", served)
    assert [record.getMessage() for record in caplog.records] == [
        "m is now served by m-2, before by m-1"
    ]


def test_the_length_of_usual_answers_is_learnt() -> None:
    progress = Progress()
    before = progress.usual_tokens
    for _ in range(200):
        progress.count(ANSWER)
    assert before == 300 and progress.usual_tokens == pytest.approx(40, abs=3)


def test_what_waits_from_before_the_price_was_known_is_billed_at_it() -> None:
    """Two attempts were paid for, one was lost, one is on its way: a dollar a token now."""
    waiting = Pending(REQUEST.key, 4, 10, 5, None, 1, is_aloft=True, aloft_usd=None)
    budget = Budget(None, {"m": Price(input=1e6, output=1e6)}, 0.0)
    most_usd = budget.most(REQUEST)
    assert most_usd is not None
    billed = Job.of(REQUEST, waiting, Order(1, Future(), budget), NoBook()).bill
    assert billed.cost_usd == 15 + 2 * most_usd
    unpriced = Job.of(REQUEST, waiting, order(1), NoBook()).bill
    assert unpriced.cost_usd is None
