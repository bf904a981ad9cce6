"""Read tables as spreadsheets write them: commas, semicolons, tabs or bars, with or without `sep=`.

Turns text with a header into one record a row, by the header's names without blanks and marks around
them; rows that are empty are passed over, as a spreadsheet leaves them behind. Knows nothing of what a
column means.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Protocol, TextIO

from tasks.doors.files.text_files import BOM, MOST_CHARS, TOO_LONG, Unreadable, lines_of

_SEPARATORS = ",;\t|"
_SEP = re.compile(r'"?sep=(.)"?[,;\t]*\r?\n?', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')


def csv_records(file: TextIO) -> Iterator[dict[str, str | None] | Unreadable]:
    """Yield the rows below the header; one with more cells than the header is yielded as `Unreadable`.

    Args:
        file: Opened with newline="".

    Raises:
        csv.Error: It is no table; the message names the line.
    """
    # The default cap of 128 KiB a cell would make one long seed fatal.
    csv.field_size_limit(MOST_CHARS)
    lines = _bounded(file)
    first = next((line for raw in lines if (line := raw.lstrip(BOM)).strip()), "")
    named = _SEP.fullmatch(first)
    n_before = 1 if named else 0
    head = next(lines, "") if named else first
    separator = named[1] if named else _separator(head)
    reader = csv.reader(chain([head], lines), delimiter=separator, strict=True)
    try:
        yield from _records(reader, n_before)
    except csv.Error as e:
        raise csv.Error(f"line {reader.line_num + n_before}: {e}") from None


class _Reader(Protocol):
    """What `csv.reader` returns, which has no name of its own."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""

    def __iter__(self) -> Iterator[list[str]]:
        """Return itself."""

    def __next__(self) -> list[str]:
        """Return the cells of the next row."""


def _records(reader: _Reader, n_before: int) -> Iterator[dict[str, str | None] | Unreadable]:
    names = _names(next(reader, []))
    for cells in reader:
        place = f"line {reader.line_num + n_before}"
        beyond = [cell for cell in cells[len(names) :] if cell.strip()]
        if not any(cell.strip() for cell in cells):
            continue
        if beyond:
            yield Unreadable(f"{place}: more cells than the header has", ",".join(cells))
        elif len(names) > 1 and [_name(cell) for cell in cells] == names:
            yield Unreadable(f"{place}: repeats the header; take it out", ",".join(cells))
        else:
            given: list[str | None] = [*cells[: len(names)]]
            given += [None] * (len(names) - len(given))
            yield {
                name: cell for name, cell in zip(names, given, strict=True) if name or cell
            }  # fmt: skip


def _names(header: Sequence[str]) -> list[str]:
    names = [_name(cell) for cell in header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise csv.Error(f"two columns are called {twice[0]!r}: rename one")
    # A spreadsheet keeps columns that were once in use.
    while names and not names[-1]:
        names.pop()
    return names


def _name(cell: str) -> str:
    return cell.strip(f"{BOM} \t\r\n")


def _separator(header: str) -> str:
    """Return what stands most often between the header's names; a comma where nothing does."""
    bare = _QUOTED.sub("", header)
    return max(_SEPARATORS, key=bare.count)


def _bounded(file: TextIO) -> Iterator[str]:
    for line in lines_of(file):
        if len(line) > MOST_CHARS:
            raise csv.Error(f"a line {TOO_LONG}")
        yield line
