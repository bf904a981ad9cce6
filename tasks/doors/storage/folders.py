"""Look at a folder before it is used: can it be written, and does all of it lie within itself?

Asks the operating system, or the object store; changes nothing.
"""

import os
import secrets
import tempfile
from pathlib import Path

from schemas.errors import BadInput
from tasks.doors.own_files import Unfit, json_of, parsed
from tasks.doors.storage.places import is_object

_RECORDS = ("run.json", "mix.json", "export.json")
_MARKS = frozenset({"run_id", "made_from"})
"""One of these stands in every record of ours; other programs write a run.json, too."""


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


def real(path: Path) -> Path:
    """Return where a local path leads; one whose links lead in a circle stays what it is."""
    # `resolve` ends with a traceback there.
    return Path(os.path.realpath(path))


def require_outside(folder: Path) -> None:
    """Make sure that a folder does not lie in that of a run, a mix or an export of ours.

    Whatever looks at those takes all that lies in them for theirs.

    Raises:
        BadInput: It does; the message names the outer one.
    """
    whole = folder if is_object(folder) else real(folder)
    for outer in whole.parents:
        if any(_is_ours(outer / name) for name in _RECORDS):
            raise BadInput(
                f"out: {folder} lies in {outer}, which keeps to itself; choose another folder"
            )


def _is_ours(record: Path) -> bool:
    """Tell whether a file is the record of a folder of ours; a damaged one may well be."""
    try:
        said = json_of(record.read_bytes()) if is_object(record) else parsed(record)
    except OSError:
        return False
    except Unfit:
        return True
    return isinstance(said, dict) and not _MARKS.isdisjoint(said)


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
