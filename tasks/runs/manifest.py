"""Read what a run has committed, and commit more: the manifest, or nothing where none can be read.

A manifest that is missing or damaged commits nothing; the tables are then published anew from the
shards and ledgers, which hold it all.
"""

import logging
from pathlib import Path

from pydantic import ValidationError

from schemas.documents.manifest import Entry, Manifest
from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from tasks.doors.storage import shards
from tasks.doors.storage.places import is_object, mark_of, swap
from tasks.doors.storage.stores import Mark

log = logging.getLogger("evolflow.manifest")


def read_manifest(folder: RunFolder) -> Manifest:
    """Return the manifest; an empty one where there is none that can be read."""
    nothing = Manifest(files=[], made_from={})
    if not folder.manifest.exists():
        return nothing
    try:
        return Manifest.model_validate(shards.read_json(folder.manifest))
    except ValidationError:
        log.warning("%s: not as evolflow wrote it; the tables are published anew", folder.manifest)
    except RunFault as e:
        log.warning("%s; the tables are published anew", e)
    return nothing


def mark(folder: RunFolder) -> Mark | None:
    """Return which manifest lies there; None where there is none, and for local ones.

    Raises:
        OSError: The object store cannot be asked.
    """
    try:
        return mark_of(folder.manifest) if is_object(folder.manifest) else None
    except FileNotFoundError:
        return None


def commit(folder: RunFolder, manifest: Manifest, seen: Mark | None) -> None:
    """Write the manifest in the place of the one that was seen.

    On a disk the run's lock is enough. A lease on an object store can be lost unnoticed for a while,
    so there the write itself asks whether somebody else was there.

    Args:
        folder: The run's.
        manifest: What is committed from now on.
        seen: What `mark` returned before the old one was read.

    Raises:
        RunFault: Somebody else has committed since, or it cannot be written.
    """
    path = folder.manifest
    if not is_object(path):
        shards.write_json(manifest, path)
        return
    try:
        swap(path, shards.json_text(manifest).encode(), seen)
    except FileExistsError:
        raise RunFault(
            f"{path}: another process has committed to this run meanwhile; see that only one works on "
            "it, then run the same command again"
        ) from None


def entries(manifest: Manifest, epoch: int) -> list[Entry]:
    """Return a manifest's files of one epoch, all tables."""
    return [entry for entry in manifest.files if f"/epoch-{epoch}/" in entry.path]


def is_whole(folder: RunFolder, entry: Entry) -> bool:
    """Tell whether a file is there as the manifest has it."""
    path = folder.root / entry.path
    return path.exists() and shards.sha256_of(path) == entry.sha256


def entry_of(folder: RunFolder, path: Path) -> Entry:
    """Return what the manifest says of a table's file."""
    return Entry(
        path=path.relative_to(folder.root).as_posix(),
        rows=shards.count_rows(path),
        bytes=path.stat().st_size,
        sha256=shards.sha256_of(path),
    )
