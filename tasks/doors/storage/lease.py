"""Hold a run folder on an object store: an object that says who, written on condition that none is.

Its holder writes it anew every ten seconds; one that was not is free after a minute, and at once
where its holder was a process of this machine that is no more. Stores' clocks and ours must agree
within some seconds. Knows nothing of what is done under it.
"""

import json
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from schemas.errors import BadInput, Interrupted
from tasks.doors.storage import places

RENEW_S = 10.0
"""Between two signs of life."""
STALE_S = 60.0
"""Without one for so long, the holder is taken for dead."""
_POLL_S = 2.0

OnLost = Callable[[Interrupted], Any]

log = logging.getLogger("evolflow.lease")


def taken(path: Path, *, is_patient: bool, on_lost: OnLost) -> "Lease":
    """Take a lease; it is held until it is closed.

    Args:
        path: Of the lease object.
        is_patient: Wait for another process that holds it instead of refusing.
        on_lost: Told where another process took it over, or where it could not be renewed.

    Raises:
        BadInput: Another process holds it, and the message says which.
        OSError: The store cannot be asked.
    """
    if is_patient:
        _wait(path)
    return Lease(path, on_lost)


def is_held(path: Path) -> bool:
    """Tell whether a process holds a lease now, as far as its signs of life tell."""
    seen = places.fetch(path)
    return seen is not None and not _is_stale(_read(seen.content), seen.age_s)


def holder_of(path: Path) -> str:
    """Return who has a lease or had it last; empty where nobody did."""
    seen = places.fetch(path)
    return "" if seen is None else str(_read(seen.content).get("owner", ""))


class Lease:
    """A lease that is ours, as long as its thread gets through to the store."""

    def __init__(self, path: Path, on_lost: OnLost) -> None:
        """Take it, and go on renewing it."""
        self._path = path
        self._on_lost = on_lost
        self._me = secrets.token_hex(8)
        self._over = threading.Event()
        seen = places.fetch(path)
        if seen is not None and not _is_stale(holder := _read(seen.content), seen.age_s):
            raise _in_use(path, holder)
        try:
            self._mark = places.swap(path, self._content(), seen and seen.mark)
        except FileExistsError:
            raise _in_use(path, {}) from None
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let others have it."""
        self._over.set()
        self._thread.join()
        # Where the store cannot be asked, it is free when it is stale.
        with suppress(OSError):
            if self._is_mine():
                self._path.unlink()

    def _renew(self) -> None:
        renewed_at = time.monotonic()
        while not self._over.wait(RENEW_S):
            try:
                if not self._renew_once():
                    self._tell("another process took it over")
                    return
                renewed_at = time.monotonic()
            except OSError as e:
                log.warning("%s: not renewed: %s", self._path, e.strerror)
                if time.monotonic() - renewed_at > STALE_S:
                    self._tell(f"the object store does not answer: {e.strerror}")
                    return

    def _renew_once(self) -> bool:
        try:
            self._mark = places.swap(self._path, self._content(), self._mark)
        except FileExistsError:
            # A put whose answer was lost on the way meets itself when it is sent again.
            return self._is_mine()
        return True

    def _is_mine(self) -> bool:
        seen = places.fetch(self._path)
        if seen is None or _read(seen.content).get("owner") != self._me:
            return False
        self._mark = seen.mark
        return True

    def _tell(self, why: str) -> None:
        folder = self._path.parent.parent
        self._on_lost(
            Interrupted(f"{folder}: the lease is lost: {why}; run the same command again")
        )

    def _content(self) -> bytes:
        said = {
            "owner": self._me,
            "by": f"pid {os.getpid()} on {socket.gethostname()}",
            "pid": os.getpid(),
            "machine": _machine(),
            "renewed_at": time.time(),
        }
        return json.dumps(said).encode()


def _wait(path: Path) -> None:
    """Return when nobody holds it; says once that it waits."""
    is_told = False
    while is_held(path):
        if not is_told:
            log.info("%s is in use by another process; waiting for it", path.parent.parent)
            is_told = True
        time.sleep(_POLL_S)


def _is_stale(holder: Mapping[str, object], age_s: float) -> bool:
    return age_s > STALE_S or _is_dead(holder)


def _is_dead(holder: Mapping[str, object]) -> bool:
    """Tell whether the holder was a process of this machine and is gone; False where nobody knows."""
    pid = holder.get("pid")
    if not isinstance(pid, int) or not _machine() or holder.get("machine") != _machine():
        return False
    try:
        state = Path("/proc", str(pid), "stat").read_bytes().rpartition(b") ")[2][:1]
    except OSError:
        return True
    # Dead, though whoever started it has not asked how it ended.
    return state in b"ZX"


def _machine() -> str:
    """Name this start of this machine, and the room in it in which process numbers count."""
    try:
        booted = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{booted} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _read(content: bytes) -> dict[str, object]:
    try:
        holder = json.loads(content)
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _in_use(path: Path, holder: Mapping[str, object]) -> BadInput:
    return BadInput(
        f"out: {path.parent.parent} is in use by {holder.get('by', 'another process')}; wait for it "
        f"or stop it (one that was killed on another machine is given up after {STALE_S:.0f} s)"
    )
