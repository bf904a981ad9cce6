"""Count what the report draws: from a run's status and the columns that a figure needs.

Turns a run folder into small plain numbers, one part of a table in memory at a time. Knows nothing
of charts or pages; writes nothing.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from schemas.documents.status import EpochStatus, StageBill
from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.stages import Stage
from schemas.text import count_words
from tasks.buying.bought import calls_in
from tasks.doors.storage import shards
from tasks.runs.saved_pack import saved_stages

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Counting words takes a second per 30,000 texts; quantiles of this many are exact enough.
_SAMPLE_ROWS = 20_000


class Spread(NamedTuple):
    """How some numbers are distributed."""

    label: str
    looked_at: int
    """How many numbers there are."""
    quantiles: tuple[float, ...]
    """5 %, 25 %, 50 %, 75 %, 95 %; all 0 where there are no numbers."""


class Failures(NamedTuple):
    """Verdicts of children over one way to group them."""

    groups: list[str]
    """Operations or epochs."""
    totals: list[int]
    """Verdicts a group, kept ones included."""
    counts: dict[str, list[int]]
    """Reason to its count in each group."""


def steps(folder: RunFolder) -> list[str]:
    """Return how far a row can come in an epoch of this run, in words."""
    left = (stage.traits.leaves for stage in saved_stages(folder))
    return ["pool", *(one for one in left if one is not None), Reason.KEPT.value]


def funnel(folder: RunFolder, epoch: EpochStatus) -> list[int | None]:
    """Return how many of an epoch's rows came to each of the run's `steps`.

    None stands for a step that does not exist for seeds or is not over yet: rows that are still on
    their way must not look like rows that failed.
    """
    number = epoch.epoch
    n_shards = len(folder.pool_shards(number))
    stages = [stage for stage in saved_stages(folder) if stage.traits.leaves is not None]
    paths = [folder.stage_shards(number, stage) for stage in stages]
    standing = [_standing(found) if len(found) == n_shards else None for found in paths]
    is_settled = len(folder.settled_shards(number)) == n_shards
    return [epoch.rows, *standing, epoch.kept if is_settled else None]


def by_operation(epochs: Sequence[EpochStatus], operations: Sequence[str]) -> Failures:
    """Return the verdicts of all children, a column an operation; unheard-of ones come last."""
    children = [epoch for epoch in epochs if epoch.epoch > 0]
    found = {name for e in children for part in _verdicts(e).values() for name in part}
    groups = [*operations, *sorted(found - set(operations))]
    return _failures(groups, [[_counts(e, one) for e in children] for one in groups])


def by_epoch(epochs: Sequence[EpochStatus]) -> Failures:
    """Return the verdicts of all children, a column an epoch."""
    children = [epoch for epoch in epochs if epoch.epoch > 0]
    groups = [str(epoch.epoch) for epoch in children]
    return _failures(groups, [[_counts(epoch, None)] for epoch in children])


def kept_words(folder: RunFolder, epoch: int) -> Spread:
    """Return how long the instructions are that an epoch added to the dataset; words."""
    paths = folder.settled_shards(epoch)
    step = 1 + sum(shards.count_rows(path) for path in paths) // _SAMPLE_ROWS
    words = array("d")
    for path in paths:
        kept = _kept(shards.read_table(path, columns=["reason", "instruction"]))
        words.extend(count_words(text) for text in kept["instruction"][::step].to_pylist())
    return _spread("seeds" if epoch == 0 else f"epoch {epoch}", words)


def kept_attempts(folder: RunFolder, epoch: int) -> Counter[int]:
    """Count an epoch's kept children by how many epochs they took."""
    counts: Counter[int] = Counter()
    for path in folder.settled_shards(epoch):
        kept = _kept(shards.read_table(path, columns=["reason", "attempts"]))
        counts.update(kept["attempts"].to_pylist())
    return counts


def latencies(folder: RunFolder, epochs: Iterable[EpochStatus]) -> list[Spread]:
    """Return how long answers took in each stage that asked for any; seconds."""
    found: dict[str, array[float]] = {}
    for epoch in epochs:
        for stage in epoch.stages:
            found.setdefault(stage, array("d"))
        for stage, seconds in _answer_times(folder, epoch.epoch):
            found[stage].extend(seconds)
    return [_spread(stage, seconds) for stage, seconds in found.items() if seconds]


def by_stage(epochs: Sequence[EpochStatus]) -> dict[str, list[StageBill]]:
    """Return each stage's bills, an entry an epoch, for the stages that asked for anything."""
    names = epochs[0].stages if epochs else ()
    bills = {name: [epoch.stages[name] for epoch in epochs] for name in names}
    return {name: found for name, found in bills.items() if any(bill.calls for bill in found)}


def kept_share(epochs: Sequence[EpochStatus]) -> float | None:
    """Return the share of judged children that were kept; None where none was judged."""
    children = [epoch for epoch in epochs if epoch.epoch > 0]
    judged = sum(epoch.judged for epoch in children)
    return sum(epoch.kept for epoch in children) / judged if judged else None


def _standing(paths: Sequence[Path]) -> int:
    """Count rows that neither failed nor went without an answer."""
    standing = 0
    for path in paths:
        read = shards.read_table(path, columns=["reason", "error"])
        passed = pc.and_(pc.is_null(read["reason"]), pc.is_null(read["error"]))
        standing += pc.sum(passed).as_py() or 0
    return standing


def _verdicts(epoch: EpochStatus) -> dict[str, Mapping[str, int]]:
    return {Reason.KEPT.value: epoch.kept_by_operation, **epoch.eliminated}


def _counts(epoch: EpochStatus, operation: str | None) -> Counter[str]:
    """Count an epoch's verdicts by reason, of one operation or of all."""
    return Counter(
        {
            reason: sum(n for name, n in found.items() if operation in (None, name))
            for reason, found in _verdicts(epoch).items()
        }
    )


def _failures(groups: list[str], parts: Sequence[Sequence[Counter[str]]]) -> Failures:
    columns = [sum(part, Counter()) for part in parts]
    overall = sum(columns, Counter())
    failed = sorted(set(overall) - {Reason.KEPT.value}, key=lambda r: (-overall[r], r))
    counts = {reason: [column[reason] for column in columns] for reason in [Reason.KEPT, *failed]}
    return Failures(
        groups, [column.total() for column in columns], {str(r): n for r, n in counts.items()}
    )


def _kept(table: pa.Table) -> pa.Table:
    return table.filter(pc.equal(table["reason"], Reason.KEPT.value))


def _answer_times(folder: RunFolder, epoch: int) -> Iterator[tuple[str, list[float]]]:
    """Yield stage and seconds of answered calls: published ones, else the ledgers'."""
    published = sorted(folder.table("calls", epoch).glob("part-*.parquet"))
    for path in published:
        read = shards.read_table(path, columns=["stage", "latency_s", "error"])
        answered = read.filter(pc.is_null(read["error"]))
        for stage in Stage:
            of_stage = answered.filter(pc.equal(answered["stage"], stage.value))
            yield stage.value, of_stage["latency_s"].to_pylist()
    if not published:
        for path in folder.ledgers(epoch):
            for call in calls_in(path):
                if call.answer.error is None:
                    yield call.stage, [call.answer.latency_s]


def _spread(label: str, numbers: Sequence[float]) -> Spread:
    if not numbers:
        return Spread(label, 0, (0.0,) * len(_QUANTILES))
    quantiles = pc.quantile(pa.array(numbers, pa.float64()), q=list(_QUANTILES)).to_pylist()
    return Spread(label, len(numbers), tuple(quantiles))
