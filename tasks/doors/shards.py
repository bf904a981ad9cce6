"""Parquet files and small JSON documents: written whole or not at all, read back with checks.

A draft is written beside the target, forced to the disk and renamed, so a file that exists is
finished. Parquet is zstd-3 with page checksums, which reading verifies. Knows schemas, not rows.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import BadInput, RunFault
from schemas.tables import BY_NAME, SCHEMA_VERSION

_ROW_GROUP_ROWS = 20_000


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table to path, whole or not at all."""
    draft = _draft(path)
    try:
        pq.write_table(
            table,
            draft,
            compression="zstd",
            compression_level=3,
            write_page_checksum=True,
            row_group_size=_ROW_GROUP_ROWS,
        )
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return a table that this project wrote.

    Raises:
        RunFault: The file is missing, damaged or of another schema version.
    """
    try:
        # One file, not a dataset: nothing may be read into the names of its folders.
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            version = (file.schema_arrow.metadata or {}).get(b"evolflow.version")
            if version != SCHEMA_VERSION.encode():
                raise RunFault(
                    f"{path}: schema version {version!r}, this program reads "
                    f"{SCHEMA_VERSION!r}; use the version of evolflow that made the run"
                )
            _require_sound(file, path)
            return file.read(columns=columns)
    except FileNotFoundError:
        raise RunFault(f"{path}: missing; run the same command again to make it anew") from None
    except (OSError, UnicodeDecodeError, pa.ArrowException) as e:
        raise RunFault(f"{path}: damaged ({e}); delete it and run the same command again") from e


def _require_sound(file: pq.ParquetFile, path: Path) -> None:
    """Page checksums do not cover the footer: names, types and counts must agree."""
    schema, footer = file.schema_arrow, file.metadata
    declared = BY_NAME.get((schema.metadata or {}).get(b"evolflow.table", b"").decode())
    is_declared = declared is not None and schema.equals(declared, check_metadata=True)
    rows = sum(footer.row_group(n).num_rows for n in range(footer.num_row_groups))
    if not is_declared or rows != footer.num_rows:
        raise RunFault(f"{path}: damaged (its footer); delete it and run the same command again")


def read_foreign(path: Path, batch_rows: int = 1000) -> Iterator[dict[str, Any]]:
    """Yield the rows of any Parquet file, as they are.

    Raises:
        OSError: The file cannot be read.
        pyarrow.ArrowException: The file is not Parquet.
    """
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=batch_rows):
            yield from batch.to_pylist()


def count_rows(path: Path) -> int:
    """Return the number of rows, from the footer alone."""
    try:
        with pq.ParquetFile(path) as file:
            return int(file.metadata.num_rows)
    except (OSError, pa.ArrowException) as e:
        raise RunFault(f"{path}: damaged ({e}); delete it and run the same command again") from e


def write_json(value: Any, path: Path) -> None:
    """Write a JSON document, whole or not at all; keys keep their order."""
    draft = _draft(path)
    try:
        draft.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_text(text: str, path: Path) -> None:
    """Write a text file, whole or not at all."""
    draft = _draft(path)
    try:
        draft.write_text(text, encoding="utf-8")
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """Return a JSON document.

    Raises:
        BadInput: The file is missing.
        RunFault: It is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{path}: missing; is {path.parent} a run folder?") from None
    except ValueError as e:
        raise RunFault(f"{path}: not JSON ({e})") from e


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep_drafts(folder: Path) -> int:
    """Remove drafts that a killed process left; return how many."""
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


def _draft(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".draft-{os.getpid()}-{path.name}")


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
