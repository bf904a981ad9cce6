"""Read back what was bought: the completed calls of a ledger.

Turns a ledger into its last word on every key. Knows nothing of the tables that are made of it.
"""

from pathlib import Path

from schemas.calls.call import Call, Pending, entry
from schemas.errors import RunFault
from tasks.doors.storage import ledger


def entries_in(ledger_path: Path) -> dict[str, Call | Pending]:
    """Return the last word of a ledger on every key, in the order in which keys came first.

    Raises:
        RunFault: One of its records is of another shape.
    """
    entries: dict[str, Call | Pending] = {}
    for record in ledger.read(ledger_path):
        try:
            one = entry(record)
        except ValueError as e:
            # To pass it over would be to buy its answer once more.
            raise RunFault(
                f"{ledger_path}: {e}; use the version of evolflow that wrote it, or move it out of the "
                "folder"
            ) from None
        else:
            entries[one.key] = one
    return entries


def calls_in(ledger_path: Path) -> list[Call]:
    """Return every completed call of a ledger, oldest first, each key once."""
    return [one for one in entries_in(ledger_path).values() if isinstance(one, Call)]
