"""Add up what a run has spent, from its ledgers and its published calls."""

import math

import pyarrow.compute as pc

from schemas.run_folder import RunFolder
from tasks.calls import calls_in
from tasks.doors import shards


def spent_usd(folder: RunFolder) -> float:
    """Return the US dollars that a run has spent; calls of unknown price count as nothing."""
    published = {
        path.parent.name for path in (folder.root / "calls").glob("epoch-*/part-*.parquet")
    }
    costs = [
        call.answer.cost_usd or 0.0
        for path in (folder.work / "ledger").glob("epoch-*/shard-*.jsonl")
        if path.parent.name not in published
        for call in calls_in(path)
    ]
    for path in (folder.root / "calls").glob("epoch-*/part-*.parquet"):
        total = pc.sum(shards.read_table(path, columns=["cost_usd"])["cost_usd"]).as_py()
        costs.append(total or 0.0)
    return math.fsum(costs)
