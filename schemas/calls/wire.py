"""What an OpenAI-compatible endpoint says, and what it means: bodies, error codes, limit headers.

Turns the body of a chat completion or of an embedding into an answer, an error status into what the
caller may do about it, and headers into limits. Sends nothing and reads no environment.
"""

import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.calls.call import Answer, Limits, Request
from schemas.errors import EvolError, Retryable, RowFault
from schemas.text import estimate_tokens, well_formed

KEY_NAMES = {"openai": "OPENAI_API_KEY", "hosted_vllm": "HOSTED_VLLM_API_KEY"}
"""Providers whose endpoints speak OpenAI's language as it is, and where their keys are."""
_NO_CREDIT = re.compile(
    r"insufficient[_ ]quota|insufficient (funds|credit|balance)|credit balance is too low"
    r"|payment required",
    re.IGNORECASE,
)
_NO_CREDIT_OR_ACCESS = (401, 402, 403, 404)
_BAD_REQUEST = (400, 409, 413, 414, 415, 422)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_QUOTED_CHARS = 200
_MOST_TOKENS = 10**9
"""No answer has more: a larger count is no count."""
_MOST_NUMBERS = 100_000
"""No model's vector is longer."""
_LARGEST_NUMBER = 1e30
"""Vectors are kept in 32 bits."""


def key_of(provider: str, environ: Mapping[str, str]) -> str | None:
    """Return a provider's key; keys come out of files, and files end with a line end."""
    return environ.get(KEY_NAMES[provider], "").strip() or None


def answer_of(request: Request, body: Any, *, latency_s: float) -> Answer:
    """Return the answer in a chat completion's body, without its cost.

    Args:
        request: What was asked.
        body: The parsed JSON of the response.
        latency_s: Seconds from sending to the whole answer.

    Raises:
        Retryable: The body has not the fields of a chat completion.
    """
    choices = body.get("choices") if isinstance(body, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        quoted = str(body)[:_QUOTED_CHARS]
        raise Retryable(f"an answer without choices: {quoted}", kind="bad_answer")
    # LiteLLM keeps a refusal among what is particular to a provider.
    own = message.get("provider_specific_fields")
    own = own if isinstance(own, dict) else {}
    text = message.get("content") or message.get("refusal") or own.get("refusal") or ""
    if not isinstance(text, str):
        raise Retryable("an answer whose content is not text", kind="bad_answer")
    return answer(
        request, text, choice.get("finish_reason"), body.get("model"), body.get("usage"),
        latency_s=latency_s,
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
    made = answer(request, text, "stop", body.get("model"), body.get("usage"), latency_s=latency_s)
    return replace(made, completion_tokens=0)


def _is_number(value: Any) -> bool:
    is_numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return is_numeric and -_LARGEST_NUMBER < value < _LARGEST_NUMBER


def answer(
    request: Request, text: str, finish_reason: Any, served_model: Any, usage: Any, *,
    latency_s: float,
) -> Answer:  # fmt: skip
    """Return an answer from its parts, as they came; tokens are estimated where usage is no usage."""
    counts = _tokens(usage, "prompt_tokens"), _tokens(usage, "completion_tokens")
    estimated = not any(counts)
    if estimated:
        counts = estimate_tokens(request.prompt), estimate_tokens(text)
    return Answer(
        text=text,
        finish_reason=_storable(finish_reason),
        model=request.model,
        served_model=_storable(served_model),
        prompt_tokens=counts[0],
        completion_tokens=counts[1],
        cost_usd=None,
        latency_s=round(latency_s, 4),
        attempts=1,
        finished_at=round(time.time(), 3),
        estimated=estimated,
    )


def _storable(value: Any) -> str | None:
    return well_formed(value) if isinstance(value, str) else None


def _tokens(usage: Any, name: str) -> int:
    value = usage.get(name) if isinstance(usage, Mapping) else getattr(usage, name, None)
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return value if 0 < value < _MOST_TOKENS else 0


def error_of(status: int, message: str, *, retry_after_s: float | None = None) -> EvolError:
    """Say what the caller may do about an error status.

    Args:
        status: HTTP status, not 200.
        message: The provider's own words.
        retry_after_s: Seconds that the provider asked to wait.
    """
    if status in _NO_CREDIT_OR_ACCESS or _NO_CREDIT.search(message):
        return Retryable(message, kind="auth")
    if status == 429:
        return Retryable(message, kind="rate_limit", retry_after_s=retry_after_s)
    if status == 408:
        return Retryable(message, kind="timeout", retry_after_s=retry_after_s)
    if status in _BAD_REQUEST:
        return RowFault(message)
    if status >= 500:
        return Retryable(message, kind="server", retry_after_s=retry_after_s)
    return Retryable(message, kind="bad_answer")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a Retry-After header asks for; None without one in seconds."""
    try:
        asked_s = float(headers["retry-after"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(0.0, asked_s) if math.isfinite(asked_s) else None


def limits_of(headers: Mapping[str, str]) -> Limits | None:
    """Return what x-ratelimit headers say; None where there are none.

    Args:
        headers: Looked up by lower-case names.
    """
    found = Limits(
        requests=_count(headers, "limit-requests"),
        requests_left=_count(headers, "remaining-requests"),
        requests_reset_s=_duration_s(headers, "reset-requests"),
        tokens=_count(headers, "limit-tokens"),
        tokens_left=_count(headers, "remaining-tokens"),
        tokens_reset_s=_duration_s(headers, "reset-tokens"),
    )
    return found if found != Limits() else None


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = str(headers.get(f"x-ratelimit-{name}", ""))
    return int(text) if text.isascii() and text.isdigit() else None


def _duration_s(headers: Mapping[str, str], name: str) -> float | None:
    """Read `6m0s`, `120ms`, `1.5s` or plain seconds."""
    text = str(headers.get(f"x-ratelimit-{name}", "")).strip()
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)
    try:
        seconds = float(text)
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
