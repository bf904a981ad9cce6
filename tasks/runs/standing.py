"""Count how a run of any kind stands: its state, and rows and bill of each stage.

Turns a run folder into numbers: from the published calls, or from the ledgers while there are none.
Writes nothing and asks nobody.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.calls.call import Pending
from schemas.folders.run import RunFolder
from schemas.tables.row import CALLS
from tasks.buying.bought import calls_in, entries_in
from tasks.doors.storage import lock, shards
from tasks.runs.calls import published_calls

_COST_COLUMNS = [
    "stage", "attempts", "prompt_tokens", "completion_tokens", "cost_usd", "finished_at", "error",
    "unknown",
]  # fmt: skip


def state_of(folder: RunFolder, written: str) -> str:
    """Return how a run stands, by what run.json says and by whether anybody is at it."""
    # A killed process could not write down that it stopped; its lock fell with it.
    is_dead = written == "running" and not lock.is_held(folder.lock)
    return "stopped: killed" if is_dead else written


def stages_of(
    folder: RunFolder, number: int, stages: Sequence[StrEnum]
) -> dict[str, dict[str, Any]]:
    """Return rows and bill of each stage of an epoch."""
    bills = {stage.value: _Bill() for stage in stages}
    for calls in _calls(folder, number):
        for name, bill in bills.items():
            bill.add(calls.filter(pc.equal(calls["stage"], name)))
    return {
        name: {
            "rows": sum(shards.count_rows(path) for path in folder.stage_shards(number, name)),
            **bill.figures(),
        }
        for name, bill in bills.items()
    }


def unanswered_yet(folder: RunFolder, number: int) -> dict[str, Any]:
    """Return what is known of requests that were sent and have no answer: they are asked again."""
    if published_calls(folder, number):
        return {"sent": 0, "unknown": 0, "cost_usd": 0.0}
    entries = (one for path in folder.ledgers(number) for one in entries_in(path).values())
    waiting = [one for one in entries if isinstance(one, Pending)]
    return {
        "sent": sum(one.attempts for one in waiting),
        "unknown": sum(one.unknown + one.is_aloft for one in waiting),
        "cost_usd": sum(one.most_usd for one in waiting),
    }


def _calls(folder: RunFolder, number: int) -> Iterator[pa.Table]:
    """Yield an epoch's calls, a part or a ledger at a time."""
    published = published_calls(folder, number)
    for path in published:
        yield shards.read_table(path, columns=_COST_COLUMNS)
    if not published:
        schema = pa.schema([CALLS.field(name) for name in _COST_COLUMNS])
        for path in folder.ledgers(number):
            records = [{**asdict(call.answer), "stage": call.stage} for call in calls_in(path)]
            yield pa.Table.from_pylist(records, schema=schema)


@dataclass
class _Bill:
    """What a stage's calls add up to."""

    calls: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    is_priced: bool = True
    first: float = math.inf
    last: float = -math.inf

    def add(self, calls: pa.Table) -> None:
        """Count a table's calls; a call that failed has no price and needs none."""
        if calls.num_rows == 0:
            return
        answered = calls.filter(pc.is_null(calls["error"]))
        self.calls += calls.num_rows
        self.sent += pc.sum(calls["attempts"]).as_py()
        self.failed += calls.num_rows - answered.num_rows
        self.unknown += pc.sum(calls["unknown"]).as_py()
        self.prompt_tokens += pc.sum(calls["prompt_tokens"]).as_py()
        self.completion_tokens += pc.sum(calls["completion_tokens"]).as_py()
        self.cost_usd += pc.sum(calls["cost_usd"]).as_py() or 0.0
        self.is_priced = self.is_priced and answered["cost_usd"].null_count == 0
        self.first = min(self.first, pc.min(calls["finished_at"]).as_py())
        self.last = max(self.last, pc.max(calls["finished_at"]).as_py())

    def figures(self) -> dict[str, Any]:
        """Return the sums; cost_usd is None where a price is unknown."""
        span_s = self.last - self.first
        return {
            "calls": self.calls,
            "sent": self.sent,
            "failed": self.failed,
            "unknown": self.unknown,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": self.cost_usd if self.is_priced else None,
            "calls_per_s": round(self.calls / span_s, 2) if span_s > 0 else None,
        }


def bill_of(stages: Sequence[dict[str, Any]], waiting: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums over stages and over requests that have no answer yet."""
    costs = [part["cost_usd"] for part in (*stages, *waiting)]
    summed = ("calls", "failed", "prompt_tokens", "completion_tokens")
    return {
        **{name: sum(stage[name] for stage in stages) for name in summed},
        **{n: sum(part[n] for part in (*stages, *waiting)) for n in ("sent", "unknown")},
        "cost_usd": None if None in costs else sum(costs),
    }
