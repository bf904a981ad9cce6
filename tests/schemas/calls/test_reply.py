"""What came back: read without trust, wherever the text, the thinking and the error stand."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calls.call import Answer, Request, Sampling
from schemas.calls.reply import Response, answer_of, read, stated_reason
from schemas.errors import EvolError, Retryable, RowFault
from schemas.stages import Stage

REQUEST = Request("r", 1, Stage.EVOLVE, "openai/m", "Name a knot.", Sampling(1.0, 0.9, 10, 0.0))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["choices", "message", "content", "usage", "model", "finish_reason",
        "error",
                         "prompt_tokens", "refusal", "reasoning", "type", "text", "parts", "code"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def completion(**change: Any) -> dict[str, Any]:
    choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": "A bowline."}}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return {"model": "m-2026", "choices": [choice], "usage": usage, **change}


def choice(reason: str | None = "stop", **message: Any) -> list[dict[str, Any]]:
    return [{"finish_reason": reason, "message": message}]


def answered(**message: Any) -> Answer:
    return answer_of(REQUEST, completion(choices=choice(**message)), latency_s=0.0)


def whole(body: bytes, kind: str = "application/json", status: int = 200) -> Answer:
    return read(REQUEST, Response(status, {"content-type": kind}, body), latency_s=0.0).answer


def test_an_answer_is_read_as_it_came() -> None:
    answer = answer_of(REQUEST, completion(), latency_s=0.25)
    assert (answer.text, answer.finish_reason, answer.ending) == ("A bowline.", "stop", "whole")
    assert (answer.model, answer.served_model) == ("openai/m", "m-2026")
    assert (answer.prompt_tokens, answer.completion_tokens, answer.estimated) == (7, 3, False)
    assert answer.reasoning is None and answer.reasoning_tokens is None


@pytest.mark.parametrize("body", [
    None, [], "fine", 7, {}, {"choices": None}, {"choices": ["x"]},
    {"choices": [{}]}, {"choices": [{"message": "x"}]}, completion(choices=choice(content=7)),
])  # fmt: skip
def test_what_is_no_completion_is_asked_again(body: Any) -> None:
    with pytest.raises(Retryable) as caught:
        answer_of(REQUEST, body, latency_s=0.0)
    assert caught.value.kind == "bad_answer"


@pytest.mark.parametrize("message", [
    {"reasoning_content": "Hm.", "content": "A bowline."},
    {"reasoning": "Hm.", "content": "A bowline."},
    {"thinking": "Hm.", "content": "A bowline."},
    {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}], "content": "A bowline."},
    {"reasoning": "Hm.", "reasoning_content": "Hm.", "content": "A bowline."},
    {"content": "<think>\nHm.\n</think>\n\nA bowline."},
    {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                 {"type": "text", "text": "A bowline."}]},
    {"content": [{"type": "reasoning", "summary": [{"text": "Hm."}]}, {"type": "output_text",
                 "text": "A bowline."}]},
    {"content": {"parts": [{"text": "Hm.", "thought": True}, {"text": "A bowline."}]}},
    {"content": [{"text": "Hm.", "thought": True}, {"text": "A bow"}, {"text": "line."}]},
])  # fmt: skip
def test_thinking_is_kept_apart_wherever_it_stands(message: dict[str, Any]) -> None:
    answer = answered(**message)
    assert (answer.text, answer.reasoning) == ("A bowline.", "Hm.")


@pytest.mark.parametrize(("reason", "ending"), [("stop", "thought"), ("length", "thought")])
def test_thinking_alone_is_no_answer(reason: str, ending: str) -> None:
    body = completion(choices=choice(reason, content=None, reasoning_content="A bowline?"))
    answer = answer_of(REQUEST, body, latency_s=0.0)
    assert (answer.text, answer.ending, answer.reasoning) == ("", ending, "A bowline?")


def test_hidden_thinking_is_counted_where_the_endpoint_says_so() -> None:
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 90,
        "completion_tokens_details": {"reasoning_tokens": 80},
    }
    answer = answer_of(REQUEST, completion(usage=usage), latency_s=0.0)
    assert (answer.completion_tokens, answer.reasoning_tokens) == (90, 80)


def test_a_refusal_in_its_own_field_is_no_text() -> None:
    answer = answered(content=None, refusal="I cannot.")
    assert (answer.text, answer.ending, answer.refusal) == ("", "refused", "I cannot.")


@pytest.mark.parametrize(("body", "kind"), [
    ({"error": {"message": "slow", "code": 429}}, "rate_limit"),
    ({"choices": None, "error": {"message": "no money", "code": 402}}, "auth"),
    ({"choices": None, "error": {"message": "down", "code": 503}}, "server"),
    (completion(error={"message": "broke", "code": 502}), "server"),
    (completion(choices=[{**choice(content="Half")[0], "error": {"message": "broke",
    "code": 502}}]),
     "server"),
    ({"object": "list", "data": [{"id": "m"}]}, "no_endpoint"),
    (completion(choices=[]), "withheld"),
])  # fmt: skip
def test_an_error_inside_a_good_status_is_the_error_that_it_names(body: Any, kind: str) -> None:
    with pytest.raises(Retryable) as caught:
        answer_of(REQUEST, body, latency_s=0.0)
    assert caught.value.kind == kind


@pytest.mark.parametrize("body", [
    {"choices": [], "prompt_filter_results": [{"content_filter_results": {"hate": "high"}}]},
    {"choices": [], "promptFeedback": {"blockReason": "SAFETY"}},
    {"error": {"message": "flagged", "code": 400}},
])  # fmt: skip
def test_a_prompt_that_is_blocked_is_not_asked_again(body: Any) -> None:
    with pytest.raises(RowFault):
        answer_of(REQUEST, body, latency_s=0.0)


@pytest.mark.parametrize(
    "before", [b"", b"\n\n\n", b": keep-alive\n\n: OPENROUTER PROCESSING\n\n", b"\xef\xbb\xbf"]
)
def test_what_keeps_a_connection_alive_before_an_answer_is_no_part_of_it(before: bytes) -> None:
    assert whole(before + json.dumps(completion()).encode()).text == "A bowline."


def test_an_event_stream_is_read_as_the_answer_that_it_makes() -> None:
    pieces: list[dict[str, Any]] = [
        {
            "model": "m-2026",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}],
        },
        {"choices": [{"index": 0, "delta": {"reasoning_content": "Hm."}}]},
        {"choices": [{"index": 0, "delta": {"content": "A bow"}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {"content": "line."}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 6}},
    ]
    events = [
        ": hello\r\n\r\n",
        *(f"data: {json.dumps(one)}\r\n\r\n" for one in pieces),
        "data: [DONE]\n\n",
    ]
    answer = whole("".join(events).encode(), "text/event-stream")
    assert (answer.text, answer.reasoning, answer.finish_reason) == ("A bowline.", "Hm.", "stop")
    assert (answer.served_model, answer.completion_tokens) == ("m-2026", 6)
    with pytest.raises(Retryable) as caught:
        whole("".join(events[:4]).encode(), "text/event-stream")
    assert caught.value.kind == "connection", "half a stream was taken for a whole answer"


@pytest.mark.parametrize(("body", "reason"), [
    ({"candidates": [{"finishReason": "OTHER"}]}, "OTHER"), ({"stop_reason": "refusal"}, "refusal"),
    ({"done_reason": "load"}, "load"), ({"stopReason": "guardrail_intervened"},
    "guardrail_intervened"),
    ({}, None), ([], None), (None, None),
])  # fmt: skip
def test_an_ending_is_kept_in_the_words_of_its_own_language(body: Any, reason: str | None) -> None:
    assert stated_reason(body) == reason


@given(JSON)
def test_no_body_breaks_the_reader(body: Any) -> None:
    try:
        answer = answer_of(REQUEST, body, latency_s=0.0)
    except EvolError:
        return
    assert isinstance(answer.text, str) and isinstance(answer.prompt_tokens, int)


@given(st.binary(max_size=300), st.sampled_from([200, 302, 400, 403, 429, 500]))
def test_no_bytes_break_the_reader(body: bytes, status: int) -> None:
    for content in (body, b"data: " + body + b"\n\n", b'{"choices": [' + body + b"]}"):
        try:
            whole(content, status=status)
        except EvolError as e:
            assert isinstance(e, Retryable | RowFault)
