"""Show an epoch in the Prefect UI: verdicts, bill, three pairs, a chart; and in the end the report.

Turns a run folder's numbers and texts into what can be seen at a glance. Seeds and answers are
strangers' texts: nothing of them may become a link, a picture or HTML. Knows nothing of requests.
"""

import re
import textwrap
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow.compute as pc

from schemas.documents.document import Facts
from schemas.documents.status import EpochStatus, StageBill, Totals
from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.settings.scoring import ScoringSettings
from schemas.text import visible
from tasks.doors.prefect import artifacts
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evolution.report import figures
from tasks.evolution.status import epoch_status, status
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import unremembered
from tasks.runs.standing import bill_of
from tasks.runs.ui_names import name_of, plain, report_address, slug, tag

_PAIRS = 3
_SHOWN_CHARS = 600
_LINE_CHARS = 80
_PAIR_COLUMNS = ["reason", "operation", "parent_instruction", "instruction"]
# A dollar's sixth decimal is less than a token costs.
_USD_DIGITS = 6


class Pair(NamedTuple):
    """A kept child beside its parent."""

    operation: str
    before: str
    after: str


@unremembered("exhibit", "exhibit-{epoch}")
def exhibit(run: str, epoch: int) -> None:
    """Show a published epoch in the Prefect UI, and tell it when too little was kept."""
    folder = RunFolder(place(run))
    found = epoch_status(folder, epoch)
    about, picture = _about(folder, found), _funnel(folder, found)
    with artifacts.optional(f"epoch {epoch}"):
        artifacts.table(key(folder, epoch, "verdicts"), verdicts(found), about)
        artifacts.table(key(folder, epoch, "bill"), bill(found), about)
        artifacts.drawing(key(folder, epoch, "funnel"), picture, about)
    if epoch:
        _exhibit_children(folder, found, about)


def gauge(run: str, epoch: int, total: int) -> artifacts.Gauge:
    """Return an epoch's progress bar, empty; it counts finished stages of shards."""
    folder = RunFolder(place(run))
    return artifacts.Gauge(
        key(folder, epoch, "progress"), total, f"Epoch {epoch} of run {slug(folder)}."
    )


def tag_epoch(run: str, epoch: int) -> None:
    """Add tags to an epoch's flow run."""
    tag(load_settings(RunFolder(place(run)), RunSettings).model, f"epoch-{epoch}")


@unremembered("report", "report")
def report(run: str) -> str:
    """Write a finished run's page and show where it lies; returns its path."""
    # Matplotlib comes with it.
    from tasks.evolution.report.page import write_report

    folder = RunFolder(place(run))
    page = write_report(folder)
    name, address = slug(folder), report_address(folder)
    totals = status(folder).totals
    # Browsers open no file from a page that a server gave: its address must be there to be copied.
    about = f"{totals.dataset_rows:,} rows in the dataset. The report: `{address}`"
    with artifacts.optional("the link to the report"):
        artifacts.link(f"{name}-report", address, f"Report of {name}", about)
    return str(page)


def verdicts(found: EpochStatus) -> list[Facts]:
    """Return one row a verdict: how many of each operation's rows got it, and how many of all."""
    counts = {Reason.KEPT.value: found.kept_by_operation, **found.eliminated}
    operations = sorted({name for part in counts.values() for name in part})
    return [
        {
            "verdict": plain(reason),
            **{plain(name): part.get(name, 0) for name in operations},
            "all": sum(part.values()),
        }
        for reason, part in counts.items()
    ]


def bill(found: EpochStatus) -> list[Facts]:
    """Return one row a stage: rows, calls, tokens, US dollars; and one for all of them."""
    stages = found.stages
    # Stages work on the same rows, one after the other.
    total = _bill_row("all", found.rows, bill_of(list(stages.values()), []))
    return [*(_bill_row(name, stage.rows, stage) for name, stage in stages.items()), total]


def pairs_text(folder: RunFolder, epoch: int) -> str:
    """Return some kept children beside their parents, as Markdown in which all texts are fenced."""
    pairs = pairs_of(folder, epoch)
    if not pairs:
        return "No child was kept in this epoch."
    return "\n\n".join(
        f"### {number}. {plain(pair.operation)}\n\nBefore\n\n{fenced(pair.before)}\n\n"
        f"After\n\n{fenced(pair.after)}"
        for number, pair in enumerate(pairs, start=1)
    )


