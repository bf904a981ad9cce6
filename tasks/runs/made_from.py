"""Say in one word what a file was made of: whoever would make it again can tell that it is done.

Turns the run's fixed settings, its prompts, a place in the run and the content of files into a key.
Knows nothing of what is made.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from tasks.doors.storage import shards
from tasks.doors.storage.places import is_object, mark_of


def made_from(folder: RunFolder, place: Sequence[str | int], files: Iterable[Path]) -> str:
    """Return the key of what is made at a place of the run from these files.

    Args:
        folder: Its run.json holds run id, fixed settings and the prompts' hash.
        place: Names what is made.
        files: What it is made from, in order.

    Raises:
        RunFault: A file is missing.
    """
    record = shards.read_json(folder.run_json)
    content = [_sha256(path) for path in files]
    parts = [record["run_id"], record["fixed"], record["pack"]["sha256"], content, *place]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _sha256(path: Path) -> str:
    """Return the hash of a file's bytes; each file is read once a process, however often asked for."""
    if is_object(path):
        return _sha256_of_objects(path)
    try:
        seen = path.stat()
    except FileNotFoundError:
        raise _missing(path) from None
    return _sha256_of(path, seen.st_ino, seen.st_mtime_ns)


def _sha256_of_objects(path: Path) -> str:
    """Return the hash of an object's bytes, or for a ledger that of its segments' hashes."""
    if not path.suffix:
        segments = [_sha256_of_objects(one) for one in sorted(path.iterdir())]
        return hashlib.sha256("".join(segments).encode()).hexdigest()
    try:
        return _sha256_of(path, *mark_of(path))
    except FileNotFoundError:
        raise _missing(path) from None


def _missing(path: Path) -> RunFault:
    return RunFault(f"{path}: missing; run the same command again to make it anew")


@lru_cache(maxsize=4096)
def _sha256_of(path: Path, _inode: int | str | None, _changed_ns: int | str | None) -> str:
    return shards.sha256_of(path)
