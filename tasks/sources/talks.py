"""Find the first question and its answer in a talk, however it is written down.

Turns lists of turns (`role` and `content`, `from` and `value`, pairs under the speakers' names, plain
texts by turns), columns of them, and JSON text of them into who said what. Knows no record.
"""

import ast
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from schemas.text import normalise
from tasks.sources.values import is_nothing

Part = Literal["asks", "answers", "system", "other"]

_SPEAKERS = ("role", "from", "speaker", "author", "sender")
_SAID = ("content", "value", "text", "message", "utterance")
_NAMES: dict[str, Part] = {
    **dict.fromkeys(
        ("human", "user", "prompter", "customer", "client", "student", "person", "question",
         "instruction", "用户", "人类"), "asks"),
    **dict.fromkeys(
        ("gpt", "assistant", "chatgpt", "bot", "model", "ai", "agent", "chatbot", "gpt4", "gpt 4",
         "gpt 3.5", "claude", "bard", "bing", "gemini", "llama", "teacher", "answer", "response",
         "output", "助手", "模型"), "answers"),
    **dict.fromkeys(("system", "developer", "context", "系统"), "system"),
    **dict.fromkeys(
        ("tool", "function", "observation", "function call", "function response", "tool call",
         "tool response", "ipython", "environment"), "other"),
}  # fmt: skip
_MOST_CHARS = 4_000_000
"""Longest text that is tried as a list of turns; characters."""


class Turn(NamedTuple):
    """What one speaker said."""

    speaker: str
    said: Any


class Talk(NamedTuple):
    """The beginning of a talk."""

    asked: Any
    answered: Any
    """None where nobody answers at once."""
    system: Any


def turns_in(value: Any, *, may_be_texts: bool = False) -> list[Turn] | None:
    """Return the turns of a talk; None where the value is none.

    Args:
        value: A list, columns, or JSON text.
        may_be_texts: Whether a list of bare texts is one, said by turns.
    """
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, Mapping):
        value = _rows(value)
    if not isinstance(value, list):
        return None
    if may_be_texts and value and all(isinstance(one, str) for one in value):
        names = ("user", "assistant")
        return [Turn(names[n % 2], said) for n, said in enumerate(value)]
    found = [turn for one in value if isinstance(one, Mapping) for turn in _turns(one)]
    return found if found or not value else None


def talk_of(turns: Sequence[Turn]) -> Talk | None:
    """Return the first question, and its answer if that follows; None where nobody asks.

    Speakers of unknown names take turns: where no known one asks, the first of them does.
    """
    parts = [_part(turn.speaker) for turn in turns]
    at = next((n for n, part in enumerate(parts) if part == "asks"), None)
    if at is None:
        at = next((n for n, part in enumerate(parts) if part is None), None)
    if at is None:
        return None
    system = next((turn.said for turn in turns[:at] if _part(turn.speaker) == "system"), None)
    after = at + 1
    is_answer = (
        after < len(turns)
        and turns[after].speaker != turns[at].speaker
        and parts[after] in ("answers", None)
    )
    return Talk(turns[at].said, turns[after].said if is_answer else None, system)


def answer_of(turns: Sequence[Turn]) -> Any:
    """Return what is answered first, where the question stands elsewhere; None if nothing is."""
    return next((turn.said for turn in turns if _part(turn.speaker) in ("answers", None)), None)


def _part(speaker: str) -> Part | None:
    name = normalise(speaker).strip("<|>:#*[]() ").replace("_", " ").replace("-", " ")
    return _NAMES.get(name)


def _turns(one: Mapping[Any, Any]) -> Iterator[Turn]:
    """Yield what an element of a list says: one turn, or a pair under the speakers' names."""
    keys = {key.strip().casefold(): key for key in one if isinstance(key, str)}
    who = next((keys[name] for name in _SPEAKERS if name in keys), None)
    said = next((keys[name] for name in _SAID if name in keys), None)
    if who is not None and said is not None:
        if isinstance(one[who], str):
            yield Turn(one[who], one[said])
        return
    named = [(key, _part(key)) for key in one if isinstance(key, str)]
    if {"asks", "answers"} <= {part for _, part in named}:
        for wanted in ("system", "asks", "answers"):
            yield from (Turn(key, one[key]) for key, part in named if part == wanted)


def _rows(columns: Mapping[Any, Any]) -> list[dict[Any, Any]] | None:
    """Return columns of equal length as rows: so some libraries keep lists of tables."""
    lists = {name: value for name, value in columns.items() if isinstance(value, list)}
    lengths = {len(value) for value in lists.values()}
    if len(lists) < 2 or len(lengths) != 1:
        return None
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _parsed(text: str) -> Any:
    """Return what a text holds as JSON, or as Python prints it; None where it is neither."""
    bare = text.strip()
    if is_nothing(text) or bare[0] not in "[{" or len(bare) > _MOST_CHARS:
        return None
    try:
        return json.loads(bare)
    except (ValueError, RecursionError):
        return _printed(bare) if "{'" in bare else None


def _printed(text: str) -> Any:
    try:
        with warnings.catch_warnings():
            # A stranger's backslashes are no fault of this program's text.
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
