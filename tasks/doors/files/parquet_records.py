"""Read any Parquet file as records, whatever wrote it: a cell that cannot be told costs its row alone.

Turns batches into dicts. Bytes that are no UTF-8 make a row `Unreadable`; a date or a duration that
Python has no word for becomes text. Knows no schema of ours.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import BadInput
from tasks.doors.files.text_files import Unreadable

Record = dict[str, Any]
"""A row, by its columns' names."""

_BATCH_ROWS = 1000
# Of a cell: not UTF-8; out of Python's range of dates; finer than its clock; no such conversion.
_FAULTS = (ValueError, OverflowError, pa.ArrowException)


def parquet_records(path: Path, setting: str) -> Iterator[Record | Unreadable]:
    """Yield the rows of a Parquet file, in their order.

    Args:
        path: The file.
        setting: Which setting named it, for messages.

    Raises:
        BadInput: It is no Parquet file, or a damaged one.
    """
    try:
        with pq.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                yield from _rows(batch, number)
                number += batch.num_rows
    except (OSError, UnicodeDecodeError, pa.ArrowException) as e:
        first = str(e).partition("\n")[0]
        raise BadInput(f"{setting}: {path} is no readable Parquet file ({first})") from None


def _rows(batch: pa.RecordBatch, before: int) -> Iterator[Record | Unreadable]:
    try:
        rows: list[Record] = batch.to_pylist()
    except _FAULTS:
        yield from (_row(batch.slice(n, 1), before + n + 1) for n in range(batch.num_rows))
    else:
        yield from rows


def _row(one: pa.RecordBatch, number: int) -> Record | Unreadable:
    row: Record = {}
    for name, column in zip(one.schema.names, one.columns, strict=True):
        try:
            row[name] = _value(column[0])
        except _FAULTS as e:
            problem = f"row {number}, column {name!r}: {_why(e)}"
            return Unreadable(problem, ", ".join(f"{key}: {said}" for key, said in row.items()))
    return row


def _value(cell: pa.Scalar) -> Any:
    try:
        return cell.as_py()
    except _FAULTS:
        if pa.types.is_temporal(cell.type):
            return _in_words(cell)
        raise


def _in_words(cell: pa.Scalar) -> str:
    try:
        return str(cell.cast(pa.string()).as_py())
    except pa.ArrowException:
        return f"{cell.value} {cell.type}"


def _why(e: Exception) -> str:
    if isinstance(e, UnicodeDecodeError):
        return f"not UTF-8 at byte {e.start} of the cell"
    return str(e).partition("\n")[0]
