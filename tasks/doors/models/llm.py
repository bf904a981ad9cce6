"""Ask one model one thing, and sort what goes wrong: the door to all models.

Turns a request into an answer and the endpoint's limits, or into Retryable or RowFault. Two lanes
lead out: OpenAI-compatible endpoints that the user named are asked directly over aiohttp, all else
goes through LiteLLM, which also says what a model costs and how its parameters are called. Sends
exactly one HTTP request a call: retries, limits and budgets are not its business.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from schemas import redaction
from schemas.calls import reply
from schemas.calls.call import Parameters, Reply, Request, Sampling
from schemas.calls.keys import KEY_NAMES, key_of
from schemas.errors import BadInput, ParameterRefused, Retryable, RowFault
from schemas.lesson import Lesson, Lessons
from schemas.settings.asking import Lane
from schemas.settings.knobs import Price
from schemas.text import estimate_tokens, well_formed
from tasks.doors.models import offline, parameters
from tasks.doors.models.families import allowance
from tasks.doors.models.parameters import Told
from tasks.doors.models.refusals import lesson_in
from tasks.doors.models.wire_names import known_family, listed, named, translated

_LONGEST_MESSAGE = 400
_MOST_READ = 4000
_EMBEDDING = "embedding"
_DIRECT = "tasks.doors.models.direct"
_MILLION = 1_000_000
_WELL_KNOWN = {*KEY_NAMES, "anthropic", "azure", "gemini", "mistral", "ollama"}
"""Providers that LiteLLM is sure to have: who only plans need not wait for its import."""

_LOGGING_IN = ("github_copilot", "chatgpt")
"""Providers of which LiteLLM cannot even be asked without calling out to log in."""

_Ask = Callable[[Request, Told, str | None, float], Awaitable[Reply]]


def check_model(
    model: str, *, setting: str, api_base: str | None, lane: Lane, needs_key: bool
) -> None:
    """Make sure that somebody knows where to send a model's requests.

    Args:
        model: LiteLLM model name.
        setting: The setting that names it, for the message.
        api_base: Address of the endpoint, where the user named one: those may want no key.
        lane: The way to it.
        needs_key: Whether its key must be in the environment too.

    Raises:
        BadInput: The name names no provider, or the provider's key is not in the environment.
    """
    if _lane(model, api_base, lane) is not _ask_litellm or model.startswith("offline/"):
        return
    if model.partition("/")[0] in _LOGGING_IN:
        raise BadInput(
            f"{setting}: {model} is reached by logging in with a browser, which no run can do; name a "
            "provider that takes a key, or give api_base"
        )
    if not _has_provider(model):
        raise BadInput(
            f"{setting}: {model!r} names no provider; write it as provider/name, "
            "for example openai/gpt-4.1-mini, ollama/llama3 or hosted_vllm/my-model"
        )
    if not needs_key or api_base is not None:
        return
    # Here and below: it takes seconds to import, and runs on the user's own endpoint do without it.
    from tasks.doors.models import litellm_lane

    if keys := litellm_lane.missing_keys(model):
        raise BadInput(
            f"{setting}: {model} needs {' and '.join(keys)}; set it in the environment or in .env"
        )


def _has_provider(model: str) -> bool:
    if model.partition("/")[0] in _WELL_KNOWN:
        return True
    from tasks.doors.models import litellm_lane

    return litellm_lane.has_provider(model)


def makes_vectors(model: str) -> bool:
    """Tell whether a model can make embeddings; one that is not listed is believed to."""
    return bool(listed(model).get("mode", _EMBEDDING) == _EMBEDDING)


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """Return a model's price, from the user's table or else LiteLLM's own; None where unknown."""
    if model in prices:
        return prices[model]
    if model.startswith("offline/"):
        return Price(input=0, output=0)
    known = listed(model)
    given, made = known.get("input_cost_per_token"), known.get("output_cost_per_token")
    if known.get("mode") == _EMBEDDING:
        # Nothing is written by such a model: some entries leave its price out.
        made = made or 0.0
    if given is None or made is None:
        return None
    return Price(input=round(given * _MILLION, 6), output=round(made * _MILLION, 6))


def make_known(model: str, price: Price | None, *, api_base: str | None, lane: Lane) -> None:
    """Prepare the lane for a model that LiteLLM's table lacks."""
    is_strange = not model.startswith("offline/") and not listed(model)
    if is_strange and _lane(model, api_base, lane) is _ask_litellm:
        from tasks.doors.models import litellm_lane

        litellm_lane.make_known(model, price)


