"""Hold a run's tables and its ledgers against each other: ids, lines, rows, calls, costs.

Takes what could be read of a run; gives checks, each with its problems. A table that is damaged is
left out beforehand, so what depends on it is not checked, and only the damage itself is named. Pure:
reads no file.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.calls.call import Call, Pending
from schemas.folders.run import Table
from schemas.stages import Stage
from tasks.runs.checks import AGAIN, Check, Problem

_COPY = (
    "put work/ledger back from a copy, or live without the price of these calls: the rows are whole"
)

_MARKS = {stage: mark for stage in Stage if (mark := stage.traits.mark) is not None}
_LOOKED_AT = ["id", *dict.fromkeys(["parent_id", "position", *_MARKS.values()])]
COLUMNS: dict[str, list[str]] = {
    "dataset": _LOOKED_AT,
    "eliminated": [*_LOOKED_AT, "reason"],
    "calls": ["key", "stage", "row_id", "cost_usd"],
}
"""What of each table is looked at here."""
_PER_FAULT_NAMED = 3


Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Contents:
    """What could be read of a run."""

    epochs: list[int]
    """Published, in order."""
    tables: dict[tuple[Table, int], Columns]
    """Columns of the published tables that are whole, by table and epoch."""
    ledgers: dict[int, dict[str, Call | Pending]]
    """The last word on every key, by epoch, where no record is lost."""


def agreement(contents: Contents) -> list[Check]:
    """Return everything that was checked."""
    steps = (_ids, _chains, _rows, _calls, _costs, _paid_twice)
    return [step(contents) for step in steps]


def _ids(contents: Contents) -> Check:
    tables = [columns for (table, _), columns in contents.tables.items() if table == "dataset"]
    counts = Counter(row_id for columns in tables for row_id in columns["id"])
    twice = sorted(row_id for row_id, count in counts.items() if count > 1)
    problems = [
        Problem("dataset", f"holds the id {row_id} more than once", AGAIN)
        for row_id in twice[:_PER_FAULT_NAMED]
    ]
    return Check("ids", f"{counts.total():,} in dataset/", problems)


def _chains(contents: Contents) -> Check:
    """Every row's parent was kept in an epoch before, or is a seed."""
    problems: list[Problem] = []
    known: set[str] = set()
    n_rows = 0
    for epoch in contents.epochs:
        kept, failed = _judged(contents, epoch)
        if kept is None or (epoch == 0 and failed is None):
            break
        if epoch == 0 and failed is not None:
            known.update(failed["id"])
        lost = sorted({one for one in kept["parent_id"] if one is not None} - known)
        problems += [
            Problem(f"dataset/epoch-{epoch}", f"lacks {parent}, the parent of a row", AGAIN)
            for parent in lost[:_PER_FAULT_NAMED]
        ]
        known.update(kept["id"])
        n_rows += len(kept["id"])
    return Check("lines", f"{n_rows:,} rows, each from a seed on", problems)


def _rows(contents: Contents) -> Check:
    """Every epoch gave one verdict to every line."""
    problems: list[Problem] = []
    found: list[int] = []
    for epoch, positions in _positions(contents):
        found.append(len(positions))
        if sorted(positions) != list(range(found[0])):
            what = f"{len(positions):,} verdicts for {found[0]:,} lines, or one line's twice"
            problems.append(Problem(f"dataset/epoch-{epoch}", what, AGAIN))
    return Check("rows", f"{sum(found):,} verdicts in {len(found)} epochs", problems)


def _positions(contents: Contents) -> Iterator[tuple[int, list[int]]]:
    """Yield where in the seed file the rows of each epoch come from; usable seeds only."""
    for epoch in contents.epochs:
        kept, failed = _judged(contents, epoch)
        if kept is not None and failed is not None:
            judged = zip(failed["position"], failed["reason"], strict=True)
            fallen = [at for at, reason in judged if not reason.startswith("seed_")]
            yield epoch, [*kept["position"], *fallen]
        elif epoch == 0:
            # The others are counted against the seeds.
            return


def _calls(contents: Contents) -> Check:
    """Every row has the calls that it came of; the table and the ledger hold the same calls."""
    problems: list[Problem] = []
    n_calls = 0
    for epoch, calls, bought in _both_bills(contents):
        n_calls += len(calls["key"])
        published, kept = set(calls["key"]), {call.key for call in bought}
        made = set(zip(calls["stage"], calls["row_id"], strict=True))
        lacking = {f"{stage} of {row_id}" for stage, row_id in _needed(contents, epoch) - made}
        for missing, what, remedy in (
            (lacking, "lacks {} calls that rows came of", _COPY),
            (published - kept, "has {} calls that no ledger has", _COPY),
            (kept - published, "lacks {} calls of the ledger", AGAIN),
        ):
            if missing:
                said = f"{what.format(len(missing))}, as {min(missing)}"
                problems.append(Problem(f"calls/epoch-{epoch}", said, remedy))
    return Check("calls", f"{n_calls:,} published, all in the ledger", problems)


def _needed(contents: Contents, epoch: int) -> set[tuple[str, str]]:
    """Return stage and row of every call that an epoch's rows show to have been made."""
    whole = [rows for rows in _judged(contents, epoch) if rows is not None]
    return {
        (stage.value, row_id)
        for rows in whole
        for stage, mark in _MARKS.items()
        for row_id, value in zip(rows["id"], rows[mark], strict=True)
        if value is not None
    }


def _costs(contents: Contents) -> Check:
    problems: list[Problem] = []
    total = 0.0
    for epoch, calls, bought in _both_bills(contents):
        published = math.fsum(cost or 0.0 for cost in calls["cost_usd"])
        paid = math.fsum(call.answer.cost_usd or 0.0 for call in bought)
        total += published
        if not math.isclose(published, paid, abs_tol=1e-9):
            what = f"costs {published:.6f} USD, and its ledgers say {paid:.6f}"
            problems.append(Problem(f"calls/epoch-{epoch}", what, AGAIN))
    return Check("costs", f"{total:.4f} USD published, as in the ledger", problems)


def _paid_twice(contents: Contents) -> Check:
    """Count the attempts of which nobody knows how they ended: no file can tell."""
    entries = [one for held in contents.ledgers.values() for one in held.values()]
    unknown = sum(
        one.unknown + one.is_aloft if isinstance(one, Pending) else one.answer.unknown
        for one in entries
    )
    return Check("paid twice", f"{unknown:,} calls at most")


def _both_bills(contents: Contents) -> Iterator[tuple[int, Columns, list[Call]]]:
    """Yield epoch, published calls and the ledgers' calls, where both are whole."""
    for epoch in contents.epochs:
        calls, held = contents.tables.get(("calls", epoch)), contents.ledgers.get(epoch)
        if calls is not None and held is not None:
            yield epoch, calls, [one for one in held.values() if isinstance(one, Call)]


def _judged(contents: Contents, epoch: int) -> tuple[Columns | None, Columns | None]:
    """Return what was kept and what failed; None where a table is not whole."""
    return contents.tables.get(("dataset", epoch)), contents.tables.get(("eliminated", epoch))
