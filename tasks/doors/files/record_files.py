"""Read files of records as they come: JSON array, JSONL or CSV, one record after another.

Yields raw records; a JSONL line that cannot be read is yielded as `Unreadable`, because one bad line
must not stop the others. Knows formats, not what a record means.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from schemas.errors import BadInput

Format = Literal["json", "jsonl", "csv", "parquet"]

_BY_SUFFIX: dict[str, Format] = {
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet",
}  # fmt: skip
_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no JSON."""

    problem: str
    line: str
    """The line itself."""


def format_of(path: Path, setting: str) -> Format:
    """Return a file's format: by its name, and for JSON by its first character.

    Args:
        path: The file.
        setting: Which setting named it, for messages.

    Raises:
        BadInput: The file is missing, empty or of no known kind.
    """
    if not path.is_file():
        raise BadInput(f"{setting}: {path} is not a file; give a JSON, JSONL, CSV or Parquet file")
    suffix = _BY_SUFFIX.get(path.suffix.lower())
    if suffix is None:
        raise BadInput(f"{setting}: {path} ends in {path.suffix!r}; known are {sorted(_BY_SUFFIX)}")
    if suffix in ("json", "jsonl"):
        return "json" if _first_character(path, setting) == "[" else "jsonl"
    return suffix


def read_text_records(path: Path, file_format: Format, setting: str) -> Iterator[Any]:
    """Yield a JSON, JSONL or CSV file's records in their order.

    Args:
        path: The file.
        file_format: What `format_of` says; not Parquet.
        setting: Which setting named it, for messages.

    Raises:
        BadInput: The file as a whole cannot be read; the message names the place.
    """
    try:
        if file_format == "json":
            yield from _json_array(path, setting)
        else:
            yield from (_json_lines if file_format == "jsonl" else _csv)(path)
    except UnicodeDecodeError as e:
        place = f"byte {_bad_byte(path)}"
        raise BadInput(f"{setting}: {path} is not UTF-8 at {place}; save it as UTF-8") from e
    except csv.Error as e:
        raise BadInput(f"{setting}: {path} is no readable CSV ({e}); export it anew") from e


def _bad_byte(path: Path) -> int:
    # A reader's own count begins anew with every chunk that it reads.
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as e:
        return e.start
    return 0


def _json_array(path: Path, setting: str) -> Iterator[Any]:
    """Decode one element at a time: a whole array as objects takes five times its text."""
    text = path.read_text(encoding="utf-8-sig")
    decoder = json.JSONDecoder()
    at = _skip(text, text.index("[") + 1)
    if text[at : at + 1] == "]":
        return
    while True:
        try:
            record, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as e:
            raise _bad_json(path, text, at, e, setting) from e
        yield record
        at = _skip(text, at)
        mark = text[at : at + 1]
        if mark == "]":
            return
        if mark != ",":
            raise _bad_json(path, text, at, ValueError("expected , or ]"), setting)
        at = _skip(text, at + 1)


def _bad_json(path: Path, text: str, at: int, e: Exception, setting: str) -> BadInput:
    line = text.count("\n", 0, at) + 1
    problem = getattr(e, "msg", str(e))
    return BadInput(
        f"{setting}: {path} is no JSON array: {problem} near line {line}; mend it there"
    )


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in _SPACE and at < len(text):
        at += 1
    return at


def _json_lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as e:
                yield Unreadable(f"line {number}: no JSON: {e}", line.rstrip("\n"))


def _csv(path: Path) -> Iterator[Any]:
    # The default cap of 128 KiB a cell would make one long seed fatal.
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for record in reader:
            if None in record:
                place = f"line {reader.line_num}: more cells than the header has"
                yield Unreadable(place, ",".join(str(value) for value in record.values()))
            else:
                yield record


def _first_character(path: Path, setting: str) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            if line.strip():
                return line.strip()[0]
    raise BadInput(f"{setting}: {path} is empty; it needs at least one record")
