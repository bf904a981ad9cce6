"""Read the records of any file that a user names: JSON, JSONL, CSV, Parquet, or a folder of the last.

Yields raw records, one after another; a file that holds one object alone is looked into for its list.
Knows formats by their door, not what a record means.
"""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from schemas.errors import BadInput
from tasks.doors.files import record_files
from tasks.sources.wrappers import unwrapped


def records(path: Path, setting: str) -> Iterator[Any]:
    """Yield a file's records in their order; a part that cannot be read is yielded as `Unreadable`.

    Args:
        path: The file.
        setting: Which setting named it, for messages.

    Raises:
        BadInput: It cannot be read at all; the message names the place.
    """
    file_format = record_files.format_of(path, setting)
    found = record_files.read_records(path, file_format, setting)
    if file_format in ("csv", "parquet"):
        yield from found
        return
    first = list(islice(found, 2))
    if len(first) == 1:
        try:
            yield from unwrapped(first[0])
        except ValueError as e:
            raise BadInput(f"{setting}: {path} is an object with {e}") from None
        return
    yield from chain(first, found)


def all_records(path: Path, setting: str) -> Iterator[Any]:
    """Yield the records of a file, of a folder of Parquet files by name, or of a run's dataset.

    Args:
        path: File or folder.
        setting: Which setting named it, for messages.

    Raises:
        BadInput: It cannot be read at all; the message names the place.
    """
    for file in files_of(path, setting):
        yield from records(file, setting)


def files_of(path: Path, setting: str) -> list[Path]:
    """Return the files that `all_records` reads, in their order."""
    return _parts(path, setting) if path.is_dir() else [path]


def _parts(folder: Path, setting: str) -> list[Path]:
    dataset = folder / "dataset"
    parts = sorted((dataset if dataset.is_dir() else folder).rglob("*.parquet"))
    if not parts:
        raise BadInput(f"{setting}: {folder} holds no Parquet file; name a file, or a finished run")
    return parts
