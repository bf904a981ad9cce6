"""How long an endpoint asks to wait: read in all ways in which endpoints write it, or not."""

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calls.call import Limits
from schemas.calls.limits import limits_of, retry_after_s, seconds_in


@pytest.mark.parametrize(("text", "seconds"), [
    ("7", 7.0), ("0.5", 0.5), ("3600", 3600.0), ("1s", 1.0), ("6m0s", 360.0), ("120ms", 0.12),
    ("1h2m3.5s", 3723.5), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("-3", None), ("soon", None),
    ("", None), ("5x", None), ("1s later", None), ("nan", None), ("inf", None), ("9" * 10_000,
    None),
    ("99999999", None), ("1e300", None),
])  # fmt: skip
def test_a_time_to_wait_is_read_or_ignored(text: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": text}) == seconds


def test_a_date_and_an_epoch_are_the_seconds_until_then() -> None:
    then = time.time() + 600
    for text in (formatdate(then, usegmt=True), str(round(then)), str(round(then * 1000))):
        assert seconds_in(text) == pytest.approx(600, abs=5)


def test_a_window_that_is_empty_says_when_it_fills() -> None:
    then = time.time() + 40
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(round(then * 1000))}
    assert retry_after_s(headers) == pytest.approx(40, abs=5)
    assert retry_after_s({**headers, "x-ratelimit-remaining": "4"}) is None
    assert retry_after_s({"retry-after-ms": "250", "retry-after": "9"}) == 0.25


@given(st.text(max_size=80))
def test_no_header_breaks_the_reader(text: str) -> None:
    told = retry_after_s({"retry-after": text, "x-ratelimit-reset-tokens": text})
    assert told is None or 0 <= told <= 31 * 86_400
    limits_of({"x-ratelimit-remaining-requests": text, "x-ratelimit-reset-requests": text})


def test_limits_are_read_where_there_are_any() -> None:
    found = limits_of({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "1s"})
    assert found == Limits(requests_left=3, requests_reset_s=1.0)
    assert limits_of({"content-type": "application/json"}) is None
    assert limits_of({"x-ratelimit-remaining-requests": "many"}) is None
    assert limits_of({"x-ratelimit-limit-tokens": "9" * 5000}) is None
