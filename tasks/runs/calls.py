"""Read back what was bought: the completed calls of a ledger, or the tables made of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from schemas.calls.call import Call
from schemas.folders.run import RunFolder
from schemas.tables.row import CALLS
from tasks.buying.bought import calls_in
from tasks.runs.manifest import entries, is_whole, read_manifest


def published_calls(folder: RunFolder, epoch: int) -> list[Path]:
    """Return the parts of an epoch's calls, in order; none where one is not as it was published.

    The ledgers hold it all: whoever gets nothing here reads them.
    """
    table = folder.table("calls", epoch)
    named = [
        one
        for one in entries(read_manifest(folder), epoch)
        if (folder.root / one.path).parent == table
    ]
    if not all(is_whole(folder, one) for one in named):
        return []
    return sorted(folder.root / one.path for one in named)


def call_records(
    folder: RunFolder, epoch: int, stages: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Yield an epoch's completed calls as rows of the table `calls`: by ledger, stage, row and ask.

    Args:
        folder: The run's.
        epoch: Number of the epoch.
        stages: All stages, in their order.
    """
    for path in folder.ledgers(epoch):
        calls = calls_in(path)
        calls.sort(key=lambda call: (stages.index(call.stage), call.row_id, call.ask))
        yield from map(_record, calls)


def _record(call: Call) -> dict[str, object]:
    answer = {
        name: getattr(call.answer, name) for name in CALLS.names if hasattr(call.answer, name)
    }
    return {name: answer[name] if name in answer else getattr(call, name) for name in CALLS.names}
