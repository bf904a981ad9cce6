"""What stands in a message: its text, its thinking and its refusal, in all the shapes of providers.

Turns a message into these three. How it ended, and what it cost, is not its business.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from schemas.errors import Retryable

_MOST_DEPTH = 8
_THOUGHTS = ("thinking", "reasoning", "thought", "reasoning_text", "redacted_thinking", "summary_text",
             "reasoning.text", "reasoning.summary")  # fmt: skip
_THOUGHT_FIELDS = ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details",
                   "thinking_blocks")  # fmt: skip


class Message(NamedTuple):
    """What stands in a message."""

    text: str
    thoughts: list[str]
    refusal: str | None


def message_in(message: Mapping[str, Any]) -> Message:
    """Return a message's text, thinking and refusal, wherever they stand.

    Raises:
        Retryable: Its content is neither text nor parts.
    """
    content = message.get("content")
    if content is not None and not isinstance(content, str | list | dict):
        raise Retryable("an answer whose content is not text", kind="bad_answer")
    texts: list[str] = []
    thoughts: list[str] = []
    refusals: list[str] = []
    for name in _THOUGHT_FIELDS:
        thoughts.extend(_texts_in(message.get(name)))
    for part in content if isinstance(content, list) else [content]:
        _sort_part(part, texts, thoughts, refusals)
    # LiteLLM keeps a refusal among what is particular to a provider.
    own = message.get("provider_specific_fields")
    refusals += [
        one["refusal"]
        for one in (message, own)
        if isinstance(one, Mapping) and isinstance(one.get("refusal"), str) and one["refusal"]
    ]
    return Message("".join(texts), thoughts, refusals[0] if refusals else None)


def _sort_part(part: Any, texts: list[str], thoughts: list[str], refusals: list[str]) -> None:
    kind = str(part.get("type", "")).casefold() if isinstance(part, Mapping) else ""
    if isinstance(part, Mapping) and isinstance(part.get("parts"), list):
        for inner in part["parts"]:
            _sort_part(inner, texts, thoughts, refusals)
    elif kind == "refusal":
        refusals.extend(_texts_in(part))
    elif kind in _THOUGHTS or (isinstance(part, Mapping) and part.get("thought") is True):
        thoughts.extend(_texts_in(part))
    else:
        texts.extend(_texts_in(part))


def _texts_in(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts of a field: a text, a list of parts, or a part with parts in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < _MOST_DEPTH:
        for one in value:
            yield from _texts_in(one, depth + 1)
    elif isinstance(value, Mapping) and depth < _MOST_DEPTH:
        names = (
            "text",
            "thinking",
            "reasoning",
            "summary",
            "content",
            "refusal",
            "value",
            "output_text",
        )
        held = next(
            (value[name] for name in names if isinstance(value.get(name), str | list | Mapping)),
            None,
        )
        yield from _texts_in(held, depth + 1)
