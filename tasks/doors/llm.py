"""Ask one model one thing, through LiteLLM, and sort what goes wrong.

Turns a request into an answer, or into Retryable, RowFault or RunFault. Sends exactly one HTTP
request a call: retries, limits and budgets are not its business. The only importer of LiteLLM.
"""

import os

# Before the import: prices come from the table that ships with LiteLLM, nothing is fetched.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import asyncio
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import litellm
from litellm import exceptions as errors
from litellm.llms.custom_llm import CustomLLM

from schemas.call import Answer, Request
from schemas.errors import BadInput, EvolError, Retryable, RowFault
from schemas.settings import Price
from schemas.text import estimate_tokens
from tasks.doors import offline

litellm.telemetry = False
litellm.suppress_debug_info = True
litellm.disable_streaming_logging = True
litellm.turn_off_message_logging = True

_LONGEST_MESSAGE = 400
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL)", re.IGNORECASE)
_SECRET_SHAPE = re.compile(r"\b(sk|pk|hf|gsk|xai|AIza|Bearer)[-_ ][A-Za-z0-9_\-*.]{6,}")
_NO_CREDIT = re.compile(
    r"insufficient[_ ]quota|insufficient (funds|credit|balance)|payment required",
    re.IGNORECASE,
)
_NO_KEY = re.compile(r"missing credentials|api_key client option", re.IGNORECASE)
_NO_CONNECTION = ("ConnectError", "ClientConnectorError", "ClientConnectorDNSError")
_PLACEHOLDER_KEY = "none"
_MILLION = 1_000_000


class _Offline(CustomLLM):
    """The provider `offline/`."""

    async def acompletion(self, *_: Any, **given: Any) -> litellm.ModelResponse:
        prompt = given["messages"][-1]["content"]
        text = offline.rewrite(prompt)
        counts = estimate_tokens(prompt), estimate_tokens(text)
        response = litellm.ModelResponse(model=given["model"])
        response.choices = [
            litellm.Choices(finish_reason="stop", message=litellm.Message(content=text))
        ]
        usage = litellm.Usage(
            prompt_tokens=counts[0], completion_tokens=counts[1], total_tokens=sum(counts)
        )
        response.usage = usage
        return response


litellm.custom_provider_map = [{"provider": "offline", "custom_handler": _Offline()}]


def check_model(model: str) -> None:
    """Make sure that LiteLLM knows where to send a model's requests.

    Raises:
        BadInput: The name names no provider.
    """
    if model.startswith("offline/"):
        return
    try:
        litellm.get_llm_provider(model)
    except errors.BadRequestError:
        raise BadInput(
            f"model: {model!r} names no provider; write it as provider/name, "
            "for example openai/gpt-4.1-mini, ollama/llama3 or hosted_vllm/my-model"
        ) from None


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """Return a model's price, from the user's table or else LiteLLM's own; None where unknown."""
    if model in prices:
        return prices[model]
    if model.startswith("offline/"):
        return Price(input=0, output=0)
    known = _listed(model)
    given, made = known.get("input_cost_per_token"), known.get("output_cost_per_token")
    if given is None or made is None:
        return None
    return Price(input=round(given * _MILLION, 6), output=round(made * _MILLION, 6))


def _listed(model: str) -> dict[str, Any]:
    # The table itself: LiteLLM's own look-up fills gaps with 0 and may ask a local server.
    provider, _, name = model.partition("/")
    entry: dict[str, Any] = litellm.model_cost.get(model) or litellm.model_cost.get(name) or {}
    is_providers = model in litellm.model_cost or entry.get("litellm_provider") == provider
    return entry if is_providers else {}


async def complete(request: Request, *, api_base: str | None, timeout_s: float) -> Answer:
    """Send one request, once.

    Args:
        request: What is asked.
        api_base: Address of an OpenAI-compatible endpoint, or None for the provider's own.
        timeout_s: Wall-clock limit; LiteLLM's own timeouts do not end a silent connection.

    Returns:
        The answer as it came: its finish_reason and text are for the caller to judge; without cost.

    Raises:
        Retryable: The call may succeed later.
        RowFault: This request will never be answered.
    """
    began = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            response = await litellm.acompletion(
                model=request.model,
                messages=[{"role": "user", "content": request.prompt}],
                **_sampling(request),
                **_endpoint(request.model, api_base),
                timeout=timeout_s,
                num_retries=0,
                max_retries=0,
                drop_params=True,
            )
    except TimeoutError:
        raise Retryable(f"no answer in {timeout_s:g} s", kind="timeout") from None
    except Exception as e:
        raise _sorted_error(e) from e
    return _answer(request, response, latency_s=time.monotonic() - began)


