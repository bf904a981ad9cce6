"""Count how a run of any kind stands: its state, and rows and bill of each stage.

Turns a run folder into numbers: from the published calls, or from the ledgers while there are none.
Writes nothing and asks nobody.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from schemas.calls.call import Pending
from schemas.documents.document import Number
from schemas.documents.status import StageBill, Stages, Totals, Waiting
from schemas.folders.run import RunFolder
from schemas.tables.row import CALLS
from tasks.buying.bought import calls_in, entries_in
from tasks.doors.storage import lock, shards
from tasks.runs.calls import published_calls

_COST_COLUMNS = [
    "stage", "attempts", "prompt_tokens", "completion_tokens", "cost_usd", "finished_at", "latency_s",
    "error", "unknown",
]  # fmt: skip


def state_of(folder: RunFolder, written: str) -> str:
    """Return how a run stands, by what run.json says and by whether anybody is at it."""
    # A killed process could not write down that it stopped; its lock fell with it.
    is_dead = written == "running" and not lock.is_held(folder.lock)
    return "stopped: killed" if is_dead else written


def stages_of(folder: RunFolder, number: int, stages: Sequence[StrEnum]) -> Stages:
    """Return rows and bill of each stage of an epoch."""
    bills = {stage.value: _Bill() for stage in stages}
    for calls in _calls(folder, number):
        for name, bill in bills.items():
            bill.add(calls.filter(pc.equal(calls["stage"], name)))
    return {
        name: bill.figures(sum(map(shards.count_rows, folder.stage_shards(number, name))))
        for name, bill in bills.items()
    }


def unanswered_yet(folder: RunFolder, number: int) -> Waiting:
    """Return what is known of requests that were sent and have no answer: they are asked again."""
    if published_calls(folder, number):
        return Waiting(sent=0, unknown=0, cost_usd=0.0)
    entries = (one for path in folder.ledgers(number) for one in entries_in(path).values())
    waiting = [one for one in entries if isinstance(one, Pending)]
    return Waiting(
        sent=sum(one.attempts for one in waiting),
        unknown=sum(one.unknown + one.is_aloft for one in waiting),
        cost_usd=sum(one.most_usd for one in waiting),
    )


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
        # One flight of calls ends at once: it lasted since the first of them was sent.
        began = pc.subtract(calls["finished_at"], calls["latency_s"])
        self.first = min(self.first, pc.min(began).as_py())
        self.last = max(self.last, pc.max(calls["finished_at"]).as_py())

    def figures(self, rows: int) -> StageBill:
        """Return the sums, beside the rows that are through."""
        span_s = self.last - self.first
        return StageBill(
            rows=rows,
            calls=self.calls,
            sent=self.sent,
            failed=self.failed,
            unknown=self.unknown,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cost_usd=self.cost_usd if self.is_priced else None,
            calls_per_s=round(self.calls / span_s, 2) if span_s > 0 else None,
        )


def bill_of(stages: Sequence[StageBill], waiting: Sequence[Waiting]) -> Totals:
    """Return the sums over stages and over requests that have no answer yet."""
    parts: list[StageBill | Waiting] = [*stages, *waiting]
    return Totals(
        calls=sum(stage.calls for stage in stages),
        failed=sum(stage.failed for stage in stages),
        prompt_tokens=sum(stage.prompt_tokens for stage in stages),
        completion_tokens=sum(stage.completion_tokens for stage in stages),
        sent=sum(part.sent for part in parts),
        unknown=sum(part.unknown for part in parts),
        cost_usd=total_usd(parts),
    )


def total_usd(bills: Iterable[StageBill | Waiting]) -> Number | None:
    """Add up costs in US dollars; None where one of them is unknown."""
    known = [bill.cost_usd for bill in bills]
    return None if None in known else sum(cost for cost in known if cost is not None)
