"""Keep what was paid for where nothing can be appended to: a ledger as a folder of small objects.

Turns records into lines, and the lines of about a second into one object, which is put whole and
never changed; all segments in the order of their names are the ledger. A thread of its own puts them,
so that whoever appends never waits for the network: what is appended is safe when it was flushed.
Knows nothing of models, rows or prices.
"""

import errno
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from schemas.calls.ledger_line import encode
from schemas.errors import RunFault

FLUSH_S = 1.0
"""Longest that a record waits, while the store answers."""
MOST_WAITING = 64
"""Records that are not made to wait that long."""
PATIENCE_S = 10.0
"""From so long a wait on, nobody should buy what may be lost."""
_ENDING = ".jsonl"
_AT_ONCE = 8


class Segments:
    """One ledger on an object store, appended to by one process; safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        """Open for appending, after all that lies there.

        Raises:
            RunFault: The store cannot be asked.
        """
        self.path = path
        try:
            numbers = [int(part.name.partition("-")[0]) for part in parts(path)]
        except OSError as e:
            raise _cannot_write(path, e) from e
        self._number = 1 + max(numbers, default=0)
        # A writer that was thought dead puts objects of other names: nobody's are overwritten.
        self._writer = secrets.token_hex(4)
        self._waiting: list[bytes] = []
        self._since = 0.0
        self._oldest: float | None = None
        self._fault: OSError | None = None
        self._is_closing = False
        self._changed = threading.Condition()
        self._putting = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="segments", daemon=True)
        self._thread.start()

    def append(self, record: Mapping[str, object]) -> None:
        """Take one record; it is safe once it was flushed, about a second later."""
        line = encode(record)
        with self._changed:
            if not self._waiting:
                self._since = time.monotonic()
            if self._oldest is None:
                self._oldest = time.monotonic()
            self._waiting.append(line)
            if len(self._waiting) in (1, MOST_WAITING):
                self._changed.notify()

    def sync(self) -> None:
        """Say whether what was appended gets through.

        Raises:
            OSError: The store refused it, or does not answer; it is kept in memory and tried again.
        """
        with self._changed:
            if self._fault is not None:
                raise OSError(self._fault.errno, self._fault.strerror, str(self.path))
            if self._oldest is not None and time.monotonic() - self._oldest > PATIENCE_S:
                why = f"the object store has not answered for {PATIENCE_S:.0f} s"
                raise OSError(errno.ETIMEDOUT, why, str(self.path))

    def flush(self) -> None:
        """Put what waits as one segment; a refused one waits on, before what came meanwhile."""
        with self._putting:
            with self._changed:
                batch, self._waiting = self._waiting, []
            if not batch:
                return
            fault = self._put(batch)
            with self._changed:
                self._fault = fault
                if fault is None:
                    self._oldest = self._since if self._waiting else None
                else:
                    self._waiting[:0] = batch
                    self._since = time.monotonic()

    def _put(self, batch: list[bytes]) -> OSError | None:
        # Refused after all, or its answer was lost: the next try takes the same name.
        name = f"{self._number:06d}-{self._writer}{_ENDING}"
        try:
            (self.path / name).write_bytes(b"".join(batch))
        except OSError as e:
            return e
        self._number += 1
        return None

    def close(self) -> None:
        """Flush all that was appended; nothing may depend on it before.

        Raises:
            RunFault: The store refused it once more.
        """
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()
        self.flush()
        if self._fault is not None:
            raise _cannot_write(self.path, self._fault) from self._fault

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _work(self) -> None:
        while self._wait():
            self.flush()

    def _wait(self) -> bool:
        """Return when it is time to flush; False when it is time to end."""
        with self._changed:
            while not self._is_closing:
                left_s = self._since + FLUSH_S - time.monotonic()
                # A store that refuses is not asked without a pause.
                is_full = len(self._waiting) >= MOST_WAITING and self._fault is None
                if self._waiting and (is_full or left_s <= 0):
                    return True
                self._changed.wait(left_s if self._waiting else None)
        return False


def parts(path: Path) -> list[Path]:
    """Return a ledger's segments, oldest first; none where there is no ledger.

    Raises:
        OSError: The store cannot be asked.
    """
    return sorted(path.glob(f"*{_ENDING}"), key=lambda part: part.name)


def contents(path: Path) -> Iterator[bytes]:
    """Yield the content of a ledger's segments, oldest first.

    Raises:
        OSError: The store cannot be asked.
    """
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="segments") as pool:
        yield from pool.map(lambda part: part.read_bytes(), parts(path))


def _cannot_write(path: Path, e: OSError) -> RunFault:
    return RunFault(
        f"{path}: cannot be written ({e.strerror or e}); see to the object store, then run the same "
        "command again"
    )