async def complete(
    request: Request, *, api_base: str | None, timeout_s: float, lane: Lane = "auto",
    lessons: Lessons | None = None,
) -> Reply:  # fmt: skip
    """Send one request, once.

    Args:
        request: What is asked.
        api_base: Address of an OpenAI-compatible endpoint, or None for the provider's own.
        timeout_s: Wall-clock limit, the door's own: libraries' timeouts do not end every silence.
        lane: `litellm` for LiteLLM whatever the model, `auto` for the leanest lane that serves it.
        lessons: What the model is known not to take, beyond what its family does not.

    Returns:
        The answer as it came, its finish_reason and text for the caller to judge, without cost; and
        the endpoint's limits.

    Raises:
        ParameterRefused: The model does not take a parameter: it is to be left out from now on.
        Retryable: The call may succeed later.
        RowFault: This request will never be answered.
    """
    ask = _lane(request.model, api_base, lane)
    told = parameters.told(request, known_family(request.model), lessons or {})
    try:
        async with asyncio.timeout(timeout_s):
            made = await ask(request, told, api_base, timeout_s)
            sent = _as_sent(request, told, ask)
            return made._replace(answer=replace(made.answer, sent=sent))
    except TimeoutError:
        raise Retryable(f"no answer in {timeout_s:g} s", kind="timeout") from None
    except Retryable as e:
        raise Retryable(_shown(e), kind=e.kind, retry_after_s=e.retry_after_s) from None
    except RowFault as e:
        if (lesson := _lesson(request, told, str(e))) is not None:
            raise ParameterRefused(_shown(e), replace(lesson, why=_redacted(lesson.why))) from None
        raise RowFault(
            _shown(e), ending=e.ending, is_answer=e.is_answer, is_access=e.is_access
        ) from None


async def close() -> None:
    """Close the connections of the running event loop."""
    if direct := sys.modules.get(_DIRECT):
        await direct.close()


def _lane(model: str, api_base: str | None, lane: Lane) -> _Ask:
    provider = model.partition("/")[0]
    if lane == "auto" and provider == "offline":
        return _ask_offline
    if lane == "auto" and api_base is not None and provider in KEY_NAMES:
        return _ask_directly
    return _ask_litellm


def with_allowance(request: Request) -> Request:
    """Return a request that says how many tokens its model may think, beyond its answer."""
    return parameters.with_allowance(request, known_family(request.model))


def thinking_tokens(model: str, sampling: Sampling) -> int:
    """Return how many tokens a model may think beyond each answer."""
    return allowance(sampling, known_family(model))


def unsent(request: Request) -> list[Lesson]:
    """Return what of a request is not sent, for what is known of its model's family."""
    return parameters.family_lessons(request, known_family(request.model))


def _lesson(request: Request, told: Told, words: str) -> Lesson | None:
    """Return what a refusal teaches of a model, if it is about a parameter."""
    if request.is_embedding:
        return None
    sent, has_system = {**told.parameters, **told.body}, request.sampling.system is not None
    return lesson_in(request.model, words, sent, prompt=request.prompt, has_system=has_system)


def _as_sent(request: Request, told: Told, ask: _Ask) -> str | None:
    """Return the parameters that went over the wire, as JSON."""
    if request.is_embedding or ask is _ask_offline:
        return None
    sent = json.dumps(told.parameters, sort_keys=True, default=str)
    words = named if ask is _ask_directly else translated
    made = {**words(request.model, sent), **told.body}
    return json.dumps(made, sort_keys=True, ensure_ascii=False, default=str)


async def _ask_litellm(
    request: Request, told: Told, api_base: str | None, timeout_s: float
) -> Reply:
    from tasks.doors.models import litellm_lane

    return await litellm_lane.ask(request, told, api_base, timeout_s)


async def _ask_offline(
    request: Request, _told: Told, _base: str | None, _timeout_s: float
) -> Reply:
    if request.is_embedding:
        raise RowFault("offline models make no vectors")
    began = time.monotonic()
    # Between calls the loop must get its turn, or nothing else would move.
    await asyncio.sleep(0)
    name = request.model.partition("/")[2]
    text = offline.reply(name, request.prompt)
    latency_s = time.monotonic() - began
    counts = {
        "prompt_tokens": estimate_tokens(request.prompt),
        "completion_tokens": estimate_tokens(text),
    }
    made = reply.answer(request, text, "stop", name, counts, latency_s=latency_s)
    return Reply(replace(made, estimated=True), None)


async def _ask_directly(
    request: Request, told: Told, api_base: str | None, _timeout_s: float
) -> Reply:
    # Its client takes as long to import as a small offline run takes to work.
    from tasks.doors.models import direct

    began = time.monotonic()
    provider, _, name = request.model.partition("/")
    what, body = _asked(request, told)
    url = f"{str(api_base).rstrip('/')}/{what}"
    key = key_of(provider, os.environ)
    response = await direct.post(url, {"model": name, **body}, key=key, headers=told.headers)
    return reply.read(request, response, latency_s=time.monotonic() - began)


def _asked(request: Request, told: Told) -> tuple[str, Parameters]:
    """Return where under an endpoint's address a request goes, and its body without the model."""
    if request.is_embedding:
        return "embeddings", {"input": request.prompt, "encoding_format": "float"}
    sent = json.dumps(told.parameters, sort_keys=True)
    words = named(request.model, sent)
    # Not asked for is not enough: some gateways stream unless told not to.
    asked = {"messages": told.messages, **words, "stream": False, **told.body}
    return "chat/completions", asked


def _redacted(text: str) -> str:
    return redaction.redact(" ".join(well_formed(text).split()), os.environ)


def _shown(error: Exception) -> str:
    """Return a provider's message on one line, shortened, with anything like a key taken out."""
    # An endpoint may send megabytes of words; a key at the cut is cut off with it below.
    return _redacted(str(error)[:_MOST_READ])[:_LONGEST_MESSAGE]
