"""Count how a scoring stands: what was scored, what could not be read, what it cost.

Turns a folder into numbers, and numbers into text for a terminal. Writes nothing, asks nobody.
"""

from collections.abc import Iterable

from schemas.documents.document import Facts
from schemas.documents.status import ScoringStatus
from schemas.folders.run import RunFolder
from schemas.folders.scoring import EPOCH, ScoringFolder
from schemas.tables.scoring import ScoringStage, difficulties_of, versions_of
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.run_json import read_record
from tasks.runs.standing import bill_of, stages_of, state_of, unanswered_yet
from tasks.scoring.difficulty import Level, difficulty_by_epoch, standing_by_epoch

_UNKNOWN = "unknown"


def scoring_status(folder: ScoringFolder) -> ScoringStatus:
    """Return how a scoring stands.

    Raises:
        RunFault: This is no run folder.
    """
    record = read_record(folder)
    stages = stages_of(folder, EPOCH, list(ScoringStage))
    return ScoringStatus(
        run=str(folder.root),
        kind=record.kind,
        state=state_of(folder, record.state),
        source=record.settings["source"],
        judge=record.settings["judge"],
        rows=sum(shards.count_rows(path) for path in folder.pool_shards(EPOCH)),
        stages=stages,
        totals=bill_of(list(stages.values()), [unanswered_yet(folder, EPOCH)]),
    )


def scoring_text(folder: ScoringFolder) -> str:
    """Return how a scoring stands, what it found where it is done, and what it cost, as text."""
    found = scoring_status(folder)
    totals = found.totals
    usd = _UNKNOWN if totals.cost_usd is None else f"{totals.cost_usd:.4f}"
    is_there = folder.scored("versions").exists()
    return "\n".join(
        [
            f"{found.run}: {found.state}, {found.rows:,} rows, judge {found.judge}",
            "",
            *(_scores(folder) if is_there else ()),
            f"in all: {totals.calls:,} calls, {totals.tokens:,} tokens, {usd} USD",
            "",
            f"scores:  {folder.scored('difficulty')}",
            f"         {folder.scored('versions')}  (pandas: pd.read_parquet)",
            *_report(found.source),
        ]
    )


def _scores(folder: ScoringFolder) -> list[str]:
    scored = difficulties_of(shards.read_table(folder.scored("difficulty")))
    versions = versions_of(shards.read_table(folder.scored("versions")))
    lines = [*_levels("difficulty, 1 to 10", difficulty_by_epoch(scored)), ""]
    for score in ("complexity", "quality") if versions else ():
        title = f"{score} beside the line's other versions, 0 to 1"
        lines += [*_levels(title, standing_by_epoch(versions, score)), ""]
    return lines


def _report(source: str) -> list[str]:
    run = RunFolder(place(source))
    return [f"report:  {run.report}"] if run.run_json.exists() else []


def _levels(title: str, levels: Iterable[Level]) -> list[str]:
    return [title, *(_level(level) for level in levels)]


def _level(level: Level) -> str:
    name = f"epoch {level.epoch}" if level.epoch else "seeds"
    said = f"  {name:<9} n {level.scored:>5,}"
    if level.mean is not None and level.ci95 is not None:
        said += f"   mean {level.mean:.2f}   [{level.ci95[0]:.2f}, {level.ci95[1]:.2f}]"
    return said + (f"   unscored {level.unscored:,}" if level.unscored else "")


def spent(folder: ScoringFolder) -> Facts:
    """Return what a scoring that stopped at its budget had spent, and what for."""
    found = scoring_status(folder)
    totals = found.totals
    return {"spent_usd": totals.cost_usd, "calls": totals.calls, "rows": found.rows}
