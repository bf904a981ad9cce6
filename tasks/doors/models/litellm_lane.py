"""Ask a model through LiteLLM, and sort what it raises: the lane to every provider.

The only importer of LiteLLM, which takes seconds and a hundred megabytes: imported by those alone
who need it. Retries, limits and budgets are not its business.
"""

import os

# Before the import: prices come from the table that ships with LiteLLM, nothing is fetched.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import json
import time
from collections.abc import Mapping
from typing import Any

import litellm
from litellm import exceptions as errors
from litellm._internal_context import is_internal_call
from litellm.llms.custom_llm import CustomLLM

from schemas.calls import reply
from schemas.calls.call import Parameters, Reply, Request
from schemas.calls.faults import Said, error_of
from schemas.calls.keys import KEY_NAMES, key_of
from schemas.calls.limits import limits_of
from schemas.calls.reply import Response
from schemas.errors import EvolError, Retryable, RowFault
from schemas.redaction import is_secret_name
from schemas.settings.knobs import Price
from schemas.text import estimate_tokens
from tasks.doors.models import offline, transport
from tasks.doors.models.parameters import Told
from tasks.doors.models.transport import Heard

litellm.telemetry = False
litellm.suppress_debug_info = True
litellm.disable_streaming_logging = True
litellm.turn_off_message_logging = True
# For embeddings it takes max_retries=0 for none given, and asks three times.
litellm.DEFAULT_MAX_RETRIES = 0  # type: ignore[attr-defined]
transport.install()

_PLACEHOLDER_KEY = "none"
_MILLION = 1_000_000
_MOST_LOOKED_AT = 4096
_NO_KEY = ("missing credentials", "api_key client option", "api key is required")


class _Offline(CustomLLM):
    """The provider `offline/`."""

    async def acompletion(self, *_: Any, **given: Any) -> litellm.ModelResponse:
        prompt = given["messages"][-1]["content"]
        text = offline.reply(given["model"], prompt)
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


def has_provider(model: str) -> bool:
    """Tell whether LiteLLM knows where to send a model's requests."""
    try:
        litellm.get_llm_provider(model)
    except errors.BadRequestError:
        return False
    return True


def missing_keys(model: str) -> list[str]:
    """Return the names of the keys that a model's provider needs and the environment lacks."""
    found = litellm.validate_environment(model)
    missing = [*found["missing_keys"], *_empty_keys(model)]
    return [name for name in missing if is_secret_name(name)]


def _empty_keys(model: str) -> list[str]:
    """LiteLLM takes an empty key, as an empty line in `.env` makes it, for a key."""
    name = f"{model.partition('/')[0].upper()}_API_KEY"
    return [name] if name in os.environ and not os.environ[name].strip() else []


def make_known(model: str, price: Price | None) -> None:
    """Put a model that LiteLLM's table lacks into it.

    LiteLLM prices every answer by itself, and tries patterns over the whole table for a name that it
    does not know: a fifth of what a call costs.
    """
    provider, _, name = model.partition("/")
    entry: dict[str, object] = {"litellm_provider": provider, "mode": "chat"}
    if price is not None:
        entry["input_cost_per_token"] = price.input / _MILLION
        entry["output_cost_per_token"] = price.output / _MILLION
        # Nothing here is cached; without these two it warns on every start.
        entry["cache_read_input_token_cost"] = entry["input_cost_per_token"]
        entry["cache_creation_input_token_cost"] = entry["input_cost_per_token"]
    litellm.register_model({model: entry, name: entry})


def parameters(model: str, wished: Mapping[str, Any]) -> Parameters:
    """Return parameters as LiteLLM's own mapping has them; what a model does not know is left out.

    Args:
        model: LiteLLM model name.
        wished: In OpenAI's words; what is none of those is passed on as it is.
    """
    try:
        name, provider, _, _ = litellm.get_llm_provider(model)
        known = litellm.get_optional_params(
            model=name, custom_llm_provider=provider, drop_params=True, **wished
        )
    # What LiteLLM stumbles over here, it says again where it sends.
    except (errors.BadRequestError, ValueError, TypeError, KeyError):
        return dict(wished)
    body = known.pop("extra_body", None) or {}
    known = {**known, **body}
    return {name: v for name, v in known.items() if name != "stream" and not name.startswith("_")}


async def ask(request: Request, told: Told, api_base: str | None, timeout_s: float) -> Reply:
    """Send one request, once.

    Args:
        request: What is asked.
        told: Its messages and parameters.
        api_base: Address of the endpoint; None for the provider's own.
        timeout_s: Told to LiteLLM, which does not keep to it in every silence.

    Raises:
        Retryable: The call may succeed later.
        RowFault: This request will never be answered.
    """
    began = time.monotonic()
    # Its own logging, which nobody reads here, costs as much as all the rest of LiteLLM's work.
    is_internal_call.set(True)
    _strip_keys()
    heard = transport.listening()
    try:
        response = await _send(request, told, api_base, timeout_s)
    # Broad, as nowhere else: LiteLLM lets any library's errors through, and all must be sorted.
    except Exception as e:  # noqa: BLE001
        raw = _raw_answer(request, heard)
        if raw is None:
            raise _sorted_error(e, request, heard) from None
    else:
        raw = _raw_answer(request, heard)
    if raw is not None:
        return reply.read(request, raw, latency_s=time.monotonic() - began)
    body = response if isinstance(response, dict) else response.model_dump()
    return _translated(request, body, heard, time.monotonic() - began)


