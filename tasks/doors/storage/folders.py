"""Look at a folder before it is used: can it be written, and does all of it lie within itself?

Asks the operating system, or the object store; changes nothing.
"""

import os
import secrets
import tempfile
from pathlib import Path

from schemas.errors import BadInput
from tasks.doors.storage.places import is_object


def require_writable(folder: Path) -> None:
    """Make sure that a folder, or the one in which it will be made, can be written.

    Raises:
        BadInput: It cannot; the message says why.
    """
    try:
        _try_to_write(folder)
    except OSError as e:
        raise BadInput(
            f"out: {folder} cannot be written ({e.strerror}); mend that or choose another folder"
        ) from None


def _try_to_write(folder: Path) -> None:
    if is_object(folder):
        probe = folder / f".draft-{secrets.token_hex(4)}"
        probe.write_bytes(b"")
        probe.unlink()
        return
    there = next(path for path in (folder, *folder.absolute().parents) if _is_there(path))
    # A file without a name: nothing is left of it.
    with tempfile.TemporaryFile(dir=there):
        pass


def require_no_links(folder: Path) -> None:
    """Make sure that no file or folder within a run's folder is a link to somewhere else.

    What is cleaned up, replaced or continued there must not be somebody's other files. The folder
    itself may be a link: that is where its user wants it.

    Raises:
        BadInput: One is; the message names it.
    """
    if is_object(folder):
        # Stores know no links.
        return
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink():
                raise BadInput(
                    f"out: {path} is a link to {path.readlink()}; a run keeps its files in its own "
                    "folder: put the real one there, or choose another folder"
                )


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True
