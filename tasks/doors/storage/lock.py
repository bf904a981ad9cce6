"""Let one process at a time work on a run folder, by the operating system's own file lock.

The lock falls with the process that holds it, however that ends, so there are no stale ones to clear.
Object stores have no locks: there it is a lease (`tasks.doors.storage.lease`).
"""

import fcntl
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from schemas.errors import BadInput
from tasks.doors.storage import lease
from tasks.doors.storage.places import is_object

_POLL_S = 1.0

log = logging.getLogger("evolflow.lock")


def _ignore(_: object) -> None:
    """Nobody is told: a file lock cannot be lost."""


@contextmanager
def held(
    path: Path, *, is_patient: bool = False, on_lost: lease.OnLost = _ignore
) -> Iterator[None]:
    """Hold a lock file for the length of a block; in a run folder it is `work/lock`.

    Args:
        path: Of the file; parent folders are made.
        is_patient: Wait for another process that holds it instead of refusing.
        on_lost: Told where it is a lease and another process took it over.

    Raises:
        BadInput: Another process holds it, and the message says which; or it cannot be written.
    """
    try:
        holding = (
            lease.taken(path, is_patient=is_patient, on_lost=on_lost)
            if is_object(path)
            else _taken(path, is_patient=is_patient)
        )
    except OSError as e:
        raise BadInput(
            f"out: {path.parent.parent} cannot be written ({e.strerror or e}); free space or mend it, "
            "or choose another folder"
        ) from e
    with holding:
        yield


def _taken(path: Path, *, is_patient: bool) -> FileIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Unbuffered: closing must not try to write once more what a full disk refused.
    file = path.open("ab+", buffering=0)
    try:
        if is_patient:
            _wait(file, path)
        _take(file, path)
    except (OSError, BadInput):
        file.close()
        raise
    return file


def _wait(file: FileIO, path: Path) -> None:
    """Return when nobody holds it; says once that it waits."""
    is_told = False
    while is_held(path):
        if not is_told:
            log.info("%s is in use by %s; waiting for it", path.parent.parent, _holder(file))
            is_told = True
        time.sleep(_POLL_S)


def _holder(file: FileIO) -> str:
    file.seek(0)
    return (file.read() or b"").decode(errors="replace").strip() or "another process"


def _take(file: FileIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BadInput(
            f"out: {path.parent.parent} is in use by {_holder(file)}; wait for it or stop it"
        ) from None
    file.truncate(0)
    file.write(f"pid {os.getpid()} on {socket.gethostname()}\n".encode())


def is_held(path: Path) -> bool:
    """Tell whether a process holds a lock file now."""
    if is_object(path):
        return lease.is_held(path)
    if not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
