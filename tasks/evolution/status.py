"""Count how a run stands, per epoch and stage: from the published tables, and from work in progress.

Turns a run folder into numbers. Writes nothing and asks nobody.
"""

from collections import Counter
from collections.abc import Sequence

from schemas.documents.document import Facts
from schemas.documents.status import EpochStatus, RunStatus, RunTotals
from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from tasks.doors.storage import shards
from tasks.runs.run_json import read_record
from tasks.runs.saved_pack import saved_stages
from tasks.runs.standing import bill_of, stages_of, state_of, unanswered_yet


def status(folder: RunFolder) -> RunStatus:
    """Return how a run stands.

    Raises:
        RunFault: This is no run folder.
    """
    record = read_record(folder)
    epochs = [
        epoch_status(folder, number)
        for number in range(record.settings["epochs"] + 1)
        if folder.pool_shards(number)
    ]
    return RunStatus(
        run=str(folder.root),
        state=state_of(folder, record.state),
        model=record.settings["model"],
        epochs=epochs,
        totals=_totals(epochs),
    )


def epoch_status(folder: RunFolder, number: int) -> EpochStatus:
    """Return how one epoch stands."""
    verdicts = _verdicts(folder, number)
    kept = sum(n for (reason, _), n in verdicts.items() if reason == Reason.KEPT)
    eliminated: dict[str, dict[str, int]] = {}
    for (reason, operation), n in sorted(verdicts.items()):
        if reason != Reason.KEPT:
            eliminated.setdefault(reason, {})[operation] = n
    return EpochStatus(
        epoch=number,
        rows=sum(shards.count_rows(path) for path in folder.pool_shards(number)),
        judged=verdicts.total(),
        kept=kept,
        kept_by_operation={o: n for (r, o), n in sorted(verdicts.items()) if r == Reason.KEPT},
        eliminated=eliminated,
        stages=stages_of(folder, number, saved_stages(folder)),
        unanswered_yet=unanswered_yet(folder, number),
    )


def _verdicts(folder: RunFolder, number: int) -> Counter[tuple[str, str]]:
    """Count (reason, operation) over settled rows, or over judged ones while the epoch runs."""
    paths = folder.settled_shards(number)
    if number == 0:
        paths = [*paths, folder.set_aside()]
    counts: Counter[tuple[str, str]] = Counter()
    for path in paths:
        if path.exists():
            read = shards.read_table(path, columns=["reason", "operation"])
            pairs = zip(read["reason"].to_pylist(), read["operation"].to_pylist(), strict=True)
            # A table that somebody sent may say nothing of a row.
            counts.update((reason or "none", operation or "seed") for reason, operation in pairs)
    return counts


def _totals(epochs: Sequence[EpochStatus]) -> RunTotals:
    stages = [stage for epoch in epochs for stage in epoch.stages.values()]
    return RunTotals(
        dataset_rows=sum(epoch.kept for epoch in epochs),
        eliminated_rows=sum(epoch.judged - epoch.kept for epoch in epochs),
        **dict(bill_of(stages, [epoch.unanswered_yet for epoch in epochs])),
    )


def spent(folder: RunFolder) -> Facts:
    """Return what a run that stopped at its budget had spent, and what for."""
    totals = status(folder).totals
    return {
        "spent_usd": totals.cost_usd,
        "calls": totals.calls,
        "dataset_rows": totals.dataset_rows,
    }
