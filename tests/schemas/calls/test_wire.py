"""What endpoints say: bodies, statuses and headers, read without trust."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calls import wire
from schemas.calls.call import Limits, Request, Sampling
from schemas.errors import Retryable, RowFault
from schemas.stages import Stage

REQUEST = Request("r", 1, Stage.EVOLVE, "openai/m", "Name a knot.", Sampling(1.0, 0.9, 10, 0.0))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["choices", "message", "content", "usage", "model", "finish_reason",
                         "prompt_tokens", "refusal"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def completion(**change: Any) -> dict[str, Any]:
    choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": "A bowline."}}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return {"model": "m-2026", "choices": [choice], "usage": usage, **change}


def choice(**message: Any) -> list[dict[str, Any]]:
    return [{"finish_reason": "stop", "message": message}]


def test_an_answer_is_read_as_it_came() -> None:
    answer = wire.answer_of(REQUEST, completion(), latency_s=0.25)
    assert (answer.text, answer.finish_reason) == ("A bowline.", "stop")
    assert (answer.model, answer.served_model) == ("openai/m", "m-2026")
    assert (answer.prompt_tokens, answer.completion_tokens, answer.estimated) == (7, 3, False)


@pytest.mark.parametrize("usage", [
    None, {}, {"prompt_tokens": None}, {"prompt_tokens": "7"}, [], "x",
    {"prompt_tokens": -1, "completion_tokens": 0},
])  # fmt: skip
def test_tokens_that_are_not_told_are_estimated(usage: Any) -> None:
    answer = wire.answer_of(REQUEST, completion(usage=usage), latency_s=0.0)
    assert answer.estimated and answer.prompt_tokens > 0


@pytest.mark.parametrize("body", [
    None, [], "fine", 7, {}, {"choices": []}, {"choices": None}, {"choices": ["x"]},
    {"choices": [{}]}, {"choices": [{"message": "x"}]}, {"error": {"message": "odd"}},
    completion(choices=choice(content=7)), completion(choices=choice(content=["x"])),
])  # fmt: skip
def test_what_is_no_completion_is_asked_again(body: Any) -> None:
    with pytest.raises(Retryable) as caught:
        wire.answer_of(REQUEST, body, latency_s=0.0)
    assert caught.value.kind == "bad_answer"


def test_a_refusal_in_its_own_field_is_the_text() -> None:
    """Rule 2 wants to see it; an empty answer would be asked again."""
    body = completion(choices=choice(content=None, refusal="I cannot."))
    assert wire.answer_of(REQUEST, body, latency_s=0.0).text == "I cannot."


@given(JSON)
def test_no_body_breaks_the_reader(body: Any) -> None:
    try:
        answer = wire.answer_of(REQUEST, body, latency_s=0.0)
    except Retryable:
        return
    assert isinstance(answer.text, str) and isinstance(answer.prompt_tokens, int)


@pytest.mark.parametrize(("status", "kind"), [
    (401, "auth"), (402, "auth"), (403, "auth"), (404, "auth"), (408, "timeout"),
    (429, "rate_limit"), (500, "server"), (502, "server"), (503, "server"), (529, "server"),
    (418, "bad_answer"), (302, "bad_answer"),
])  # fmt: skip
def test_a_status_says_what_to_do(status: int, kind: str) -> None:
    error = wire.error_of(status, "no", retry_after_s=3.0)
    assert isinstance(error, Retryable) and error.kind == kind
    assert error.retry_after_s == (3.0 if kind in ("rate_limit", "server", "timeout") else None)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_bad_request_is_not_asked_again(status: int) -> None:
    assert isinstance(wire.error_of(status, "context length exceeded"), RowFault)


@pytest.mark.parametrize("words", [
    "You exceeded your quota: insufficient_quota", "Insufficient Balance", "insufficient funds",
    "Your credit balance is too low",
])  # fmt: skip
@pytest.mark.parametrize("status", [400, 403, 429])
def test_no_credit_is_no_rate_limit(status: int, words: str) -> None:
    """Waiting does not fill an account."""
    error = wire.error_of(status, words)
    assert isinstance(error, Retryable) and error.kind == "auth"


@pytest.mark.parametrize(("text", "seconds"), [
    ("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("soon", None), ("", None),
    ("Wed, 21 Oct 2026 07:28:00 GMT", None),
])  # fmt: skip
def test_retry_after_is_read_in_seconds(text: str, seconds: float | None) -> None:
    assert wire.retry_after_s({"retry-after": text}) == seconds
    assert wire.retry_after_s({}) is None


@pytest.mark.parametrize(("text", "seconds"), [
    ("1s", 1.0), ("6m0s", 360.0), ("120ms", 0.12), ("1h2m3.5s", 3723.5), ("20", 20.0),
    ("soon", None), ("", None), ("5x", None), ("1s later", None),
])  # fmt: skip
def test_resets_are_read_in_the_providers_ways(text: str, seconds: float | None) -> None:
    limits = wire.limits_of({
        "x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": text,
    })  # fmt: skip
    assert limits == Limits(requests_left=3, requests_reset_s=seconds)


def test_headers_without_limits_are_none() -> None:
    assert wire.limits_of({"content-type": "application/json"}) is None
    assert wire.limits_of({"x-ratelimit-remaining-requests": "many"}) is None
