"""Keep what was paid for: an append-only file of records, one line each, each with its checksum.

A line is `<crc32 in hex> <JSON>`. A torn last line (the process died while writing) is cut off when
the file is opened for writing; a line whose checksum fails is left out, named and counted. Knows
nothing of models, rows or prices.
"""

import json
import logging
import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

log = logging.getLogger("evolflow.ledger")


class Ledger:
    """One file of records, written by one process; safe to append to from any thread."""

    def __init__(self, path: Path) -> None:
        """Open for appending; parent folders are made, a torn tail is cut."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._dirty = False
        _cut_torn_tail(path)
        self._file = path.open("ab", buffering=0)

    def append(self, record: dict[str, Any]) -> None:
        """Write one record, whole, to the operating system: it survives this process.

        Raises:
            OSError: There is no room; the file is as it was before.
        """
        line = memoryview(encode(record))
        with self._lock:
            end = self._file.seek(0, os.SEEK_END)
            try:
                while line:
                    line = line[self._file.write(line) :]
            except OSError:
                # Half a record would spoil the next one, which may find room again.
                self._file.truncate(end)
                raise
            self._dirty = True

    def sync(self) -> None:
        """Force what was appended to the disk: it survives a power cut."""
        with self._lock:
            was_dirty, self._dirty = self._dirty, False
        # Outside the lock: a slow disk must not hold up the answers that go on arriving.
        if was_dirty:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        self._file.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the good records of a ledger, oldest first; none where there is no file."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            record = decode(line)
            if record is not None:
                yield record
            elif line.endswith(b"\n"):
                log.warning("%s:%d: damaged record left out; its answer is unknown", path, number)


def encode(record: dict[str, Any]) -> bytes:
    """Return a record as a line with its checksum."""
    # Escaped to ASCII, so that a lone surrogate in a provider's answer cannot break the file.
    body = json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def decode(line: bytes) -> dict[str, Any] | None:
    """Return a line's record, or None if it is torn or damaged."""
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(body):
        return None
    record: dict[str, Any] = json.loads(body)
    return record


def _cut_torn_tail(path: Path) -> None:
    if not path.exists():
        return
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65_536)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                file.truncate(start + newline + 1)
                return
            end = start
        file.truncate(0)
