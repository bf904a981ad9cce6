"""Hold the footer of a Parquet file against the tables that are declared, whatever its version.

Page checksums do not cover the footer: a changed byte there could give a column another name. Turns
an open file into this version's columns. Must not know what stands in any of them.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.documents import training
from schemas.errors import RunFault
from schemas.tables import evaluation, export, mix, row, scoring, vote
from schemas.tables.row import SCHEMA_VERSION
from schemas.tables.versions import OLDEST, known_at, version_of

KEY = b"evolflow.key"
"""Metadata of a file that says what it was made from."""
_TABLE, _VERSION = b"evolflow.table", b"evolflow.version"
_DECLARED = {**row.BY_NAME, **evaluation.BY_NAME, **scoring.BY_NAME, **vote.BY_NAME}
_DECLARED |= {**export.BY_NAME, **training.BY_NAME, **mix.BY_NAME}


def require_version(file: pq.ParquetFile, path: Path) -> None:
    """Make sure that a file is of a version that can be read.

    Raises:
        RunFault: It is too old, says no version, or is newer and changed what both have.
    """
    schema = file.schema_arrow
    written = (schema.metadata or {}).get(_VERSION)
    version = version_of(written)
    is_newer = version is not None and version > int(SCHEMA_VERSION)
    if version is None or (is_newer and not _has_declared_columns(schema, version)):
        raise RunFault(
            f"{path}: schema version {written!r}, this program reads from '{OLDEST}' on and knows "
            f"{SCHEMA_VERSION!r}; use the version of evolflow that made the run"
        )


def is_sound(file: pq.ParquetFile) -> bool:
    """Tell whether names, types, counts and marks agree with what is declared."""
    schema, footer = file.schema_arrow, file.metadata
    version = version_of((schema.metadata or {}).get(_VERSION))
    rows = sum(footer.row_group(n).num_rows for n in range(footer.num_row_groups))
    is_marked = set(schema.metadata or {}) - {KEY} == {_TABLE, _VERSION}
    is_whole = is_marked and version is not None and rows == footer.num_rows
    return is_whole and version is not None and _has_declared_columns(schema, version)


def columns_of(file: pq.ParquetFile, columns: list[str] | None) -> pa.Table:
    """Return columns of a sound file; those that are younger than the file are null.

    Args:
        file: A declared table.
        columns: Names of those wanted; all that this version has where None. What no version of the
            table has is left out: a reader may ask tables of two kinds for the same columns.
    """
    schema = file.schema_arrow
    declared = _DECLARED[schema.metadata[_TABLE].decode()]
    wanted = declared.names if columns is None else [c for c in columns if c in declared.names]
    read = file.read(columns=[name for name in wanted if name in schema.names])
    if read.num_columns == len(wanted):
        return read
    made = pa.schema([declared.field(name) for name in wanted], metadata=schema.metadata)
    filled = [
        read[one.name] if one.name in schema.names else pa.nulls(len(read), one.type)
        for one in made
    ]
    return pa.Table.from_arrays(filled, schema=made)


def _has_declared_columns(schema: pa.Schema, version: int) -> bool:
    """Tell whether the columns that both versions have are the same to the letter."""
    declared = _DECLARED.get((schema.metadata or {}).get(_TABLE, b"").decode())
    if declared is None:
        return False
    try:
        return bool(known_at(schema, int(SCHEMA_VERSION)).equals(known_at(declared, version)))
    except ValueError:
        # A damaged mark on a column.
        return False
