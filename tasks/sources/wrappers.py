"""Look into a file that is one object for the list of records in it.

Turns one value into the records that it holds: a list under a key, columns, records under their ids, as
pandas and dataset servers write them. A value that is a record itself stays one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.sources.shapes import is_record

_DEEPEST = 3


def unwrapped(value: Any) -> list[Any]:
    """Return the records in a value.

    Raises:
        ValueError: It holds several lists; the message names their keys.
    """
    return _rows(_within(value, _DEEPEST))


def _within(value: Any, depth: int) -> list[Any]:
    if not isinstance(value, dict) or depth == 0:
        return [value]
    columns = _columns(value)
    if columns is not None:
        return columns
    if is_record(value):
        return [value]
    lists = {key: one for key, one in value.items() if _holds_records(one)}
    if len(lists) > 1:
        names = ", ".join(repr(key) for key in lists)
        raise ValueError(f"lists under {names}; put the one that is meant into a file of its own")
    if lists:
        return next(iter(lists.values()))
    tables = [one for one in value.values() if isinstance(one, dict) and one]
    if len(tables) == 1 and not is_record(tables[0]):
        return _within(tables[0], depth - 1)
    if len(tables) == len(value) and tables and all(map(is_record, tables)):
        return tables
    return [value]


def _holds_records(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(one, dict) for one in value) or all(isinstance(one, str) for one in value)


def _columns(value: Mapping[str, Any]) -> list[Any] | None:
    """Return columns as rows: lists, tables by row number, or names beside rows of values."""
    names, data = value.get("columns"), value.get("data")
    if (
        isinstance(names, list)
        and isinstance(data, list)
        and all(isinstance(r, list) for r in data)
    ):
        return [dict(zip(map(str, names), row, strict=False)) for row in data]
    if not value or not is_record(value):
        return None
    if all(isinstance(one, dict) for one in value.values()):
        value = {name: list(one.values()) for name, one in value.items()}
    if not all(_is_column(one) for one in value.values()):
        return None
    lengths = {len(one) for one in value.values()}
    if len(lengths) != 1 or len(value) == 1:
        return None
    return [dict(zip(value, row, strict=True)) for row in zip(*value.values(), strict=True)]


def _is_column(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 1
        and not any(isinstance(one, dict | list) for one in value)
    )


def _rows(found: Sequence[Any]) -> list[Any]:
    """Return the rows of a dataset server without what stands around each."""
    if found and all(isinstance(one, dict) and isinstance(one.get("row"), dict) for one in found):
        return [one["row"] for one in found]
    return list(found)
