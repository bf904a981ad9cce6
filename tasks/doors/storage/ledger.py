"""Keep what was paid for: an append-only file of records, one line each, each with its checksums.

One changed byte anywhere costs nothing: readers mend the record in memory, and whoever holds the run
writes the file anew. What is beyond mending is left out, named and counted; a torn last line (the
process died while writing) is left out in silence. On an object store a ledger is a folder of
segments instead (`segments.py`), read and mended in the same way. Knows nothing of models, rows or
prices.
"""

import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, Self

from schemas.calls.ledger_line import Line, State, encode, is_good, mended
from schemas.errors import RunFault
from tasks.doors.storage import segments
from tasks.doors.storage.places import is_object
from tasks.doors.storage.segments import Segments

log = logging.getLogger("evolflow.ledger")

_LOOK_S = 0.2


class Ledger:
    """One file of records, written by one process; safe to append to from any thread."""

    def __init__(self, path: Path) -> None:
        """Open for appending; parent folders are made, and what is damaged is mended first.

        Raises:
            RunFault: The file cannot be written.
        """
        self.path = path
        self._lock = threading.Lock()
        self._dirty = False
        self._look_again_at = 0.0
        mend(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
        except OSError as e:
            raise _cannot_write(path, e) from e

    def append(self, record: Mapping[str, object]) -> None:
        """Write one record, whole, to the operating system: it survives this process.

        Raises:
            OSError: There is no room, and the file is as it was before; or it was removed.
        """
        line = memoryview(encode(record))
        with self._lock:
            self._require_there()
            end = self._file.seek(0, os.SEEK_END)
            try:
                while line:
                    line = line[self._file.write(line) :]
            except OSError as e:
                # Half a record would spoil the next one, which may find room again.
                self._file.truncate(end)
                raise OSError(e.errno, e.strerror, str(self.path)) from e
            self._dirty = True

    def _require_there(self) -> None:
        """A removed file would swallow every answer without a word; looked at some times a second.

        Raises:
            FileNotFoundError: It was removed.
        """
        now = time.monotonic()
        if now < self._look_again_at:
            return
        self._look_again_at = now + _LOOK_S
        if os.fstat(self._file.fileno()).st_nlink == 0:
            raise FileNotFoundError(f"{self.path} was removed while the run went on")

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


AnyLedger = Ledger | Segments


def opened(path: Path) -> AnyLedger:
    """Open a ledger for appending, in the form that its place asks for.

    Raises:
        RunFault: It cannot be written.
    """
    return Segments(path) if is_object(path) else Ledger(path)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a ledger, oldest first; none where there is no file. Writes nothing."""
    for line in lines(path):
        _say(path, line)
        if line.is_usable:
            yield line.record


def lines(path: Path) -> Iterator[Line]:
    """Yield every line of a ledger with its state; none where there is no file.

    Raises:
        RunFault: A pipe, a device or a folder lies in its place.
    """
    if is_object(path):
        before = 0
        for content in segments.contents(path):
            for line in _lines(BytesIO(content)):
                yield line._replace(number=before + line.number)
            before += content.count(b"\n")
    elif path.exists():
        if not path.is_file():
            # A pipe would wait for a writer.
            raise RunFault(f"{path}: no plain file; move it out of the folder")
        with path.open("rb") as file:
            yield from _lines(file)


def _lines(file: Iterable[bytes]) -> Iterator[Line]:
    damaged: list[tuple[int, bytes]] = []
    for number, raw in enumerate(file, start=1):
        content = raw.removesuffix(b"\n")
        if not is_good(content):
            damaged.append((number, raw))
            continue
        yield from mended(damaged)
        damaged = []
        # A whole record without its newline, too: the process died, or that one byte changed.
        yield Line(number, content, State.GOOD if raw != content else State.MENDED)
    yield from mended(damaged)


def mend(path: Path) -> None:
    """Write a ledger anew if it is damaged: mended lines in their places, a torn tail cut off.

    Lines beyond mending go into a file beside it, for whoever knows more. Only the process that
    holds the run may do this.

    Raises:
        RunFault: The file cannot be written; it is as it was before.
    """
    if all(line.state is State.GOOD for line in lines(path)):
        return
    try:
        if is_object(path):
            for segment in segments.parts(path):
                _mend_segment(segment)
        else:
            _mend_file(path)
    except OSError as e:
        raise _cannot_write(path, e) from e


def _mend_segment(path: Path) -> None:
    found = list(_lines(BytesIO(path.read_bytes())))
    if all(line.state is State.GOOD for line in found):
        return
    usable, lost = _sorted(path, found)
    if lost:
        path.with_suffix(".damaged").write_bytes(b"".join(line + b"\n" for line in lost))
    path.write_bytes(b"".join(line + b"\n" for line in usable))


def _mend_file(path: Path) -> None:
    draft = path.with_name(f".draft-{os.getpid()}-{path.name}")
    try:
        usable, lost = _sorted(path, lines(path))
        if lost:
            _write(path.with_suffix(".damaged"), "ab", lost)
        _write(draft, "wb", usable)
        draft.replace(path)
        _force_name(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _sorted(path: Path, found: Iterable[Line]) -> tuple[list[bytes], list[bytes]]:
    """Return what can be used and what is beyond mending, and say what was damaged."""
    usable, lost = [], []
    for line in found:
        _say(path, line)
        if line.is_usable:
            usable.append(line.content)
        elif line.state is State.LOST:
            lost.append(line.content)
    return usable, lost


def _say(path: Path, line: Line) -> None:
    if line.state is State.MENDED:
        log.warning("%s:%d: damaged record mended: one byte had changed", path, line.number)
    elif line.state is State.LOST:
        log.warning("%s:%d: damaged record left out; its answer is unknown", path, line.number)


def _cannot_write(path: Path, e: OSError) -> RunFault:
    return RunFault(
        f"{path}: cannot be written ({e.strerror or e}); free space or mend the folder, then run the "
        "same command again"
    )


def _write(path: Path, mode: Literal["ab", "wb"], contents: Iterable[bytes]) -> None:
    with path.open(mode) as file:
        file.writelines(content + b"\n" for content in contents)
        file.flush()
        os.fsync(file.fileno())


def _force_name(path: Path) -> None:
    """The new name itself must reach the disk, else a power cut may bring the old file back."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
