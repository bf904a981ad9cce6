"""Read back what was bought: the completed calls of a ledger."""

from pathlib import Path

from schemas.call import Call
from tasks.doors import ledger


def calls_in(ledger_path: Path) -> list[Call]:
    """Return every completed call of a ledger, oldest first, each key once."""
    calls = (Call.from_record(record) for record in ledger.read(ledger_path))
    return list({call.key: call for call in calls}.values())
