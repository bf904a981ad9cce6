"""The clock on the wall steps while a run works: what is waited and said stays within its bounds."""

import logging
import time

import pytest

from schemas.calls.call import Request, Sampling
from schemas.calls.limits import seconds_in
from schemas.errors import Retryable
from schemas.stages import Stage
from tasks.buying.bill import no_answer
from tasks.buying.patience import Patience

_DAY_S = 86_400.0
STEPS = [-_DAY_S, 3600.0, -3600.0, 3650 * _DAY_S]
"""A day back, over summer time and back, ten years ahead."""


def step(monkeypatch: pytest.MonkeyPatch, by_s: float) -> None:
    now = time.time() + by_s
    monkeypatch.setattr(time, "time", lambda: now)


@pytest.mark.parametrize("by_s", STEPS)
def test_a_wait_is_said_whatever_the_clock_did_since_the_last_one(
    by_s: float, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    patience = Patience(20.0)

    def ask(seconds: float) -> Retryable:
        error = Retryable("too fast", kind="rate_limit", retry_after_s=seconds)
        patience.bound(error, "openai/m")
        return error

    with caplog.at_level(logging.WARNING):
        ask(6.0)
        step(monkeypatch, by_s)
        ask(6.0)
        assert len(caplog.records) == 1, "it was said already"
        assert ask(3600.0).retry_after_s == 20.0
    assert len(caplog.records) == 2


@pytest.mark.parametrize("by_s", STEPS)
@pytest.mark.parametrize(
    "told", ["Fri, 31 Dec 1999 23:59:59 GMT", "Sun, 29 Mar 2026 02:30:00 +0100", "1790000000", "30"]
)
def test_what_a_header_asks_for_is_no_negative_nor_endless_wait(
    by_s: float, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    step(monkeypatch, by_s)
    wait_s = seconds_in(told)
    assert wait_s is None or 0 <= wait_s <= 31 * _DAY_S


@pytest.mark.parametrize("by_s", STEPS)
def test_an_answer_that_never_came_bears_any_clock(
    by_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    step(monkeypatch, by_s)
    request = Request("a", 1, Stage.EVOLVE, "openai/m", "a", Sampling(1.0, 0.9, 100, 0.0))
    answer = no_answer(request, Retryable("down", kind="server"))
    assert answer.finished_at == pytest.approx(time.time(), abs=1)
    assert answer.latency_s == 0
