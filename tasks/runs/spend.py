"""Add up what a run has spent, from its ledgers and its published calls.

Calls that were in flight when a run was killed may have been paid for: they count at the most.
"""

import math
from collections.abc import Iterator

import pyarrow.compute as pc

from schemas.folders.run import RunFolder
from tasks.buying.bought import entries_in, paid_usd
from tasks.doors.storage import shards
from tasks.runs.calls import published_calls


def spent_usd(folder: RunFolder) -> float:
    """Return the US dollars that a run has spent; calls of unknown price count as nothing."""
    return math.fsum(cost for epoch in folder.epochs() for cost in _costs(folder, epoch))


def _costs(folder: RunFolder, epoch: int) -> Iterator[float]:
    published = published_calls(folder, epoch)
    for path in published:
        yield pc.sum(shards.read_table(path, columns=["cost_usd"])["cost_usd"]).as_py() or 0.0
    if not published:
        for path in folder.ledgers(epoch):
            yield paid_usd(entries_in(path).values())
