"""Find that a folder which appears whole or not at all is there already.

Turns a folder and the key of what would be made now into the document that lists its files. Knows no
kind of job.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from schemas.documents.manifest import Entry
from schemas.errors import BadInput
from tasks.doors.storage import shards


class Listing(Protocol):
    """A document that lists the files of its folder."""

    @property
    def files(self) -> list[Entry]:
        """All files but the document."""


Record = TypeVar("Record", bound=Listing)


def same_at(
    path: Path, key: str, read: Callable[[object], Record], *, what: str, made: str
) -> Record | None:
    """Return the document of a folder if the same was made there before, whole.

    Args:
        path: Of the document.
        key: Of what it would be made from now.
        read: Turns the parsed JSON into the document.
        what: What it is, for messages: `mix`.
        made: How it came there, for messages: `mixed`.

    Raises:
        BadInput: Something else lies there, or it is not whole.
        RunFault: The document is damaged.
    """
    out = path.parent
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    found = shards.read_json(path) if path.is_file() else {}
    if not isinstance(found, dict) or found.get("made_from") != key:
        raise BadInput(f"out: {out} is there already and is not this {what}; choose another folder")
    about = read(found)
    for one in about.files:
        file = out / one.path
        if not file.is_file() or shards.sha256_of(file) != one.sha256:
            raise BadInput(f"out: {file} is not as it was {made}; remove {out} or choose another")
    return about
