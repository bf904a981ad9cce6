"""Open a text file that somebody sent: plain or gzip, UTF-8 or UTF-16, never a pipe, line by line.

Turns a path into text that is read as it is needed, and what stops that into one line. Knows no format
of records.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TextIO, cast

from schemas.errors import BadInput

MOST_CHARS = 64 * 1024 * 1024
"""Longest line, cell or JSON value that is read; characters. More would cost gigabytes of memory."""
TOO_LONG = f"longer than {MOST_CHARS // 1024 // 1024} MiB"
BOM = "\ufeff"
_GZIP = b"\x1f\x8b"
_MARKS = {
    b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16",
}  # fmt: skip
_CHUNK_BYTES = 1 << 20
_NO_FILES = {"proc", "sys"}
"""What lies there has no end, or none that its size tells."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of a file that is no record."""

    problem: str
    line: str
    """The line itself, or what can be shown of it."""


def require_file(path: Path, setting: str, wanted: str) -> None:
    """Make sure that a path names a file of its own: no folder, pipe, socket or device.

    Args:
        path: The file.
        setting: Which setting named it, for messages.
        wanted: What is to be given instead.

    Raises:
        BadInput: It does not; a relative path is told with the folder that was looked in.
    """
    if path.is_file() and path.resolve().parts[1:2] not in [(part,) for part in _NO_FILES]:
        return
    where = "" if path.is_absolute() or path.exists() else f" (looked in {Path.cwd()})"
    raise BadInput(f"{setting}: {path} is not a file{where}; {wanted}")


@contextmanager
def opened_text(path: Path, setting: str, newline: str | None = None) -> Iterator[TextIO]:
    """Open a file as text for the length of a block, whatever it is packed and encoded in.

    Args:
        path: The file.
        setting: Which setting named it, for messages.
        newline: As for `open`.

    Raises:
        BadInput: It cannot be read, also later within the block; the message names the place.
    """
    try:
        with _unpacked(path) as raw:
            encoding = _encoding(raw)
            # Closing it closes what it wraps.
            with TextIOWrapper(raw, encoding=encoding, newline=newline) as file:
                yield file
    except UnicodeDecodeError as e:
        name = "UTF-8" if e.encoding.startswith("utf-8") else e.encoding.upper()
        place = f"byte {_bad_byte(path)}"
        raise BadInput(f"{setting}: {path} is not {name} at {place}; save it as UTF-8") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as e:
        raise BadInput(f"{setting}: {path} is no whole gzip file ({e}); pack it anew") from None
    except OSError as e:
        raise BadInput(f"{setting}: {path} cannot be read ({e.strerror or e}); mend that") from None


def lines_of(file: TextIO) -> Iterator[str]:
    """Yield lines with their ends; one that is too long is cut short, so that it can be told of."""
    while line := file.readline(MOST_CHARS + 1):
        yield line
        while len(line) > MOST_CHARS and not line.endswith("\n"):
            line = file.readline(MOST_CHARS + 1)


def _unpacked(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_packed = file.read(len(_GZIP)) == _GZIP
    return cast("IO[bytes]", gzip.open(path, "rb")) if is_packed else path.open("rb")


def _encoding(raw: IO[bytes]) -> str:
    head = raw.read(4)
    raw.seek(0)
    # The longer mark first: that of UTF-32 begins as that of UTF-16 does.
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8-sig")


def _bad_byte(path: Path) -> int:
    # A reader's own count begins anew with every chunk that it reads.
    with _unpacked(path) as raw:
        encoding = _encoding(raw)
        content = raw.read()
    try:
        content.decode(encoding)
    except UnicodeDecodeError as e:
        return e.start
    return 0
