"""Let one process at a time work on a run folder, by the operating system's own file lock.

The lock falls with the process that holds it, however that ends, so there are no stale ones to clear.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import BadInput


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock file for the length of a block.

    Raises:
        BadInput: Another process holds it; the message says which.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BadInput(
                f"out: {path.parent.parent} is in use by {file.read().strip() or 'another process'}; "
                "wait for it or stop it"
            ) from None
        file.truncate(0)
        file.write(f"pid {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield


def is_held(path: Path) -> bool:
    """Tell whether a process holds a lock file now."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
