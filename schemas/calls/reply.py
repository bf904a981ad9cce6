"""What came back from a model: the one reader for all lanes.

Turns status, headers and bytes of a response into an answer with its text and its thinking apart, or
into what the caller may do about it. Sends nothing and reads no environment.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from schemas.calls import faults, stream, usage
from schemas.calls.call import Answer, Reply, Request
from schemas.calls.endings import Ending, ending_of
from schemas.calls.limits import limits_of, retry_after_s
from schemas.calls.message import message_in
from schemas.calls.thinking import taken_apart
from schemas.errors import Retryable, RowFault
from schemas.text import well_formed

_QUOTED_CHARS = 200
_MOST_NUMBERS = 100_000
"""No model's vector is longer."""
_LARGEST_NUMBER = 1e30
"""Vectors are kept in 32 bits."""
_BLOCKING = ("promptFeedback", "prompt_feedback", "prompt_filter_results", "content_filter_results",
             "blockReason", "block_reason")  # fmt: skip


class Response(NamedTuple):
    """What came over the wire."""

    status: int
    headers: Mapping[str, str]
    """By lower-case names."""
    body: bytes


def read(request: Request, response: Response, *, latency_s: float) -> Reply:
    """Return the answer in a response, without its cost, and the endpoint's limits.

    Raises:
        Retryable: It is no answer; another try may bring one.
        RowFault: There will be none for this request.
    """
    text = response.body.decode("utf-8", "replace")
    if response.status != 200:
        raise fault_in(request, response)
    body = _parsed(text)
    make = vector_of if request.is_embedding else answer_of
    try:
        answer = make(request, body, latency_s=latency_s)
    except Retryable as e:
        if e.kind in ("rate_limit", "server", "timeout"):
            e.retry_after_s = retry_after_s(response.headers)
        raise
    return Reply(answer, limits_of(response.headers))


def fault_in(request: Request, response: Response) -> Exception:
    """Return what the caller may do about a response of another status than 200."""
    said = faults.said_of(response.body.decode("utf-8", "replace"))
    wait_s = retry_after_s(response.headers)
    return faults.error_of(response.status, said, prompt=request.prompt, retry_after_s=wait_s)


def _parsed(text: str) -> Any:
    """Return the JSON in a body, or the events of a stream put together.

    Raises:
        Retryable: It is neither.
    """
    if stream.is_stream(text):
        return stream.body_in(stream.without_comments(text))
    start = stream.without_comments(text)
    try:
        return json.loads(start)
    except (ValueError, RecursionError):
        quoted = text[:_QUOTED_CHARS]
    if start[:1] == "<":
        raise Retryable(
            f"a page and no answer, so this is not an endpoint of models; see to the address: {quoted}",
            kind="no_endpoint",
        )
    raise Retryable(f"an answer that is not JSON: {quoted}", kind="bad_answer")


def answer_of(request: Request, body: Any, *, latency_s: float) -> Answer:
    """Return the answer in a chat completion's body, without its cost.

    Args:
        request: What was asked.
        body: The parsed JSON of the response.
        latency_s: Seconds from sending to the whole answer.

    Raises:
        Retryable: The body has not the fields of a chat completion, or tells of an error.
        RowFault: The provider withheld it.
    """
    _raise_error_in(request, body)
    choices = body.get("choices") if isinstance(body, dict) else None
    if choices == [] or (choices is None and _is_blocked(body)):
        raise _nothing_chosen(body)
    choice = choices[0] if isinstance(choices, list) else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise _stranger(body)
    _raise_error_in(request, {**choice, "choices": None})
    found = message_in(message)
    reason = _reason(choice)
    return answer(
        request, found.text, reason, body.get("model"), body.get("usage"),
        latency_s=latency_s, thoughts=found.thoughts, refusal=found.refusal,
    )  # fmt: skip


def vector_of(request: Request, body: Any, *, latency_s: float) -> Answer:
    """Return the answer in an embedding's body, without its cost: its text is the vector as JSON.

    Args:
        request: What was asked.
        body: The parsed JSON of the response.
        latency_s: Seconds from sending to the whole answer.

    Raises:
        Retryable: The body holds no vector of finite numbers, or more than one.
    """
    _raise_error_in(request, body)
    data = body.get("data") if isinstance(body, dict) else None
    first = data[0] if isinstance(data, list) and len(data) == 1 else None
    vector = first.get("embedding") if isinstance(first, dict) else None
    if not isinstance(vector, list) or not 0 < len(vector) <= _MOST_NUMBERS:
        quoted = str(body)[:_QUOTED_CHARS]
        raise Retryable(f"an answer without one vector: {quoted}", kind="bad_answer")
    if not all(_is_number(number) for number in vector):
        raise Retryable("a vector that holds what is no finite number", kind="bad_answer")
    # Six digits are what 32 bits hold; all that a provider writes would be a third more to keep.
    text = json.dumps([float(f"{number:.6g}") for number in vector], separators=(",", ":"))
    made = _bare(request, text, "stop", body.get("model"), latency_s)
    given = body.get("usage")
    if isinstance(given, dict):
        given = {**given, "completion_tokens": 0}
    counts = usage.counts_of(given, prompt=request.prompt, written="")
    return replace(made, prompt_tokens=counts.prompt, estimated=counts.estimated)


