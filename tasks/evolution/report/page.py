"""Turn a run folder into RUN/report/index.html: one page that can be mailed, printed and kept.

Puts figures, charts and sample lines together; works on a run in any state. Knows nothing of how a
chart is drawn or how a text is escaped.
"""

from collections.abc import Sequence
from pathlib import Path

from schemas.documents.document import checked_as
from schemas.documents.status import EpochStatus, RunStatus
from schemas.documents.validation import Validation
from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from tasks.doors.pages import charts, pages
from tasks.doors.pages.pages import Section
from tasks.doors.storage import folders, shards
from tasks.evolution.report import figures, sample_lines
from tasks.evolution.status import status
from tasks.runs.run_json import read_record
from tasks.runs.saved_pack import saved_operations
from tasks.runs.standing import bill_of, total_usd
from tasks.scoring import growth

_SAMPLE_LINES = 3
_MOST_ATTEMPTS = 4


def write_report(folder: RunFolder) -> Path:
    """Write a run's page; the same run gives the same bytes.

    Args:
        folder: A run, finished or not.

    Returns:
        Path of the page.

    Raises:
        RunFault: This is no run folder, a table is damaged, or a link lies in it.
    """
    folders.require_no_links(folder.root)
    found = status(folder)
    epochs = found.epochs
    sections = [
        _head(folder, found),
        _funnel(folder, epochs),
        _reasons(folder, epochs),
        _lengths(folder, epochs),
        _attempts(folder, epochs),
        growth.difficulty(folder),
        growth.width(folder, [epoch.epoch for epoch in epochs]),
        _bills(folder, epochs),
    ]
    values = {name: value for section in sections for name, value in section.values.items()}
    drawn = {name: svg for section in sections for name, svg in section.charts.items()}
    shards.write_text(pages.render("report.html.j2", values, charts=drawn), folder.report)
    return folder.report


def _head(folder: RunFolder, found: RunStatus) -> Section:
    begun = [epoch.epoch for epoch in found.epochs]
    record = read_record(folder)
    values = {
        "name": folder.root.resolve().name,
        "record": record,
        "settings": RunSettings.model_validate(record.settings),
        "found": found,
        "kept_share": figures.kept_share(found.epochs),
        "validation": _validation(folder.validation),
        "lines": sample_lines.sample_lines(folder, saved_operations(folder), begun, _SAMPLE_LINES),
    }
    return Section(values, {})


def _validation(path: Path) -> Validation | None:
    return checked_as(Validation, shards.read_json(path), path) if path.exists() else None


def _funnel(folder: RunFolder, epochs: Sequence[EpochStatus]) -> Section:
    labels = [_label(epoch.epoch) for epoch in epochs]
    steps = figures.steps(folder)
    counts = [figures.funnel(folder, epoch) for epoch in epochs]
    values = {"steps": steps, "funnel": list(zip(labels, counts, strict=True))}
    if not epochs:
        return Section(values, {})
    return Section(values, {"funnel": charts.funnels("funnel", labels, steps, counts)})


def _reasons(folder: RunFolder, epochs: Sequence[EpochStatus]) -> Section:
    operations = figures.by_operation(epochs, [one.name for one in saved_operations(folder)])
    over_time = figures.by_epoch(epochs)
    reasons = list(over_time.counts)
    first = epochs[0].eliminated if epochs else {}
    values = {
        "operations": operations,
        "over_time": over_time,
        "reasons": reasons,
        "meanings": {reason.value: reason.meaning for reason in Reason},
        "seeds_out": {reason: sum(found.values()) for reason, found in first.items()},
    }
    if not sum(over_time.totals):
        return Section(values, {})
    grids = [
        charts.Grid(
            "share of each operation's children", operations.groups, _shares(operations, reasons)
        ),
        charts.Grid(
            "share of each epoch's children", over_time.groups, _shares(over_time, reasons)
        ),
    ]
    return Section(values, {"reasons": charts.heat_maps("reasons", reasons, grids)})


def _lengths(folder: RunFolder, epochs: Sequence[EpochStatus]) -> Section:
    spreads = [figures.kept_words(folder, epoch.epoch) for epoch in epochs]
    known = [spread for spread in spreads if spread.looked_at]
    labels, quantiles = [spread.label for spread in known], [s.quantiles for s in known]
    drawn = {"lengths": charts.boxes("lengths", labels, quantiles, unit="words")} if known else {}
    return Section({"lengths": known}, drawn)


def _attempts(folder: RunFolder, epochs: Sequence[EpochStatus]) -> Section:
    children = [epoch.epoch for epoch in epochs if epoch.epoch > 0]
    found = [figures.kept_attempts(folder, epoch) for epoch in children]
    most = min(_MOST_ATTEMPTS, max((max(counts, default=0) for counts in found), default=0))
    series = [
        charts.Series(
            _attempt_name(taken, most),
            [sum(n for a, n in c.items() if min(a, most) == taken) for c in found],
        )
        for taken in range(1, most + 1)
    ]
    labels = [_label(epoch) for epoch in children]
    values = {"attempts": series, "attempt_labels": labels}
    if not series:
        return Section(values, {})
    bars = charts.stacked_bars("attempts", labels, series, unit="kept children", is_graded=True)
    return Section(values, {"attempts": bars})


def _bills(folder: RunFolder, epochs: Sequence[EpochStatus]) -> Section:
    stages = figures.by_stage(epochs)
    labels = [_label(epoch.epoch) for epoch in epochs]
    waits = figures.latencies(folder, epochs)
    in_all = total_usd(bill for bills in stages.values() for bill in bills)
    drawn = {}
    if stages:
        tokens = [charts.Series(name, [b.tokens for b in bills]) for name, bills in stages.items()]
        drawn["tokens"] = charts.stacked_bars("tokens", labels, tokens, unit="tokens")
    if in_all:
        usd = [
            charts.Series(name, [b.cost_usd or 0.0 for b in bills])
            for name, bills in stages.items()
        ]
        drawn["usd"] = charts.stacked_bars("usd", labels, usd, unit="US dollars")
    if waits:
        quantiles = [wait.quantiles for wait in waits]
        names = [wait.label for wait in waits]
        drawn["latency"] = charts.boxes("latency", names, quantiles, unit="seconds an answer")
    values = {
        "bills": {name: bill_of(bills, []) for name, bills in stages.items()},
        "waits": {wait.label: wait.quantiles for wait in waits},
        "tokens": {name: [bill.tokens for bill in bills] for name, bills in stages.items()},
        "usd": {name: [bill.cost_usd for bill in bills] for name, bills in stages.items()},
        "epoch_labels": labels,
    }
    return Section(values, drawn)


def _label(epoch: int) -> str:
    return f"epoch {epoch}" if epoch else "seeds"


def _attempt_name(taken: int, most: int) -> str:
    more = "+" if taken == _MOST_ATTEMPTS == most else ""
    return f"{taken}{more} epoch" if taken == 1 else f"{taken}{more} epochs"


def _shares(found: figures.Failures, reasons: Sequence[str]) -> list[list[float]]:
    """Return a row of shares a reason, in the order of the reasons given."""
    return [
        [n / total if total else 0.0 for n, total in zip(row, found.totals, strict=True)]
        for row in (found.counts[reason] for reason in reasons)
    ]
