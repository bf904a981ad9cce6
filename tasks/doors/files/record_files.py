"""Read files of records as they come: JSON, JSONL, CSV or Parquet, one record after another.

Yields raw records; a part that cannot be read is yielded as `Unreadable`, because one bad line must not
stop the others. Knows formats, not what a record means.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from schemas.errors import BadInput
from tasks.doors.files.csv_records import csv_records
from tasks.doors.files.json_records import NotJson, is_one_a_line, json_lines, json_values
from tasks.doors.files.parquet_records import parquet_records
from tasks.doors.files.text_files import BOM, opened_text, require_file

Format = Literal["json", "jsonl", "csv", "parquet"]

_BY_SUFFIX: dict[str, Format] = {
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv",
    ".parquet": "parquet",
}  # fmt: skip
_PACKED = ".gz"
_WANTED = "give a JSON, JSONL, CSV or Parquet file"


def format_of(path: Path, setting: str) -> Format:
    """Return a file's format: by its name, and for JSON by how its first value is written.

    Args:
        path: The file.
        setting: Which setting named it, for messages.

    Raises:
        BadInput: The file is missing, empty or of no known kind.
    """
    require_file(path, setting, _WANTED)
    name = Path(path.name.lower())
    suffix = Path(name.stem).suffix if name.suffix == _PACKED else name.suffix
    found = _BY_SUFFIX.get(suffix)
    if found is None or (found == "parquet" and suffix != name.suffix):
        known = f"{sorted(_BY_SUFFIX)}, text also with {_PACKED}"
        raise BadInput(f"{setting}: {path} ends in {path.suffix!r}; known are {known}")
    if found in ("json", "jsonl"):
        return _how_json(path, setting)
    return found


def read_records(path: Path, file_format: Format, setting: str) -> Iterator[Any]:
    """Yield a file's records in their order.

    Args:
        path: The file.
        file_format: What `format_of` says.
        setting: Which setting named it, for messages.

    Raises:
        BadInput: The file as a whole cannot be read; the message names the place.
    """
    if file_format == "parquet":
        yield from parquet_records(path, setting)
        return
    reader = {"json": json_values, "jsonl": json_lines, "csv": csv_records}[file_format]
    try:
        with opened_text(path, setting, newline="" if file_format == "csv" else None) as file:
            yield from reader(file)
    except NotJson as e:
        kind = "JSON array" if _first_character(path, setting) == "[" else "JSON"
        raise BadInput(f"{setting}: {path} is no {kind}: {e}; mend it there") from None
    except csv.Error as e:
        raise BadInput(f"{setting}: {path} is no readable CSV ({e}); export it anew") from None


def _how_json(path: Path, setting: str) -> Format:
    if _first_character(path, setting) == "[":
        return "json"
    with opened_text(path, setting) as file:
        return "jsonl" if is_one_a_line(file) else "json"


def _first_character(path: Path, setting: str) -> str:
    with opened_text(path, setting) as file:
        while chunk := file.read(1 << 16):
            if text := chunk.strip(f" \t\r\n\x1e{BOM}"):
                return text[0]
    raise BadInput(f"{setting}: {path} is empty; it needs at least one record")
