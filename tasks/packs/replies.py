"""Take a judge's reply apart: what it thinks falls off, what it says in JSON is found.

Turns a reply into plain text and values that readers of verdicts and scores understand. Knows neither
verdicts nor scores.
"""

import ast
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

_THOUGHT = r"think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad"
_THOUGHTS = re.compile(
    rf"^\s*(?:<({_THOUGHT})\b[^>]*>)?(?:(?!</?(?:{_THOUGHT})\b).)*</(?:{_THOUGHT})\s*>"
    rf"|<({_THOUGHT})\b[^>]*>(?:(?!</(?:{_THOUGHT})\b).)*(?:</(?:{_THOUGHT})\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# What a judge has struck out or left unticked is what it does not say.
_STRUCK = re.compile(r"~~[^~\n]*~~|^[ \t>*-]*(?:\[ \]|[☐❌✗✘⬜])[^\n]*$", re.MULTILINE)
_LATEX = re.compile(r"\\(?:boxed|text(?:bf|it)?|mathrm|mathbf)\b|\\[()\[\]]")
_TAG = re.compile(r"<\|?/?[a-z][\w -]{0,30}\|?>", re.IGNORECASE)
_BLANKS = re.compile(r"\s{2,}")
_OPENERS = {"{": "}", "[": "]"}
_MOST_STARTS = 200
_DEEPEST = 20


def spoken(reply: str) -> str:
    """Return what a reply says: no thoughts, nothing struck out, wide letters as plain ones."""
    # Long blanks first: patterns that begin with blanks would take their time.
    close = _BLANKS.sub(_one_blank, reply)
    text = unicodedata.normalize("NFKC", _THOUGHTS.sub("\n", close)).replace("−", "-")
    return _LATEX.sub(" ", _STRUCK.sub("\n", text.replace("’", "'")))


def _one_blank(blanks: re.Match[str]) -> str:
    return "\n" if len(f"-{blanks[0]}-".splitlines()) > 1 else " "


def untagged(text: str) -> str:
    """Return a text in which each tag has become the end of a line."""
    return _TAG.sub("\n", text)


def values(text: str) -> list[Any]:
    """Return the JSON objects and lists in a text, in their order; also as Python writes them."""
    found, at, starts = [], 0, 0
    while (match := re.compile(r"[{\[]").search(text, at)) and starts < _MOST_STARTS:
        starts += 1
        end = _end(text, match.start())
        value = _loaded(text[match.start() : end]) if end else None
        at = end if end and value is not None else match.end()
        if value is not None:
            found.append(value)
    return found


def _end(text: str, start: int) -> int | None:
    """Return where the bracket at a place is closed; brackets in quotes count for nothing."""
    open_ones: list[str] = []
    quoted = False
    for match in re.compile(r'\\.|["{}\[\]]', re.DOTALL).finditer(text, start):
        mark = match[0]
        if mark == '"':
            quoted = not quoted
        elif quoted or len(mark) > 1:
            continue
        elif mark in _OPENERS:
            open_ones.append(_OPENERS[mark])
        elif open_ones.pop() != mark:
            return None
        if not open_ones:
            return match.end()
        if len(open_ones) > _DEEPEST:
            return None
    return None


def _loaded(text: str) -> Any:
    """Return the value that a text writes; None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the named values of a JSON value, nested ones too; names in small letters, words apart."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield _as_words(str(name)), one
            yield from fields(one)
    elif isinstance(value, list):
        for one in value:
            yield from fields(one)


def _as_words(name: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return " ".join(re.sub(r"[\W_]+", " ", apart).casefold().split())
