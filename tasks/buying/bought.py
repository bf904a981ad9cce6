"""Read back what was bought: the completed calls of a ledger.

Turns a ledger into its last word on every key. Knows nothing of the tables that are made of it.
"""

from pathlib import Path

from schemas.calls.call import Call, Pending, entry
from tasks.doors.storage import ledger


def entries_in(ledger_path: Path) -> dict[str, Call | Pending]:
    """Return the last word of a ledger on every key, in the order in which keys came first."""
    entries = (entry(record) for record in ledger.read(ledger_path))
    return {one.key: one for one in entries}


def calls_in(ledger_path: Path) -> list[Call]:
    """Return every completed call of a ledger, oldest first, each key once."""
    return [one for one in entries_in(ledger_path).values() if isinstance(one, Call)]