def answer(
    request: Request, text: str, finish_reason: Any, served_model: Any, given_usage: Any, *,
    latency_s: float, thoughts: list[str] | None = None, refusal: str | None = None,
) -> Answer:  # fmt: skip
    """Return an answer from its parts, as they came.

    Args:
        request: What was asked.
        text: As it came: thinking inside it is taken off here.
        finish_reason: In the provider's word.
        served_model: The model that the endpoint says it used.
        given_usage: What it says of tokens.
        latency_s: Seconds from sending to the whole answer.
        thoughts: Thinking that came apart from the text.
        refusal: The model's words in a field of refusals.
    """
    made = _bare(request, text, finish_reason, served_model, latency_s)
    ending = ending_of(made.finish_reason)
    spoken = taken_apart(text, is_cut=ending is Ending.CUT)
    found = [*(thoughts or []), *([] if spoken.thought is None else [spoken.thought])]
    reasoning = "\n".join(dict.fromkeys(one.strip() for one in found if one.strip())) or None
    # What was written is paid for wherever it stands.
    counts = usage.counts_of(
        given_usage,
        prompt=request.prompt,
        written="".join([text, *(thoughts or []), refusal or ""]),
    )
    said = spoken.text
    if refusal is not None and not said.strip():
        said, ending = "", Ending.REFUSED
    elif not said.strip() and reasoning and ending in (Ending.WHOLE, Ending.CUT):
        ending = Ending.THOUGHT
    return replace(
        made, text=said, ending=ending.value, refusal=refusal, reasoning=reasoning,
        prompt_tokens=counts.prompt, completion_tokens=counts.completion,
        reasoning_tokens=counts.reasoning, estimated=counts.estimated,
    )  # fmt: skip


def _bare(
    request: Request, text: str, finish_reason: Any, served_model: Any, latency_s: float
) -> Answer:
    return Answer(
        text=text, finish_reason=_storable(finish_reason), model=request.model,
        served_model=_storable(served_model), prompt_tokens=0, completion_tokens=0, cost_usd=None,
        latency_s=round(latency_s, 4), attempts=1, finished_at=round(time.time(), 3),
    )  # fmt: skip


def stated_reason(body: Any) -> str | None:
    """Return how an answer ended in the words of a provider that has a language of its own.

    Raises:
        RowFault: It withheld an answer to this prompt.
    """
    if not isinstance(body, dict):
        return None
    if "candidates" in body or "promptFeedback" in body:
        candidates = body.get("candidates")
        if not candidates and _is_blocked(body):
            raise _nothing_chosen(body)
        first = candidates[0] if isinstance(candidates, list) and candidates else {}
        return _storable(first.get("finishReason") if isinstance(first, dict) else None)
    for name in ("stop_reason", "stopReason", "done_reason", "finish_reason"):
        if isinstance(body.get(name), str):
            return _storable(body[name])
    return None


def _reason(choice: Mapping[str, Any]) -> Any:
    """Return how a choice ended: routers keep the word of the provider behind them beside their own."""
    reason, native = choice.get("finish_reason"), choice.get("native_finish_reason")
    if isinstance(native, str) and ending_of(_storable(reason)) in (Ending.WHOLE, Ending.UNKNOWN):
        known = ending_of(native)
        if known not in (Ending.WHOLE, Ending.UNKNOWN) or not isinstance(reason, str):
            return native
    return reason


def _raise_error_in(request: Request, body: Any) -> None:
    """Some routers answer 200 whatever became of the request: an error in the body is one.

    Raises:
        Retryable, RowFault: As an error of the status that it names.
    """
    is_answer = isinstance(body, dict) and ("error" not in body or not body["error"])
    if is_answer and (body.get("choices") or body.get("data") or body.get("message")):
        return
    said = faults.said_in(body)
    if said is not None:
        raise faults.error_of(faults.status_of(said), said, prompt=request.prompt)


def _nothing_chosen(body: Any) -> Retryable | RowFault:
    """Say what becomes of a row for which the provider offers no answer."""
    words = f"the provider withheld the answer: {_quoted(body)}"
    if _is_blocked(body):
        return RowFault(words, ending=Ending.BLOCKED)
    # No word of why: it may have been an accident, once.
    return Retryable(f"no answer among the choices: {_quoted(body)}", kind="withheld")


def _is_blocked(body: Any) -> bool:
    return isinstance(body, Mapping) and any(body.get(name) for name in _BLOCKING)


def _stranger(body: Any) -> Retryable:
    """Say of a body that is no chat completion what it is."""
    is_list = isinstance(body, dict) and isinstance(body.get("data") or body.get("models"), list)
    if is_list:
        return Retryable(
            "a list (of models?) and no answer, so this is not an endpoint of chat completions; see "
            f"to the address: {_quoted(body)}",
            kind="no_endpoint",
        )
    return Retryable(f"an answer without choices: {_quoted(body)}", kind="bad_answer")


def _quoted(body: Any) -> str:
    return str(body)[:_QUOTED_CHARS]


def _is_number(value: Any) -> bool:
    is_numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return is_numeric and -_LARGEST_NUMBER < value < _LARGEST_NUMBER


def _storable(value: Any) -> str | None:
    return well_formed(value) if isinstance(value, str) else None
