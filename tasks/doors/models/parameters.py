"""What of a role's wishes a model is sent: what it takes, as far as its family or a refusal says.

Turns a request and what is known of its model into messages and parameters in OpenAI's words. Sends
nothing; what providers call parameters is LiteLLM's business.
"""

import json
from dataclasses import replace
from typing import Any, NamedTuple

from schemas.calls.call import Parameters, Request, Sampling
from schemas.lesson import Lesson, Lessons
from tasks.doors.models.families import Family, allowance, effort, is_thinking

_ONE_OF = ("temperature", "top_p")
_NEUTRAL_TEMPERATURE = 1.0
_BY_FAMILY = "known of its family"


class Told(NamedTuple):
    """What one request tells a model."""

    messages: list[dict[str, str]]
    parameters: Parameters
    """In OpenAI's words."""
    body: Parameters
    """Put into the request's body as it is."""
    headers: dict[str, str]


def told(request: Request, family: Family, lessons: Lessons) -> Told:
    """Return what a model is told.

    Args:
        request: What is asked.
        family: Of its model.
        lessons: What is known of it beyond that.
    """
    sampling = request.sampling
    extra: Parameters = json.loads(sampling.extra) if sampling.extra else {}
    body, headers = dict(extra.pop("extra_body", {})), dict(extra.pop("headers", {}))
    wished = _wished(sampling, family)
    unsent = {lesson.parameter for lesson in family_lessons(request, family)}
    kept = {name: value for name, value in wished.items() if name not in unsent}
    parameters, body = _taken({**kept, **extra}, lessons), _taken(body, lessons)
    return Told(_messages(request, lessons), parameters, body, headers)


def with_allowance(request: Request, family: Family) -> Request:
    """Return a request that says how much its model may think."""
    sampling = replace(request.sampling, thinking_tokens=allowance(request.sampling, family))
    return request if request.is_embedding else replace(request, sampling=sampling)


def family_lessons(request: Request, family: Family) -> list[Lesson]:
    """Return what is not sent of a request for what is known of its model's family."""
    sampling = request.sampling
    wished = _wished(sampling, family)
    is_both = all(name in wished for name in _ONE_OF)
    thinks = is_thinking(sampling, family)
    found: dict[str, str] = {}
    if family.takes == "neither" or (thinks and "claude" in request.model.lower()):
        found = {name: _BY_FAMILY for name in (*_ONE_OF, "frequency_penalty") if name in wished}
    elif family.takes == "one" and is_both:
        found = {_lesser(wished): "temperature or top_p, not both: known of its family"}
    if thinks and wished.get("temperature") == 0:
        found["temperature"] = "nobody thinks well at temperature 0"
    return [Lesson(request.model, name, None, why, is_learned=False) for name, why in found.items()]


def _wished(sampling: Sampling, family: Family) -> Parameters:
    wished = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens + allowance(sampling, family),
        # A penalty of 0 is none, and some providers make another of it.
        "frequency_penalty": sampling.frequency_penalty or None,
        "reasoning_effort": effort(sampling, family),
    }
    return {name: value for name, value in wished.items() if value is not None}


def _lesser(wished: Parameters) -> str:
    """Return which of temperature and top_p is worth less: a temperature of 1 is the provider's own."""
    return "temperature" if wished["temperature"] == _NEUTRAL_TEMPERATURE else "top_p"


def _taken(wished: Parameters, lessons: Lessons) -> Parameters:
    """Return what is left of parameters after all lessons."""
    taken = dict(wished)
    for name in wished:
        lesson = lessons.get(name)
        if lesson is None:
            continue
        if lesson.instead in _ONE_OF and not all(one in wished for one in _ONE_OF):
            continue
        dropped = _lesser(wished) if lesson.instead in _ONE_OF else name
        value = taken.pop(dropped, None)
        taken |= _instead(name, value, lesson.instead)
    return taken


def _instead(name: str, value: Any, instead: str | None) -> Parameters:
    """Return what is sent for a value that is not taken."""
    if instead is None or instead in _ONE_OF:
        return {}
    if instead.isdigit():
        return {name: min(int(instead), value)}
    return {name: instead} if name == "reasoning_effort" else {instead: value}


def _messages(request: Request, lessons: Lessons) -> list[dict[str, str]]:
    system, prompt = request.sampling.system, request.prompt
    if system is None:
        return [{"role": "user", "content": prompt}]
    if "system" in lessons:
        return [{"role": "user", "content": f"{system}\n\n{prompt}"}]
    return [{"role": "system", "content": system}, {"role": "user", "content": prompt}]
