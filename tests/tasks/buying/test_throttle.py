"""The tempo: limits learnt from headers and refusals, concurrency and rate given back afterwards."""

import pytest

from schemas.calls.call import Limits
from tasks.buying.throttle import Tempo


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def brisk(
    concurrency: int = 64, rpm: int | None = None, tpm: int | None = None
) -> tuple[Tempo, Clock]:
    clock = Clock()
    return Tempo(clock, concurrency=concurrency, rpm=rpm, tpm=tpm), clock


def refused(tempo: Tempo, times: int, retry_after_s: float | None = None) -> None:
    for _ in range(times):
        tempo.note_refusal(retry_after_s)


def test_a_lone_refusal_is_its_rows_affair() -> None:
    """At 5 % refusals the line must stay full: peers that slow everybody take four times as long."""
    tempo, _ = brisk()
    for number in range(2000):
        if number % 20 == 0:
            tempo.note_refusal(None)
        else:
            tempo.note_answer()
        assert (tempo.most_in_flight, tempo.wait_s()) == (64, 0.0)


def test_a_rate_of_refusals_holds_everybody_as_long_as_the_endpoint_asks() -> None:
    tempo, clock = brisk()
    refused(tempo, 16, retry_after_s=7.0)
    assert tempo.wait_s() == pytest.approx(7.0)
    assert tempo.most_in_flight == 32
    clock.now += 7.1
    assert tempo.wait_s() == 0


def test_refusals_of_calls_sent_before_the_hold_do_not_halve_again() -> None:
    tempo, _ = brisk()
    refused(tempo, 64, retry_after_s=7.0)
    assert tempo.most_in_flight == 32


def test_concurrency_grows_back_by_answers() -> None:
    tempo, clock = brisk(concurrency=8)
    refused(tempo, 16)
    clock.now += 2
    assert tempo.most_in_flight == 4
    for _ in range(200):
        tempo.note_answer()
    assert tempo.most_in_flight == 8


def test_what_got_through_before_the_hold_is_the_rate_after_it() -> None:
    """An endpoint that lets 100 through a minute and says nothing of it is asked at about that rate."""
    tempo, clock = brisk()
    for _ in range(100):
        tempo.note_answer()
    clock.now += 10
    refused(tempo, 16, retry_after_s=50.0)
    clock.now += 50.1
    tempo.book(10)
    assert tempo.wait_s() == pytest.approx(60 / 100, rel=0.05, abs=0.26)


def test_a_learnt_rate_grows_while_nobody_is_refused_and_falls_when_somebody_is() -> None:
    tempo, clock = brisk()
    for _ in range(100):
        tempo.note_answer()
    clock.now += 10
    refused(tempo, 16, retry_after_s=50.0)
    learnt = tempo._learnt.requests.a_minute
    for _ in range(64):
        tempo.note_answer()
    faster = tempo._learnt.requests.a_minute
    tempo.note_refusal(None)
    slower = tempo._learnt.requests.a_minute
    assert learnt is not None and faster is not None and slower is not None
    assert learnt < slower < faster
    # Having met the limit, it comes near it in small steps.
    for _ in range(64):
        tempo.note_answer()
    assert tempo._learnt.requests.a_minute == pytest.approx(slower, rel=0.05)


def test_the_users_own_rate_is_never_passed() -> None:
    tempo, _ = brisk(rpm=60)
    tempo.book(0)
    assert tempo.wait_s() > 0.7
    tempo, _ = brisk(tpm=6000)
    tempo.book(600)
    assert tempo.wait_s() > 5.7


def test_a_window_used_up_is_waited_for_before_anybody_is_refused() -> None:
    """x-ratelimit-remaining-requests: 0 with ten in flight means ten refusals, unless we hold."""
    tempo, clock = brisk()
    tempo.note_limits(Limits(requests=1000, requests_left=200, requests_reset_s=40.0), in_flight=10)
    assert tempo.wait_s() == 0
    tempo.note_limits(Limits(requests=1000, requests_left=10, requests_reset_s=30.0), in_flight=10)
    assert tempo.wait_s() == pytest.approx(30.0)
    clock.now += 30.1
    assert tempo.wait_s() == 0


def test_a_bucket_used_up_is_waited_for_only_until_the_next_call_fits() -> None:
    """Its reset is when it is full again: to wait for that would waste a whole minute."""
    tempo, _ = brisk()
    limits = Limits(requests=60, requests_left=2, requests_reset_s=58.0)
    tempo.note_limits(limits, in_flight=4)
    assert tempo.wait_s() == pytest.approx(3.0, abs=0.1)


def test_past_half_a_window_calls_are_spread_over_the_rest() -> None:
    tempo, _ = brisk()
    tempo.book(10)
    assert tempo.wait_s() == 0
    tempo.note_limits(Limits(requests=60, requests_left=29, requests_reset_s=90.0), in_flight=1)
    tempo.book(10)
    assert tempo.wait_s() > 0.7


def test_tokens_used_up_hold_too() -> None:
    tempo, _ = brisk()
    tempo.note_limits(Limits(tokens=1000, tokens_left=0, tokens_reset_s=12.0), in_flight=1)
    assert tempo.wait_s() == pytest.approx(12.0)
