"""The weather: a lone failure, a storm to wait out, an endpoint that is gone."""

import pytest

from schemas.errors import ModelUnavailable, Retryable, RowFault
from tasks.buying.endpoint_health import Weather


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def failed(kind: str = "server", retry_after_s: float | None = None) -> Retryable:
    return Retryable(f"{kind} trouble", kind=kind, retry_after_s=retry_after_s)


def fair(concurrency: int = 64) -> tuple[Weather, Clock]:
    clock = Clock()
    return Weather(clock, concurrency=concurrency), clock


def may_call(weather: Weather) -> bool:
    return weather.wait_s() == 0


def stormy(retry_after_s: float | None = None) -> tuple[Weather, Clock]:
    weather, clock = fair()
    for n in range(10):
        weather.note_failure(f"row-{n}", failed(retry_after_s=retry_after_s))
    assert weather.storm
    return weather, clock


def test_three_refused_keys_in_a_row_end_the_run() -> None:
    """A wrong key must not be tried for every row; the message holds the provider's own words."""
    weather, _ = fair()
    weather.note_failure("a", failed("auth"))
    weather.note_failure("b", failed("auth"))
    with pytest.raises(ModelUnavailable, match="auth trouble"):
        weather.note_failure("c", failed("auth"))


def test_refused_keys_with_a_success_between_do_not() -> None:
    weather, _ = fair()
    for _ in range(5):
        weather.note_failure("a", failed("auth"))
        weather.note_failure("b", failed("auth"))
        weather.note_success()
    assert may_call(weather) and weather.successes == 5


def test_a_refused_connection_is_waited_for_some_seconds_and_not_more() -> None:
    """A server that restarts is back in a moment; one that is not there never comes."""
    weather, clock = fair()
    for n in range(50):
        weather.note_failure(f"row-{n}", failed("refused"))
    assert not weather.storm and may_call(weather)
    clock.now += 5.1
    with pytest.raises(ModelUnavailable):
        weather.note_failure("row-0", failed("refused"))


def test_the_wait_for_a_connection_begins_anew_after_a_success() -> None:
    weather, clock = fair()
    weather.note_failure("a", failed("refused"))
    clock.now += 4
    weather.note_success()
    clock.now += 4
    weather.note_failure("a", failed("refused"))
    clock.now += 4
    weather.note_failure("a", failed("refused"))
    assert may_call(weather)


def test_one_row_that_fails_over_and_over_is_no_storm() -> None:
    weather, _ = fair()
    for _ in range(100):
        weather.note_failure("a", failed())
    assert not weather.storm and may_call(weather)


@pytest.mark.parametrize(("concurrency", "rows"), [(1, 3), (3, 3), (5, 5), (64, 10), (4096, 10)])
def test_a_storm_takes_many_rows(concurrency: int, rows: int) -> None:
    """With few calls in flight fewer rows can fail before anybody would know."""
    weather, _ = fair(concurrency)
    for n in range(rows - 1):
        weather.note_failure(f"row-{n}", failed())
    assert not weather.storm
    weather.note_failure("last", failed())
    assert weather.storm


def test_failures_with_successes_between_make_no_storm() -> None:
    weather, _ = fair()
    for n in range(100):
        weather.note_failure(f"row-{n}", failed())
        if n % 5 == 4:
            weather.note_success()
        assert not weather.storm


def test_a_storm_pauses_everybody_and_then_sends_one_probe_at_a_time() -> None:
    weather, clock = stormy()
    assert not may_call(weather)
    clock.now += 0.9
    assert not may_call(weather)
    clock.now += 0.2
    assert may_call(weather)
    weather.note_sent("probe")
    assert not may_call(weather)
    clock.now += 1000
    assert not may_call(weather)  # the probe is still out


def test_pauses_double_up_to_a_minute() -> None:
    weather, clock = stormy()
    waits = []
    for _ in range(9):
        began = clock.now
        while not may_call(weather):
            clock.now += 0.5
        weather.note_sent("probe")
        waits.append(clock.now - began)
        weather.note_failure("probe", failed())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_storm_ends_by_a_success_and_the_next_one_begins_small() -> None:
    weather, clock = stormy()
    for _ in range(3):
        clock.now += 60
        assert may_call(weather)
        weather.note_failure("probe", failed())
    clock.now += 60
    assert may_call(weather)
    weather.note_success()
    assert not weather.storm
    weather.note_sent("a")
    assert may_call(weather)
    for n in range(10):
        weather.note_failure(f"row-{n}", failed())
    assert not may_call(weather)
    clock.now += 1.1
    assert may_call(weather)


def test_a_storm_waits_as_long_as_the_provider_asks() -> None:
    weather, clock = stormy(retry_after_s=45.0)
    clock.now += 44
    assert not may_call(weather)
    clock.now += 2
    assert may_call(weather)


def test_late_failures_of_calls_in_flight_do_not_lengthen_the_pause() -> None:
    """Fifty calls in flight fail with the tenth: one storm, one pause."""
    weather, clock = stormy()
    for n in range(50):
        weather.note_failure(f"late-{n}", failed())
    clock.now += 1.1
    assert may_call(weather)


def test_a_late_failure_of_another_row_sends_no_second_probe() -> None:
    """A call sent before the storm may end while the probe is out: two probes would be a burst."""
    weather, clock = stormy()
    clock.now += 1.1
    weather.note_sent("probe")
    weather.note_failure("sent before the storm", failed())
    clock.now += 10
    assert not may_call(weather)
    weather.note_failure("probe", failed())
    clock.now += 61
    assert may_call(weather)


def test_a_storm_that_does_not_end_in_a_quarter_of_an_hour_ends_the_run() -> None:
    weather, clock = stormy()
    clock.now += 899
    weather.note_failure("probe", failed())
    clock.now += 2
    with pytest.raises(ModelUnavailable, match="server trouble"):
        weather.note_failure("probe", failed())


def test_an_endpoint_that_calls_every_request_a_bad_one_is_gone() -> None:
    """A limit set too high is refused with 400 for all: that is no fault of ten thousand rows."""
    weather = Weather(lambda: 0.0, concurrency=4)
    for number in range(9):
        weather.note_refusal(f"r{number}", RowFault("max_tokens is too large"))
    with pytest.raises(ModelUnavailable, match="max_tokens is too large"):
        weather.note_refusal("r9", RowFault("max_tokens is too large"))


def test_bad_requests_beside_answers_are_their_rows_own_affair() -> None:
    weather = Weather(lambda: 0.0, concurrency=4)
    weather.note_answer()
    for number in range(30):
        weather.note_refusal(f"r{number}", RowFault("not allowed"))
    assert not weather.storm


def test_rows_that_are_answered_with_nothing_make_no_storm_once_others_were_answered() -> None:
    """Ten poisoned rows at the end of an epoch would hold the run for a quarter of an hour."""
    weather, _ = fair()
    weather.note_answer()
    for number in range(30):
        weather.note_failure(f"r{number}", failed("empty"))
    assert not weather.storm
    silent, _ = fair()
    for number in range(10):
        silent.note_failure(f"r{number}", failed("empty"))
    assert silent.storm


def test_it_is_calm_while_failures_are_the_exception() -> None:
    weather, _ = fair()
    for number in range(300):
        weather.note_answer()
        if number % 10 == 0:
            weather.note_failure(f"r{number}", failed())
        assert weather.is_calm
    for _number in range(40):
        weather.note_failure("a", failed())
        weather.note_answer()
    assert not weather.is_calm
