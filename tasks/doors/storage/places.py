"""Turn an address into something that has the ways of a path: a local one, or one on an object store.

Local paths are Python's own. Object stores are reached through `tasks.doors.storage.objects`, which is
imported when the first such address is named: who works on a disk does not pay for it. Knows nothing
of what lies anywhere.
"""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from schemas.errors import BadInput
from tasks.doors.storage.stores import SCHEMES, Fetched, Mark

if TYPE_CHECKING:
    from tasks.doors.storage.objects import ObjectPath

_SEP = "://"


def place(address: str | Path) -> Path:
    """Return the path that an address names.

    Args:
        address: A local path, or one like s3://bucket/prefix.

    Raises:
        BadInput: No such object store is known, the address is not whole, or a package is missing.
    """
    text = str(address)
    scheme, found, rest = text.partition(_SEP)
    # One slash is what is left of two where somebody took it for a local path.
    if not found or "/" in scheme:
        return Path(address)
    if scheme not in SCHEMES:
        raise BadInput(
            f"out: {text}: {scheme}{_SEP} is no known store; take {_known()} or a folder"
        )
    if any(part in ("", ".", "..") for part in rest.rstrip("/").split("/")):
        raise BadInput(f"out: {text} is not whole; write it like {scheme}{_SEP}bucket/prefix")
    try:
        from tasks.doors.storage.objects import ObjectPath
    except ModuleNotFoundError:
        raise BadInput(
            f"out: {text} needs the extra objects: pip install 'evolflow[objects]'"
        ) from None
    # Everybody else joins, lists and reads it as any other path; it has all of Path that we use.
    return cast(Path, ObjectPath(text.rstrip("/")))


def is_object(path: Path) -> bool:
    """Tell whether a path lies on an object store: no appending, no renaming, no locks there."""
    return not isinstance(path, Path)


def fetch(path: Path) -> Fetched | None:
    """Return an object with its version; None where there is none.

    Raises:
        OSError: The store cannot be asked.
    """
    return _object(path).fetch()


def mark_of(path: Path) -> Mark:
    """Return which version of an object lies there.

    Raises:
        OSError: None does, or the store cannot be asked.
    """
    return _object(path).mark()


def swap(path: Path, content: bytes, seen: Mark | None) -> Mark:
    """Write an object if it is still the one that was seen; returns its new version.

    Args:
        path: On an object store.
        content: All of it.
        seen: The version that it replaces; None where there must be none.

    Raises:
        FileExistsError: Somebody else has written it since.
        OSError: It cannot be written.
    """
    return _object(path).swap(content, seen)


def _object(path: Path) -> "ObjectPath":
    return cast("ObjectPath", path)


def _known() -> str:
    return ", ".join(f"{scheme}{_SEP}" for scheme in SCHEMES)
