"""Read back what was bought: the completed calls of a ledger, or the tables made of them."""

from pathlib import Path

from schemas.call import Call
from schemas.run_folder import RunFolder
from tasks.doors import ledger, shards


def calls_in(ledger_path: Path) -> list[Call]:
    """Return every completed call of a ledger, oldest first, each key once."""
    calls = (Call.from_record(record) for record in ledger.read(ledger_path))
    return list({call.key: call for call in calls}.values())


def published_calls(folder: RunFolder, epoch: int) -> list[Path]:
    """Return the parts of an epoch's calls that the manifest names, in order.

    Parts that it does not name may be half of what was bought: the ledgers hold it all.
    """
    if not folder.manifest.exists():
        return []
    named = {folder.root / entry["path"] for entry in shards.read_json(folder.manifest)["files"]}
    return sorted(
        path for path in folder.table("calls", epoch).glob("part-*.parquet") if path in named
    )
