"""What an error means: told by status, code and the provider's own words, never the user's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calls.faults import Said, error_of, said_in, said_of, status_of
from schemas.errors import Retryable, RowFault


def fault(status: int, words: str, *, code: str | None = None, prompt: str = "") -> Exception:
    return error_of(status, Said(words, code), prompt=prompt, retry_after_s=3.0)


@pytest.mark.parametrize(("status", "kind"), [
    (401, "auth"), (402, "auth"), (404, "auth"), (302, "auth"), (408, "timeout"), (504, "timeout"),
    (524, "timeout"), (429, "rate_limit"), (500, "server"), (502, "server"), (503, "server"),
    (529, "server"), (499, "bad_answer"),
])  # fmt: skip
def test_a_status_says_what_to_do(status: int, kind: str) -> None:
    error = fault(status, "no")
    assert isinstance(error, Retryable) and error.kind == kind
    assert error.retry_after_s == (None if kind == "auth" else 3.0)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_bad_request_is_not_asked_again(status: int) -> None:
    assert isinstance(fault(status, "context length exceeded"), RowFault)


@pytest.mark.parametrize("words", [
    "You exceeded your quota: insufficient_quota", "Insufficient Balance", "insufficient funds",
    "Your credit balance is too low", "Payment Required",
])  # fmt: skip
@pytest.mark.parametrize("status", [400, 403, 429])
def test_no_credit_is_no_rate_limit(status: int, words: str) -> None:
    """Waiting does not fill an account."""
    error = fault(status, words)
    assert isinstance(error, Retryable) and error.kind == "auth"


@pytest.mark.parametrize("words", [
    "API key not valid. Please pass a valid API key.", "Invalid API Key",
    "Incorrect API key provided: x",
    "The api_key you gave has expired", "Unauthorized: no access token",
    "model gpt-9 does not exist",
    "zed is not a valid model ID",
])  # fmt: skip
def test_a_bad_key_or_name_is_everybodys_whatever_the_status(words: str) -> None:
    error = fault(400, words)
    assert isinstance(error, Retryable) and error.kind == "auth"


@pytest.mark.parametrize(("words", "is_access"), [
    ("The chosen model requires moderation and your input was flagged", False),
    ("This content violates our usage policies", False),
    ("Prompt was blocked", False),
    ("You have no permission for this project", True),
    ("Forbidden", True),
])  # fmt: skip
def test_a_403_is_the_rows_or_of_unknown_reach(words: str, is_access: bool) -> None:
    error = fault(403, words)
    assert isinstance(error, RowFault) and error.is_access == is_access


@pytest.mark.parametrize("prompt", [
    "Explain when a shop answers payment required and what an insufficient balance is.",
    "Say what an invalid API key is and why the model does not exist.",
])  # fmt: skip
@pytest.mark.parametrize("frame", ["Bad request: {}", 'Cannot take "{}"', "input={} is too odd"])
def test_words_of_the_prompt_are_not_the_providers(prompt: str, frame: str) -> None:
    """A provider that quotes a prompt about money would stop the run for want of it."""
    assert isinstance(fault(400, frame.format(prompt), prompt=prompt), RowFault)


@pytest.mark.parametrize(("body", "message", "status"), [
    ({"error": {"message": "Slow down", "code": 429}}, "Slow down", 429),
    ({"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}, "Slow down", 429),
    ({"error": {"message": "Slow down", "type": "rate_limit_error"}, "choices": None}, "Slow down",
    429),
    ({"error": "Slow down", "code": "429"}, "Slow down", 429),
    ([{"error": {"message": "Slow down", "status": "RESOURCE_EXHAUSTED"}}], "Slow down", 429),
    ({"object": "error", "message": "no money", "code": 402}, "no money", 402),
    ({"detail": [{"msg": "field required"}]}, "field required", 502),
    ({"error": {"message": "broken"}}, "broken", 502),
    ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
    "insufficient balance", 502),
])  # fmt: skip
def test_an_error_is_found_in_every_usual_shape(body: Any, message: str, status: int) -> None:
    said = said_in(body)
    assert said is not None and said.message == message and status_of(said) == status


def test_a_router_passes_on_the_words_of_the_provider_behind_it_but_not_the_prompt() -> None:
    metadata = {
        "raw": json.dumps({"error": {"message": "Too Many"}}),
        "flagged_input": "secret words",
    }
    said = said_in({"error": {"message": "Provider returned error", "metadata": metadata}})
    assert said is not None and "Too Many" in str(said) and "secret" not in str(said)


@given(st.integers(300, 599), st.text(max_size=200), st.text(max_size=200))
def test_no_words_break_the_sorting(status: int, words: str, prompt: str) -> None:
    error = error_of(status, said_of(words), prompt=prompt)
    assert isinstance(error, Retryable | RowFault) and str(status) in str(error)