def _sampling(request: Request) -> dict[str, Any]:
    return asdict(request.sampling)


def _endpoint(model: str, api_base: str | None) -> dict[str, Any]:
    if api_base is None:
        return {}
    given: dict[str, Any] = {"api_base": api_base}
    # A local server wants no key, but the OpenAI client refuses to start without one.
    if model.startswith("openai/") and not os.environ.get("OPENAI_API_KEY"):
        given["api_key"] = _PLACEHOLDER_KEY
    return given


def _answer(request: Request, response: Any, *, latency_s: float) -> Answer:
    try:
        choice = response.choices[0]
        text = choice.message.content or getattr(choice.message, "refusal", None) or ""
        finish_reason = choice.finish_reason
        served = response.model
    except (AttributeError, IndexError, TypeError) as e:
        raise Retryable(
            f"answer without choices: {redact(str(response))}", kind="bad_answer"
        ) from e
    if not isinstance(text, str):
        raise Retryable("answer whose content is not text", kind="bad_answer")
    usage = getattr(response, "usage", None)
    counts = (getattr(usage, "prompt_tokens", 0), getattr(usage, "completion_tokens", 0))
    estimated = not (counts[0] or counts[1])
    if estimated:
        counts = estimate_tokens(request.prompt), estimate_tokens(text)
    return Answer(
        text=text,
        finish_reason=finish_reason,
        model=request.model,
        served_model=served,
        prompt_tokens=int(counts[0] or 0),
        completion_tokens=int(counts[1] or 0),
        cost_usd=None,
        latency_s=round(latency_s, 4),
        attempts=1,
        finished_at=round(time.time(), 3),
        estimated=estimated,
    )


def _sorted_error(e: Exception) -> EvolError:
    """Say what the caller may do about whatever LiteLLM raised."""
    message = redact(f"{type(e).__name__}: {e}")
    retry_after_s = _retry_after(e)
    status = getattr(e, "status_code", None)
    if isinstance(e, errors.ContentPolicyViolationError | errors.ContextWindowExceededError):
        return RowFault(message)
    if isinstance(e, errors.RateLimitError):
        kind = "auth" if _NO_CREDIT.search(str(e)) else "rate_limit"
        return Retryable(message, kind=kind, retry_after_s=retry_after_s)
    if status in (401, 402, 403, 404) or _NO_KEY.search(str(e)):
        return Retryable(message, kind="auth")
    if isinstance(e, errors.Timeout):
        return Retryable(message, kind="timeout")
    if isinstance(e, errors.BadRequestError) or status in (413, 422):
        return RowFault(message)
    if _is_refused(e):
        return Retryable(message, kind="refused")
    if isinstance(status, int) and status >= 500:
        return Retryable(message, kind="server", retry_after_s=retry_after_s)
    return Retryable(message, kind="bad_answer")


def _is_refused(e: BaseException | None) -> bool:
    """Tell whether no connection came about; LiteLLM wraps that as a server error."""
    while e is not None:
        if isinstance(e, ConnectionRefusedError | socket.gaierror):
            return True
        if type(e).__name__ in _NO_CONNECTION:
            return True
        e = e.__cause__ or e.__context__
    return False


def _retry_after(e: Exception) -> float | None:
    headers = getattr(e, "litellm_response_headers", None)
    if headers is None:
        headers = getattr(getattr(e, "response", None), "headers", None)
    try:
        return max(0.0, float(dict(headers)["retry-after"])) if headers else None
    except (KeyError, TypeError, ValueError):
        return None


def redact(message: str) -> str:
    """Return a provider's message on one line, shortened, with anything like a key taken out."""
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET_NAME.search(name):
            message = message.replace(value, "[redacted]")
    message = _SECRET_SHAPE.sub("[redacted]", " ".join(message.split()))
    return message[:_LONGEST_MESSAGE]
