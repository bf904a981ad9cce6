"""Let one process at a time work on a run folder, by the operating system's own file lock.

The lock falls with the process that holds it, however that ends, so there are no stale ones to clear.
Processes that buy for the holder have a share of it: whoever takes the folder next waits for them.
Object stores have no locks: there it is a lease (`tasks.doors.storage.lease`).
"""

import fcntl
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from schemas.errors import BadInput
from tasks.doors.storage import lease
from tasks.doors.storage.places import is_object

_POLL_S = 1.0
_PROBED_S = 0.05
_PROBES = 5
"""Somebody who only looks whether a lock is held has it for an instant."""
_SHARES = "shares"
_LONGEST_SHARE_S = 90.0
"""Longer than calls in flight may take, by default, once their run is gone."""

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
        _await_shares(path)
        yield


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Have a share of a lock that another process holds: nobody new begins until it is given back.

    On an object store there are none: there the lease must run out.

    Args:
        path: Of the lock file; its folder is there.
    """
    if is_object(path):
        yield
        return
    with path.with_name(_SHARES).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def _await_shares(path: Path) -> None:
    """Return when nobody who bought for an earlier holder is left.

    Raises:
        BadInput: Somebody is, after a long time.
    """
    shares = path.with_name(_SHARES)
    if is_object(path) or not shares.exists():
        return
    deadline = time.monotonic() + _LONGEST_SHARE_S
    is_told = False
    while is_held(shares):
        if time.monotonic() > deadline:
            raise BadInput(
                f"out: {path.parent.parent} is in use by processes of an earlier start, which still "
                "wait for answers; wait for them or stop them"
            )
        if not is_told:
            log.info("%s: waiting for the processes of an earlier start", path.parent.parent)
            is_told = True
        time.sleep(_PROBED_S)


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
    for _ in range(_PROBES):
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        time.sleep(_PROBED_S)
    else:
        raise BadInput(
            f"out: {path.parent.parent} is in use by {_holder(file)}; wait for it or stop it"
        )
    file.truncate(0)
    file.write(f"pid {os.getpid()}{_here()}\n".encode())


def _here() -> str:
    return f" on {socket.gethostname()}"


def holder_of(path: Path) -> str:
    """Return who took a lock last, as it is written there; empty where nobody did."""
    if is_object(path):
        return lease.holder_of(path)
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


def is_still(path: Path, holder: str) -> bool:
    """Tell whether the process that took a lock once holds it still, as far as can be told from here.

    Args:
        path: Of the lock file.
        holder: What `holder_of` returned when it had been taken.
    """
    if holder_of(path) != holder:
        return False
    # Locks of another machine cannot be seen on every file system that machines share.
    return not (is_object(path) or holder.endswith(_here())) or is_held(path)


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
