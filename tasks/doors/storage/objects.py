"""A path on an object store, with the ways of a path that a run folder needs.

Turns reading, listing and writing into the store's requests: an object is put whole or not at all,
and can be put on condition that nobody else did. Names are joined by universal-pathlib, requests are
made by obstore, which takes keys and endpoints from the environment. What goes wrong is an OSError.
"""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, cast

from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import ObjectStore, from_url
from upath.implementations.cloud import CloudPath
from upath.registry import register_implementation

from tasks.doors.storage.stores import SCHEMES, Fetched, Mark

if TYPE_CHECKING:
    from obstore import UpdateVersion

_PATIENCE = timedelta(seconds=30)
_LONGEST_CAUSE = 200
_NO_FOLDERS = (".json", ".parquet")


@lru_cache(maxsize=16)
def _store(bucket_url: str) -> ObjectStore:
    return from_url(bucket_url, retry_config={"max_retries": 30, "retry_timeout": _PATIENCE})


class ObjectPath(CloudPath):
    """An object, or a folder of objects: a prefix of their names."""

    __slots__ = ()

    def fetch(self) -> Fetched | None:
        """Return the object with its version; None where there is none."""
        try:
            with self._asking() as store:
                got = store.get(self._key)
                content = bytes(got.bytes())
        except FileNotFoundError:
            return None
        age_s = time.time() - got.meta["last_modified"].timestamp()
        return Fetched(content, Mark(got.meta["e_tag"], got.meta["version"]), age_s)

    def mark(self) -> Mark:
        """Return which version of the object lies there."""
        with self._asking() as store:
            seen = store.head(self._key)
        return Mark(seen["e_tag"], seen["version"])

    def swap(self, content: bytes, seen: Mark | None) -> Mark:
        """Write it if it is still the version that was seen; returns the new version."""
        try:
            with self._asking() as store:
                put = store.put(self._key, content, mode="create" if seen is None else _known(seen))
                return Mark(put["e_tag"], put["version"])
        except (AlreadyExistsError, PreconditionError):
            raise FileExistsError(errno.EEXIST, "somebody else has written it", str(self)) from None

    def read_bytes(self) -> bytes:
        """Return the object's content."""
        with self._asking() as store:
            return bytes(store.get(self._key).bytes())

    def read_text(
        self, encoding: str | None = None, errors: str | None = None, newline: str | None = None
    ) -> str:
        """Return the object's content as text."""
        del newline
        return self.read_bytes().decode(encoding or "utf-8", errors or "strict")

    def write_bytes(self, data: Any) -> int:
        """Put the object, whole or not at all."""
        with self._asking() as store:
            store.put(self._key, data)
        return len(data)

    def write_text(
        self,
        data: str,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> int:
        """Put a text, whole or not at all."""
        del newline
        return self.write_bytes(data.encode(encoding or "utf-8", errors or "strict"))

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Return the object's size and time; the rest says nothing."""
        del follow_symlinks
        with self._asking() as store:
            seen = store.head(self._key)
        changed = int(seen["last_modified"].timestamp())
        return os.stat_result((0o100644, 0, 0, 1, 0, 0, seen["size"], changed, changed, changed))

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        """Tell whether an object or a folder of objects lies there."""
        del follow_symlinks
        # To look for a folder of that name would be another request.
        return self.is_file() or (self.suffix not in _NO_FOLDERS and self.is_dir())

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Tell whether an object lies there."""
        try:
            self.stat(follow_symlinks=follow_symlinks)
        except FileNotFoundError:
            return False
        return True

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Tell whether objects lie under it."""
        del follow_symlinks
        return next(self.iterdir(), None) is not None

    def iterdir(self) -> Iterator[Self]:
        """Yield what lies directly under it, objects and folders."""
        with self._asking() as store:
            found = store.list_with_delimiter(self._key or None)
        keys = [*(str(one["path"]) for one in found["objects"]), *found["common_prefixes"]]
        yield from (self / str(key).rpartition("/")[2] for key in sorted(keys))

    def glob(self, pattern: str, **_: Any) -> Iterator[Self]:
        """Yield what lies directly under it by a pattern of names."""
        return (path for path in self.iterdir() if fnmatchcase(path.name, pattern))

    def rglob(self, pattern: str, **_: Any) -> Iterator[Self]:
        """Yield all objects under it, at any depth, by a pattern of names."""
        start = f"{self._key}/" if self._key else ""
        with self._asking() as store:
            keys = [str(one["path"]) for some in store.list(start or None) for one in some]
        names = (key.removeprefix(start) for key in sorted(keys))
        return (self / name for name in names if fnmatchcase(name.rpartition("/")[2], pattern))

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the object; the store does not say whether there was one."""
        del missing_ok
        with self._asking() as store:
            store.delete(self._key)

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Do nothing: folders come with the objects in them."""

    @property
    def _key(self) -> str:
        return self.path.partition("/")[2]

    @contextmanager
    def _asking(self) -> Iterator[ObjectStore]:
        """Hand out the store; its faults become OSErrors of one line, but for lost races."""
        try:
            yield _store(f"{self.protocol}://{self.path.partition('/')[0]}")
        except FileNotFoundError:
            raise FileNotFoundError(errno.ENOENT, "no such object or bucket", str(self)) from None
        except (AlreadyExistsError, PreconditionError):
            raise
        except BaseError as e:
            cause = str(e).partition("\n")[0][:_LONGEST_CAUSE]
            raise OSError(errno.EIO, cause, str(self)) from e


def _known(mark: Mark) -> "UpdateVersion":
    """Return a version as the condition of a put."""
    return cast("UpdateVersion", {name: one for name, one in mark._asdict().items() if one})


def _register() -> None:
    """Let joined and parent paths be of this kind, too."""
    for scheme in SCHEMES:
        register_implementation(scheme, ObjectPath, clobber=True)


_register()
