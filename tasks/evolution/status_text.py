"""Say in words and small tables how a run stands; turns status numbers into text for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from schemas.documents.status import RunStatus
from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.tables.row import Row, to_rows
from schemas.text import visible
from tasks.doors.storage import shards
from tasks.evolution.errors_text import common_errors, mostly_unanswered
from tasks.evolution.status import status

_PAIRS = 3
_SHOWN_CHARS = 320


def folder_text(folder: RunFolder) -> str:
    """Return how the run in a folder stands, as text."""
    found = status(folder)
    return "\n".join([status_text(found), *common_errors(folder, found)])


def status_text(found: RunStatus) -> str:
    """Return a run's status as text."""
    lines = [f"{found.run}: {found.state}, model {found.model}", ""]
    lines += _table(
        ("epoch", "stage", "rows", "calls", "failed", "tokens in", "tokens out", "USD", "calls/s"),
        [
            (
                str(epoch.epoch), name, f"{stage.rows:,}", f"{stage.calls:,}",
                f"{stage.failed:,}", f"{stage.prompt_tokens:,}", f"{stage.completion_tokens:,}",
                _usd(stage.cost_usd),
                "–" if stage.calls_per_s is None else f"{stage.calls_per_s:.1f}",
            )
            for epoch in found.epochs
            for name, stage in epoch.stages.items()
            if stage.rows or stage.calls
        ],
    )  # fmt: skip
    lines += ["", *_table(("epoch", "rows", "verdict", "count", "by operation"), _verdicts(found))]
    totals = found.totals
    lines += [
        "",
        f"in all: {totals.dataset_rows:,} rows in the dataset, {totals.eliminated_rows:,} "
        f"eliminated or set aside; {totals.calls:,} calls, {totals.tokens:,} tokens, "
        f"{_usd(totals.cost_usd)} USD",
    ]
    if totals.unknown:
        lines.append(
            f"possibly paid twice: {totals.unknown:,} call(s) of which nobody knows how they ended "
            "(killed, timed out, cut off); they count at the most that they can have cost"
        )
    return "\n".join(lines)


def summary_text(folder: RunFolder) -> str:
    """Return what is printed when a run is done: status, three pairs, where everything lies."""
    pairs = "\n\n".join(_pair(parent, child) for parent, child in islice(_kept(folder), _PAIRS))
    return (
        f"{folder_text(folder)}\n\nbefore and after:\n\n{pairs}\n\n"
        f"dataset:    {folder.root / 'dataset'}  (pandas: pd.read_parquet)\n"
        f"eliminated: {folder.root / 'eliminated'}\n"
        f"calls:      {folder.root / 'calls'}\n"
        + "\n".join([f"report:     {folder.report}", *mostly_unanswered(status(folder))])
    )


def _verdicts(found: RunStatus) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for epoch in found.epochs:
        place = (str(epoch.epoch), f"{epoch.rows:,}")
        waiting = epoch.rows - epoch.judged
        if waiting > 0:
            rows.append((*place, "not judged yet", f"{waiting:,}", ""))
        rows.append((*place, "kept", f"{epoch.kept:,}", _by(epoch.kept_by_operation)))
        for reason, operations in epoch.eliminated.items():
            rows.append(("", "", reason, f"{sum(operations.values()):,}", _by(operations)))
    return rows


def _by(operations: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in operations.items())


def _usd(cost: float | None) -> str:
    return "unknown" if cost is None else f"{cost:.4f}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return [
        "  ".join(_cell(cell, width, is_text=n in (1, len(head) - 1)) for n, (cell, width) in
                  enumerate(zip(row, widths, strict=True))).rstrip()
        for row in [head, rule, *rows]
    ]  # fmt: skip


def _cell(cell: str, width: int, *, is_text: bool) -> str:
    return cell.ljust(width) if is_text else cell.rjust(width)


def _kept(folder: RunFolder) -> Iterator[tuple[str, Row]]:
    """Yield kept children of the first epoch with their parents' texts, one an operation."""
    seen: set[str | None] = set()
    for path in folder.stage_shards(1, "advance"):
        for row in to_rows(shards.read_table(path)):
            if row.reason == Reason.KEPT and row.operation not in seen:
                seen.add(row.operation)
                yield row.parent_instruction or "", row


def _pair(parent: str, child: Row) -> str:
    return f"[{child.operation}]\n  before: {_short(parent)}\n  after:  {_short(child.instruction)}"


def _short(text: str) -> str:
    one_line = visible(" ⏎ ".join(line for line in text.splitlines() if line.strip()))
    return one_line if len(one_line) <= _SHOWN_CHARS else one_line[: _SHOWN_CHARS - 1] + "…"
