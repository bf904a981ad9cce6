"""Which columns a table has in which version: what lets a reader open a file of another version.

A version adds columns and takes none away. A column says itself, in the file, since when it is there;
an added one is nullable, so a reader fills it in an older file and drops it from a newer one. Must
not know any table.
"""

from collections.abc import Iterable

import pyarrow as pa

OLDEST = 2
"""Files before this are of another kind, and are refused."""
_MOST_DIGITS = 4
_SINCE = b"evolflow.since"


def added(name: str, kind: pa.DataType, since: int) -> pa.Field:
    """Return a column that tables have since a version; null in rows that are older.

    Args:
        name: Of the column.
        kind: Its type.
        since: The first version that has it, above OLDEST.
    """
    return pa.field(name, kind, nullable=True, metadata={_SINCE: str(since)})


def version_of(text: bytes | None) -> int | None:
    """Return a file's version as a number; None where it is no version that can be read."""
    if text is None or not text.isdigit() or len(text) > _MOST_DIGITS:
        return None
    return version if (version := int(text)) >= OLDEST else None


def known_at(columns: Iterable[pa.Field], version: int) -> pa.Schema:
    """Return the columns that a version has, in their order.

    Raises:
        ValueError: What a column says of its beginning is no number.
    """
    return pa.schema([one for one in columns if _since(one) <= version])


def marks(name: str, columns: Iterable[pa.Field]) -> dict[str, str]:
    """Return what a table's schema says of itself: its name, and the version of its newest column.

    So a table that gained nothing in a version is written to the byte as before.
    """
    newest = max((_since(one) for one in columns), default=OLDEST)
    return {"evolflow.table": name, "evolflow.version": str(newest)}


def _since(column: pa.Field) -> int:
    return int((column.metadata or {}).get(_SINCE, OLDEST))
