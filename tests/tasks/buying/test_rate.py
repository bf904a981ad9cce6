"""The pace: calls spread evenly, at rates that can change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.buying.rate import Pace, Rate


def sent_in(pace: Pace, seconds: float, tokens: int = 0, step_s: float = 0.001) -> list[float]:
    """Return when calls go in a time in which everybody wants to send all the time."""
    sent, now = [], 0.0
    while now < seconds:
        if pace.wait_s(now) <= 0:
            pace.book(now, tokens)
            sent.append(now)
        else:
            now += min(step_s, pace.wait_s(now))
    return sent


@pytest.mark.parametrize("rpm", [60, 600, 6000])
def test_requests_go_at_the_rate_and_evenly(rpm: int) -> None:
    """A minute's worth at once is refused by providers that count by the second."""
    sent = sent_in(Pace(rpm=rpm, tpm=None), 5.0)
    assert len(sent) == pytest.approx(rpm / 60 * 5, rel=0.1, abs=2)
    in_any_second = max(sum(start <= t < start + 1 for t in sent) for start in sent)
    assert in_any_second <= rpm / 60 * 1.3 + 1


def test_tokens_hold_calls_back_too() -> None:
    sent = sent_in(Pace(rpm=None, tpm=60_000), 5.0, tokens=500)
    assert len(sent) == pytest.approx(10, abs=2)


def test_a_request_larger_than_a_minutes_tokens_still_goes_and_is_paid_back() -> None:
    pace = Pace(rpm=None, tpm=100)
    assert pace.wait_s(1000.0) == 0
    pace.book(1000.0, 500)
    assert pace.wait_s(1000.0) == pytest.approx(300, abs=1)


def test_no_limit_is_no_wait() -> None:
    pace = Pace(rpm=None, tpm=None)
    for _ in range(1000):
        pace.book(0.0, 1_000_000)
    assert pace.wait_s(0.0) == 0


def test_time_missed_is_caught_up_by_a_moments_worth_only() -> None:
    """A loop that was busy may make up for it, but not for a night."""
    rate = Rate(600)
    rate.book(0.0, 1)
    burst = 0
    while rate.wait_s(3600.0) == 0:
        rate.book(3600.0, 1)
        burst += 1
    assert burst == pytest.approx(0.25 * 10, abs=1)


@given(st.lists(st.floats(1, 10_000), min_size=1, max_size=20))
def test_a_rate_may_change_at_any_time(rates: list[float]) -> None:
    rate, now = Rate(None), 0.0
    for a_minute in rates:
        rate.a_minute = a_minute
        now += rate.wait_s(now)
        rate.book(now, 1)
        assert 0 < rate.wait_s(now) + 0.25 <= 60 / a_minute + 0.25 + 1e-6