def pairs_of(folder: RunFolder, epoch: int) -> list[Pair]:
    """Return three kept children of an epoch, of three operations where there are as many."""
    first: dict[str, Pair] = {}
    others: list[Pair] = []
    for path in folder.settled_shards(epoch):
        for pair in _kept(path):
            if first.setdefault(pair.operation, pair) is not pair and len(others) < _PAIRS:
                others.append(pair)
            if len(first) == _PAIRS:
                return list(first.values())
    return list(islice([*first.values(), *others], _PAIRS))


def fenced(text: str) -> str:
    """Return a stranger's text as a Markdown code block that nothing within can end."""
    cut = text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
    wrapped = "\n".join(
        part
        for line in visible(cut).split("\n")
        for part in textwrap.wrap(
            line, _LINE_CHARS, drop_whitespace=False, replace_whitespace=False
        )
        or [""]
    )
    longest = max((len(run) for run in re.findall("`+", wrapped)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{wrapped}\n{fence}"


def key(folder: RunFolder, epoch: int, what: str) -> str:
    """Return an artifact's key: the same for a folder and epoch, so that the UI shows versions."""
    return f"{slug(folder)}-epoch-{epoch}-{what}"


def _kept(path: Path) -> Iterator[Pair]:
    read = shards.read_table(path, columns=_PAIR_COLUMNS)
    kept = read.filter(pc.equal(read["reason"], Reason.KEPT.value))
    columns = (kept[name].to_pylist() for name in _PAIR_COLUMNS[1:])
    for operation, before, after in zip(*columns, strict=True):
        yield Pair(operation or "", before or "", after)


def _funnel(folder: RunFolder, found: EpochStatus) -> str:
    # Matplotlib takes a second to import: not before the first answers are there.
    from tasks.doors.pages import charts

    label = f"epoch {found.epoch}" if found.epoch else "seeds"
    counts = [figures.funnel(folder, found)]
    return charts.funnels("funnel", [label], figures.steps(folder), counts)


def _exhibit_children(folder: RunFolder, found: EpochStatus, about: str) -> None:
    epoch = found.epoch
    text = pairs_text(folder, epoch)
    with artifacts.optional(f"pairs of epoch {epoch}"):
        artifacts.markdown(key(folder, epoch, "pairs"), text, about)
    settings = load_settings(folder, RunSettings)
    share = figures.kept_share([found])
    if share is None or share >= settings.low_kept_share:
        return
    facts: Facts = {
        "epoch": epoch,
        "judged": found.judged,
        "kept": found.kept,
        "kept_share": share,
        "low_kept_share": settings.low_kept_share,
    }
    # A finished epoch is passed through again when a run goes on: that is no news.
    once = f"{shards.read_json(folder.run_json)['run_id']}/{sorted(facts.items())}"
    with artifacts.optional(f"that epoch {epoch} kept little"):
        artifacts.tell("evolflow.epoch.kept-little", run=name_of(folder), facts=facts, once=once)


def _about(folder: RunFolder, found: EpochStatus) -> str:
    share = found.kept / found.judged if found.judged else 0.0
    return (
        f"Run {slug(folder)}, epoch {found.epoch}: {found.rows:,} rows, "
        f"{found.kept:,} of {found.judged:,} judged were kept ({share:.0%})."
    )


def _bill_row(name: str, rows: int, part: StageBill | Totals) -> Facts:
    return {
        "stage": name,
        "rows": rows,
        "calls": part.calls,
        "failed": part.failed,
        "prompt tokens": part.prompt_tokens,
        "completion tokens": part.completion_tokens,
        "USD": "unknown" if part.cost_usd is None else round(part.cost_usd, _USD_DIGITS),
    }


@unremembered("report", "report")
def report_scored(run: str) -> None:
    """Write the scored run's page anew: its scores are on it."""
    # Matplotlib comes with it.
    from tasks.evolution.report.page import write_report

    source = RunFolder(place(load_settings(RunFolder(place(run)), ScoringSettings).source))
    if not source.run_json.exists():
        return
    write_report(source)
    name, address = slug(source), report_address(source)
    with artifacts.optional("the link to the report"):
        artifacts.link(f"{name}-report", address, f"Report of {name}", f"The report: `{address}`")
