"""Learn from a provider's refusal which parameter a model does not take.

Turns the words of a 400 and the parameters that were sent into one lesson, or into none: a refusal of
what a row says is the row's. Words are read near the name of a parameter that was really sent.
"""

import re
from collections.abc import Mapping
from typing import Any

from schemas.lesson import Lesson

_REFUSED = re.compile(
    r"unsupported|not (?:be |currently )?(?:support|permit|allow|recogni[sz]|accept|available|enabled)"
    r"|n['o]t support|unknown|unrecogni[sz]ed|unexpected|extra (?:input|field|parameter|key)"
    r"|invalid (?:param|arg|field|option|key)|cannot (?:both )?be (?:specif|set|used)|deprecated"
    r"|only (?:the default|supports? |1\b|one of)|only be set to 1|must be (?:1\b|unset|omitted)"
    r"|or unset|incompatible|mutually exclusive|no longer|不支持|未知|无效|不允许|不能同时|不受支持",
    re.IGNORECASE,
)  # fmt: skip
_BOTH = re.compile(
    r"both|only one|either|together|mutually|simultaneous|same time|combin|同时|not? .{0,20}\band\b",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"(?:>|<=|at most|less than or equal to|no more than|up to|不超过|maximum\D{0,60}?|limit\D{0,30}?)"
    r"\s*([\d,]{2,9})",
    re.IGNORECASE,
)  # fmt: skip
_TOO_LARGE = re.compile(
    r"too (?:large|high|big)|>|maximum|exceed|at most|must be|超过", re.IGNORECASE
)
_SYSTEM = re.compile(
    r"(?:system|developer) (?:role|message|instruction|prompt)s?\b.{0,60}"
    r"(?:not (?:support|enabled|allow)|unsupported)|(?:unsupported|unknown) role\W+system",
    re.IGNORECASE,
)
_ABOUT_CONTENT = re.compile(
    r"\bpolic(?:y|ies)\b|moderat|\bsafety\b|content[ _]filter|\bflagged\b|\bviolat|inappropriate"
    r"|harmful|\bterms of (?:use|service)\b|敏感|违规|不当内容", re.IGNORECASE,
)  # fmt: skip
_EFFORTS = ("none", "minimal", "low", "medium", "high")
_SUPPORTED = re.compile(
    r"(?:supported|allowed|valid|one of|must be)\b.*", re.IGNORECASE | re.DOTALL
)
_ALSO_CALLED = {
    "top_p": ("topP", "top-p"),
    "max_tokens": ("max_completion_tokens", "maxTokens", "maxOutputTokens", "max_output_tokens",
                   "num_predict", "max_new_tokens"),
    "frequency_penalty": ("frequencyPenalty", "repeat_penalty", "presence_penalty"),
    "reasoning_effort": ("reasoning.effort", "thinking", "thinkingConfig", "thinking_config",
                         "output_config", "reasoning", "effort", "think"),
}  # fmt: skip
_NEAR_CHARS = 90
_LONGEST_WHY = 160
_ECHO_CHARS = 16
"""So many characters that also stand in the prompt are quoted from it."""
_RENAMED = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


def lesson_in(
    model: str, words: str, sent: Mapping[str, Any], *, prompt: str = "", has_system: bool
) -> Lesson | None:
    """Return what a refusal teaches of a model; None where it is about something else.

    Args:
        model: Who refused.
        words: The provider's.
        sent: The parameters that were sent, in OpenAI's words, and fields of the body.
        prompt: What was asked; words that are quoted from it say nothing.
        has_system: Whether there was a system prompt.
    """
    words = _without_echo(words, prompt)
    if _ABOUT_CONTENT.search(words):
        return None
    if has_system and _SYSTEM.search(words):
        return Lesson(model, "system", "user", _why(words))
    refused = [name for name in sent if _is_refused(name, words)]
    if not refused:
        return _capped(model, words, sent)
    if {"temperature", "top_p"} <= set(refused) and _BOTH.search(words):
        return Lesson(model, "top_p", "temperature", _why(words))
    name = min(refused, key=lambda one: _places(one, words)[0])
    return Lesson(model, name, _instead(name, words, sent), _why(words))


def _without_echo(words: str, prompt: str) -> str:
    """Return the words that are the provider's own."""
    is_quoted = [False] * len(words)
    for at in range(len(words) - _ECHO_CHARS + 1):
        if words[at : at + _ECHO_CHARS] in prompt:
            is_quoted[at : at + _ECHO_CHARS] = [True] * _ECHO_CHARS
    return "".join(" " if quoted else one for one, quoted in zip(words, is_quoted, strict=True))


def _is_refused(name: str, words: str) -> bool:
    """Tell whether words of refusal stand near a parameter's name."""
    return any(
        _REFUSED.search(words[max(0, at - _NEAR_CHARS) : at + len(name) + _NEAR_CHARS])
        for at in _places(name, words)
    )


def _places(name: str, words: str) -> list[int]:
    also = _ALSO_CALLED.get("max_tokens" if name in _RENAMED else name, ())
    names = "|".join(map(re.escape, (name, *also)))
    return [m.start() for m in re.finditer(rf"(?<![\w-])(?:{names})(?![\w-])", words)]


def _instead(name: str, words: str, sent: Mapping[str, Any]) -> str | None:
    if name in _RENAMED:
        # Without any limit an answer could cost any sum.
        return _RENAMED[name]
    if name == "reasoning_effort" and (found := _SUPPORTED.search(words)):
        offered = [one for one in _EFFORTS if re.search(rf"['\"`]{one}['\"`]", found[0])]
        return next((one for one in offered if one != sent[name]), None)
    return None


def _capped(model: str, words: str, sent: Mapping[str, Any]) -> Lesson | None:
    """Return the most tokens that a model writes, where it says so; a context's length is a row's."""
    name = next((one for one in _RENAMED if one in sent), None)
    if name is None or not _places(name, words) or not _TOO_LARGE.search(words):
        return None
    if re.search(r"context|input", words, re.IGNORECASE):
        return None
    found = [int(number.replace(",", "") or 0) for number in _MOST.findall(words)]
    most = [number for number in found if 0 < number < int(sent[name])]
    return Lesson(model, name, str(max(most)), _why(words)) if most else None


def _why(words: str) -> str:
    return " ".join(words.split())[:_LONGEST_WHY]
