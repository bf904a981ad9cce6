"""Parquet files and small JSON documents: written whole or not at all, read back with checks.

A draft is written beside the target, forced to the disk and renamed, so a file that exists is
finished; on an object store one put does the same. Parquet is zstd-3 with page checksums, which
reading verifies; a file may carry a key that says what it was made of, so that whoever would make it
again can tell that it is done. Knows schemas, not rows.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.documents.document import Document
from schemas.errors import BadInput, RunFault
from tasks.doors.own_files import Unfit, json_fault, json_of, parsed
from tasks.doors.storage.columns import KEY, columns_of, is_sound, require_version
from tasks.doors.storage.places import is_object

log = logging.getLogger("evolflow.shards")

# Arrow's own pools keep what many threads once used: a sixth more memory after 12,000 rows.
pa.set_memory_pool(pa.system_memory_pool())

_ROW_GROUP_ROWS = 20_000


def write_table(table: pa.Table, path: Path, *, key: str | None = None) -> None:
    """Write a table to path, whole or not at all.

    Args:
        table: Of a declared schema.
        path: Parent folders are made.
        key: What the table was made of, as a digest; `holds` asks for it.

    Raises:
        RunFault: The file cannot be written; what was there is as it was.
    """
    if key is not None:
        table = table.replace_schema_metadata({**table.schema.metadata, KEY: key})
    if is_object(path):
        sink = pa.BufferOutputStream()
        _encode(table, sink)
        _put(path, sink.getvalue().to_pybytes())
        return
    with _finished(path) as draft:
        _encode(table, draft)


def write_if_changed(table: pa.Table, path: Path) -> None:
    """Write a table, unless its very rows lie there: what an older version wrote stays as it is.

    What was made of a file is known by its bytes, and would be made anew if they changed.

    Raises:
        RunFault: The file cannot be written.
    """
    # A damaged one is made anew.
    with suppress(RunFault):
        if path.exists() and read_table(path).equals(table):
            return
    write_table(table, path)


def _encode(table: pa.Table, sink: Any) -> None:
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=3,
        write_page_checksum=True,
        row_group_size=_ROW_GROUP_ROWS,
    )


def holds(path: Path, key: str) -> bool:
    """Tell whether a table that was made under this key lies there, sound; a damaged one is removed.

    Raises:
        OSError: What lies there is damaged and cannot be removed, or a store does not answer.
    """
    if not path.exists():
        return False
    try:
        return bool(read_table(path).schema.metadata.get(KEY) == key.encode())
    except RunFault as e:
        log.warning("%s; it is made anew", e)
        path.unlink()
        return False


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return a table that this project wrote, in this version's columns.

    Args:
        path: Of the file.
        columns: Names of those wanted; all where None. A column that is younger than the file is null.

    Raises:
        RunFault: The file is missing, damaged or of a schema version that cannot be read.
    """
    with _opened(path) as file:
        return columns_of(file, columns)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file of ours whose footer is sound; faults of the block are damage, too."""
    source = _source(path)
    try:
        # One file, not a dataset: nothing may be read into the names of its folders.
        with pq.ParquetFile(source, page_checksum_verification=True) as file:
            require_version(file, path)
            if not is_sound(file):
                raise _damaged(path, "its footer")
            yield file
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, UnicodeDecodeError, pa.ArrowException) as e:
        raise _damaged(path, e) from e


def _source(path: Path) -> Any:
    """Return what Arrow reads; where a store does not answer, nothing can be said of the file."""
    try:
        return pa.BufferReader(path.read_bytes()) if is_object(path) else path
    except FileNotFoundError:
        raise _missing(path) from None


def _missing(path: Path) -> RunFault:
    return RunFault(f"{path}: missing; run the same command again to make it anew")


def _damaged(path: Path, how: object) -> RunFault:
    first = str(how).partition("\n")[0]
    return RunFault(f"{path}: damaged ({first}); run the same command again to make it anew")


def count_rows(path: Path) -> int:
    """Return the number of rows, from the footer alone.

    Raises:
        RunFault: The file is missing, or its footer is damaged.
    """
    with _opened(path) as file:
        return int(file.metadata.num_rows)


def write_json(value: Any, path: Path) -> None:
    """Write a JSON document, whole or not at all; keys keep their order.

    Raises:
        RunFault: The file cannot be written; what was there is as it was.
    """
    write_text(json_text(value), path)


def json_text(value: Any) -> str:
    """Return a document of ours, or plain values, as it is written; keys keep their order."""
    plain = value.plain() if isinstance(value, Document) else value
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def write_text(text: str, path: Path) -> None:
    """Write a text file, whole or not at all.

    Raises:
        RunFault: The file cannot be written; what was there is as it was.
    """
    if is_object(path):
        _put(path, text.encode())
        return
    with _finished(path) as draft:
        draft.write_text(text, encoding="utf-8")


def read_json(path: Path) -> Any:
    """Return a JSON document.

    Raises:
        BadInput: The file is missing.
        RunFault: It is not JSON, no plain file, or larger than any that we write.
    """
    try:
        return json_of(path.read_bytes()) if is_object(path) else parsed(path)
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{path}: missing; is {path.parent} a run folder?") from None
    except Unfit as e:
        raise json_fault(path, e) from None


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes, in hex."""
    if is_object(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep_drafts(folder: Path) -> int:
    """Remove drafts that a killed process left; return how many. A put leaves none."""
    if is_object(folder):
        return 0
    drafts = list(folder.rglob(".draft-*"))
    for draft in drafts:
        draft.unlink(missing_ok=True)
    return len(drafts)


def remove_other_parts(folder: Path, keep: Iterable[Path]) -> None:
    """Remove parts of a table that are no longer part of it."""
    kept = set(keep)
    for path in folder.glob("part-*.parquet"):
        if path not in kept:
            path.unlink()


@contextmanager
def _finished(path: Path) -> Iterator[Path]:
    """Hand out a draft; it becomes the file when the block ends well, and is gone when it does not."""
    draft = path.with_name(f".draft-{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        _publish(draft, path)
    except OSError as e:
        raise _cannot_write(path, e) from e
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _put(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as e:
        raise _cannot_write(path, e) from e


def _cannot_write(path: Path, e: OSError) -> RunFault:
    why = e.strerror or str(e).partition("\n")[0]
    return RunFault(
        f"{path}: cannot be written ({why}); free space or mend the folder, then run the same "
        "command again"
    )


def _publish(draft: Path, path: Path) -> None:
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    # The new name itself must reach the disk, else a power cut may bring the old one back.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
