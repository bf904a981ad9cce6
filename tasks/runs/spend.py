"""Add up what a run has spent, from its ledgers and its published calls.

Calls that were in flight when a run was killed may have been paid for: they count at the most. What
was bought before its price was known counts at the price that is known now.
"""

import math
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from schemas.folders.run import RunFolder
from schemas.settings.asking import AskSettings
from tasks.buying.bought import entries_in
from tasks.buying.owed import Owed
from tasks.doors.storage import shards
from tasks.runs.calls import published_calls

_TOKENS = ["model", "prompt_tokens", "completion_tokens", "unknown"]


def spent_usd(folder: RunFolder, settings: AskSettings) -> float:
    """Return the US dollars that a run has spent; calls whose price is unknown still are nothing.

    Args:
        folder: The run's.
        settings: With the prices that are known now.
    """
    owed = Owed.by(settings)
    return math.fsum(cost for epoch in folder.epochs() for cost in _costs(folder, epoch, owed))


def _costs(folder: RunFolder, epoch: int, owed: Owed) -> Iterator[float]:
    published = published_calls(folder, epoch)
    for path in published:
        yield from _of_table(shards.read_table(path, columns=["cost_usd", *_TOKENS]), owed)
    if not published:
        for path in folder.ledgers(epoch):
            yield owed.usd(entries_in(path).values())


def _of_table(calls: pa.Table, owed: Owed) -> Iterator[float]:
    yield pc.sum(calls["cost_usd"]).as_py() or 0.0
    unpriced = calls.filter(pc.is_null(calls["cost_usd"])).select(_TOKENS)
    yield from (owed.tokens_usd(**call) for call in unpriced.to_pylist())
