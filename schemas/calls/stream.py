"""Read an event stream that came although none was asked for, as if it had come at once.

Turns the events of a chat completion into the body that it would have had. Knows nothing of what the
body means.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.errors import Retryable

Body = dict[str, Any]
"""A JSON object as an endpoint sends it."""

_STARTS = ("data:", "event:", "id:", "retry:")
_TEXTS = ("content", "reasoning_content", "reasoning", "thinking", "refusal")
_DONE = "[DONE]"


def is_stream(text: str) -> bool:
    """Tell an event stream from a body of JSON; lines that keep a connection alive are neither."""
    return without_comments(text).startswith(_STARTS)


def without_comments(text: str) -> str:
    """Return a body without what only kept its connection alive: blank lines and `: …` before it."""
    rest = text.lstrip("\ufeff \t\r\n")
    while rest.startswith(":"):
        rest = rest.partition("\n")[2].lstrip()
    return rest


def body_in(text: str) -> Body:
    """Return the body of a chat completion that came in pieces.

    Raises:
        Retryable: The stream broke off, or a piece is no JSON.
    """
    body: Body = {}
    message: Body = {}
    choice: Body = {"index": 0, "finish_reason": None, "message": message}
    is_done = False
    for data in _events(text):
        if data == _DONE:
            is_done = True
            break
        piece = _parsed(data)
        body |= {
            name: value for name, value in piece.items() if name != "choices" and value is not None
        }
        _add(choice, message, piece)
    if not is_done and choice["finish_reason"] is None and not body.get("error"):
        raise Retryable("an event stream that broke off", kind="connection")
    return {**body, "choices": [choice]}


def _add(choice: Body, message: Body, piece: Mapping[str, Any]) -> None:
    choices = piece.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, Mapping) or first.get("index") not in (0, None):
        return
    choice |= {
        name: value
        for name, value in first.items()
        if name not in ("delta", "message") and value is not None
    }
    delta = first.get("delta") or first.get("message")
    if isinstance(delta, Mapping):
        for name in _TEXTS:
            _append(message, name, delta.get(name))


def _append(message: Body, name: str, more: Any) -> None:
    if isinstance(more, str):
        message[name] = (message.get(name) or "") + more
    elif isinstance(more, list):
        message[name] = [*(message.get(name) or []), *more]


def _events(text: str) -> Iterator[str]:
    """Yield the data of each event; an event may have several lines of it."""
    held: list[str] = []
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]:
        if line.startswith("data:"):
            held.append(line[5:].strip())
        elif not line.strip() and held:
            yield "\n".join(held)
            held = []


def _parsed(data: str) -> Mapping[str, Any]:
    try:
        piece = json.loads(data)
    except (ValueError, RecursionError):
        raise Retryable(
            "an event stream with a piece that is not JSON", kind="bad_answer"
        ) from None
    return piece if isinstance(piece, Mapping) else {}