def _raw_answer(request: Request, heard: Heard) -> Response | None:
    """Return what came over the wire where it is in OpenAI's language; None where LiteLLM translates.

    LiteLLM calls endings that it does not know "stop", and half answers whole.
    """
    response = heard.response
    if response is None or response.status != 200:
        return None
    is_openai = request.model.partition("/")[0] in KEY_NAMES
    return response if is_openai or b'"choices"' in response.body[:_MOST_LOOKED_AT] else None


def _translated(request: Request, body: dict[str, Any], heard: Heard, latency_s: float) -> Reply:
    """Return the answer in what LiteLLM made of another language, with the provider's own ending."""
    own = None
    headers: Mapping[str, str] = {}
    if heard.response is not None:
        own = reply.stated_reason(_json(heard.response.body))
        headers = heard.response.headers
    if own is not None and body.get("choices"):
        body["choices"][0]["finish_reason"] = own
    read = reply.vector_of if request.is_embedding else reply.answer_of
    return Reply(read(request, body, latency_s=latency_s), limits_of(headers))


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _strip_keys() -> None:
    """Keys come out of files, and files end with a line end: LiteLLM would put it into a header."""
    for name, value in list(os.environ.items()):
        if value != value.strip() and is_secret_name(name):
            os.environ[name] = value.strip()


async def _send(request: Request, told: Told, api_base: str | None, timeout_s: float) -> Any:
    """Send one request, once, and return what LiteLLM makes of the reply."""
    common: Parameters = {
        "model": request.model,
        **_endpoint(request.model, api_base),
        "timeout": timeout_s,
        "num_retries": 0,
        "max_retries": 0,
        "drop_params": True,
    }
    if request.is_embedding:
        # Left to itself the OpenAI client asks for base64.
        if request.model.partition("/")[0] in KEY_NAMES:
            common["encoding_format"] = "float"
        return await litellm.aembedding(input=[request.prompt], **common)
    if told.body:
        common["extra_body"] = told.body
    if told.headers:
        common["extra_headers"] = told.headers
    return await litellm.acompletion(messages=told.messages, **{**told.parameters, **common})


def _endpoint(model: str, api_base: str | None) -> Parameters:
    provider = model.partition("/")[0]
    given = {} if api_base is None else {"api_base": api_base}
    if provider not in KEY_NAMES:
        return given
    key = key_of(provider, os.environ)
    # A local server wants no key, but the OpenAI client refuses to start without one.
    if key is None and api_base is not None:
        key = _PLACEHOLDER_KEY
    return given if key is None else {**given, "api_key": key}


def _sorted_error(e: Exception, request: Request, heard: Heard) -> Exception:
    """Say what the caller may do about whatever LiteLLM raised: what came over the wire decides."""
    if heard.fault is not None:
        return heard.fault
    if heard.response is not None and heard.response.status != 200:
        return reply.fault_in(request, heard.response)
    if (own := _own_fault(e)) is not None:
        return own
    message = f"{type(e).__name__}: {e}"
    if heard.response is not None:
        return _of_an_answer(request, heard.response, message)
    return _of_its_words(e, message, request.prompt)


def _of_its_words(e: Exception, message: str, prompt: str) -> EvolError:
    """Sort what LiteLLM says itself, before or without a word over the wire."""
    if isinstance(e, errors.ContentPolicyViolationError | errors.ContextWindowExceededError):
        return RowFault(message)
    if isinstance(e, errors.Timeout):
        return Retryable(message, kind="timeout")
    status = getattr(e, "status_code", None)
    if any(words in message.lower() for words in _NO_KEY):
        return Retryable(message, kind="auth")
    if isinstance(status, int) and status < 500:
        return error_of(status, Said(message), prompt=prompt)
    return Retryable(message, kind="bad_answer")


def _of_an_answer(request: Request, response: Response, message: str) -> Exception:
    """Say what an answer of 200 is that LiteLLM could make nothing of."""
    try:
        reply.stated_reason(_json(response.body))
        reply.read(request, response, latency_s=0.0)
    except (Retryable, RowFault) as fault:
        return fault
    return Retryable(message, kind="bad_answer")


def _own_fault(e: BaseException | None) -> EvolError | None:
    """Return the fault of ours that an error goes back to; LiteLLM wraps it as a server's."""
    while e is not None:
        if isinstance(e, Retryable | RowFault):
            return e
        e = e.__cause__ or e.__context__
    return None
