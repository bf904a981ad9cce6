"""Read JSON as it is written in the field: one array, arrays or objects one after another, lines.

Turns text into values, one after another, without holding the whole; commas after lines, byte order
marks in the middle and objects over many lines are read. What is no JSON is named by its line. Knows
nothing of what a value means, but that turns of a talk in an array are one value.
"""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any, TextIO

from tasks.doors.files.text_files import BOM, MOST_CHARS, TOO_LONG, Unreadable, lines_of

_SPACE = f" \t\r\n\x1e{BOM}"
_CHUNK_CHARS = 1 << 16
_MOST_DIGITS = 4_000
"""Python makes no number of more digits from text: they stay text."""
_TURN = ({"role", "content"}, {"from", "value"})


class NotJson(ValueError):
    """A text that is no JSON; the message names the line."""


def json_values(file: TextIO) -> Iterator[Any]:
    """Yield the elements of top-level arrays and the other top-level values, in their order.

    Raises:
        NotJson: The text breaks off or goes wrong.
    """
    text = _Text(file)
    while mark := text.mark():
        if mark == "[":
            yield from _array(text)
        elif mark == ",":
            text.step()
        else:
            yield text.value()


def json_lines(file: TextIO) -> Iterator[Any]:
    """Yield the value of each line; a line that is none is yielded as `Unreadable`."""
    for number, raw in enumerate(lines_of(file), start=1):
        line = raw.strip(_SPACE)
        if line:
            yield from _line(number, line)


def is_one_a_line(file: TextIO) -> bool:
    """Tell whether the first value ends with its line: else it is printed over several."""
    first = next((line for raw in lines_of(file) if (line := raw.strip(_SPACE))), "")
    if not isinstance(next(_line(1, first)), Unreadable):
        return True
    file.seek(0)
    try:
        next(json_values(file), None)
    except NotJson:
        # Neither way: by lines, one bad one does not stop the others.
        return first.rstrip() != "{"
    return False


def _line(number: int, line: str) -> Iterator[Any]:
    if len(line) > MOST_CHARS:
        yield Unreadable(f"line {number}: {TOO_LONG}; shorten it", line[:200])
        return
    try:
        yield _DECODER.decode(line)
    except (ValueError, RecursionError) as e:
        try:
            # A comma after it, or several values on one line.
            values = list(json_values(StringIO(line))) if line[0] == "{" else []
        except NotJson:
            values = []
        yield from values or [Unreadable(f"line {number}: no JSON: {_why(e)}", line)]


def _array(text: "_Text") -> Iterator[Any]:
    text.step()
    if text.mark() == "]":
        text.step()
        return
    first = text.value()
    rest = _elements(text)
    if _is_turn(first):
        yield [first, *rest]
    else:
        yield first
        yield from rest


def _elements(text: "_Text") -> Iterator[Any]:
    while (mark := text.mark()) != "]":
        if mark != ",":
            raise text.fault("expected , or ]", text.at)
        text.step()
        if text.mark() == "]":
            raise text.fault("a comma with nothing after it", text.at)
        yield text.value()
    text.step()


def _is_turn(value: Any) -> bool:
    return isinstance(value, dict) and any(names <= value.keys() for names in _TURN)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


_DECODER = json.JSONDecoder(parse_int=_integer)


def _why(e: Exception) -> str:
    return "nested too deeply" if isinstance(e, RecursionError) else getattr(e, "msg", str(e))


class _Text:
    """A window on a text that is read as it is needed."""

    def __init__(self, file: TextIO) -> None:
        self.at = 0
        self._file = file
        self._window = ""
        self._lines_before = 0
        self._is_whole = False

    def mark(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            while self.at < len(self._window):
                if self._window[self.at] not in _SPACE:
                    return self._window[self.at]
                self.at += 1
            if self._is_whole:
                return ""
            self._more()

    def step(self) -> None:
        """Pass over one character."""
        self.at += 1

    def value(self) -> Any:
        """Return the value that begins here."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._window, self.at)
            except RecursionError as e:
                raise self.fault(_why(e), self.at) from None
            except ValueError as e:
                if self._is_whole:
                    raise self.fault(_why(e), getattr(e, "pos", self.at)) from None
            else:
                # A number at the edge of the window may go on.
                if end < len(self._window) or self._is_whole:
                    self.at = end
                    return value
            if len(self._window) - self.at > MOST_CHARS:
                raise self.fault(f"a value {TOO_LONG}, or one that does not end", self.at)
            self._more()

    def fault(self, problem: str, at: int) -> NotJson:
        """Return what is said of a place."""
        at = min(at, len(self._window.rstrip()))
        line = self._lines_before + self._window.count("\n", 0, at) + 1
        return NotJson(f"{problem} near line {line}")

    def _more(self) -> None:
        self._lines_before += self._window.count("\n", 0, self.at)
        rest = self._window[self.at :]
        # Doubled, so that a long value is not tried again for every piece of it.
        chunk = self._file.read(max(_CHUNK_CHARS, len(rest)))
        self._is_whole = not chunk
        self._window, self.at = rest + chunk, 0
