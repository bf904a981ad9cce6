"""Count how an evaluation stands: items, answers, games, and what they cost.

Turns a folder into numbers, and numbers into text for a terminal. Writes nothing, asks nobody.
"""

from pathlib import Path

from schemas.documents.document import Facts
from schemas.documents.results import PairResult, Results
from schemas.documents.status import EvaluationStatus
from schemas.folders.evaluation import EPOCH, EvaluationFolder
from schemas.tables.evaluation import EvaluationStage
from tasks.doors.storage import shards
from tasks.evaluation.judging.figures import read_results
from tasks.runs.run_json import read_record
from tasks.runs.standing import bill_of, stages_of, state_of, unanswered_yet

_UNKNOWN = "unknown"


def evaluation_status(folder: EvaluationFolder) -> EvaluationStatus:
    """Return how an evaluation stands.

    Raises:
        RunFault: This is no run folder.
    """
    record = read_record(folder)
    stages = stages_of(folder, EPOCH, list(EvaluationStage))
    return EvaluationStatus(
        run=str(folder.root),
        kind=record.kind,
        state=state_of(folder, record.state),
        judge=record.settings.get("judge", _UNKNOWN),
        items=sum(shards.count_rows(path) for path in _items(folder)),
        stages=stages,
        totals=bill_of(list(stages.values()), [unanswered_yet(folder, EPOCH)]),
    )


def _items(folder: EvaluationFolder) -> list[Path]:
    """Return where the items lie: in shards, or in the published table of an import."""
    return folder.pool_shards(EPOCH) or sorted(folder.parts("items").glob("part-*.parquet"))


def evaluation_text(folder: EvaluationFolder) -> str:
    """Return how an evaluation stands, and what came out where it is done, as text."""
    found = evaluation_status(folder)
    totals = found.totals
    usd = _UNKNOWN if totals.cost_usd is None else f"{totals.cost_usd:.4f}"
    lines = [
        f"{found.run}: {found.state}, {found.items:,} items, judge {found.judge}",
        "",
    ]
    if folder.results.exists():
        lines += [*_results(read_results(folder)), ""]
    lines.append(f"in all: {totals.calls:,} calls, {totals.tokens:,} tokens, {usd} USD")
    if folder.results.exists():
        lines += [
            "",
            f"results:    {folder.results}",
            f"judgments:  {folder.parts('judgments')}  (pandas: pd.read_parquet)",
            f"report:     {folder.report}",
        ]
    return "\n".join(lines)


def _results(results: Results) -> list[str]:
    width = max((len(one.system) for one in results.pairs), default=0)
    lines = [_pair(one, width) for one in results.pairs]
    health, canary = results.judge_health, results.canary
    said = [f"{health.games:,} games, {health.unscored:,} unscored"]
    if health.position_consistency is not None:
        said.append(f"same verdict in both orders {health.position_consistency:.0%}")
    if health.first_slot_rate is not None:
        said.append(f"first answer preferred {health.first_slot_rate:.0%}")
    lines.append(f"judge:  {'; '.join(said)}")
    if canary is not None and not canary.has_lost:
        lines.append(
            f"WARNING: a constant answer did not lose (win {canary.win}, tie {canary.tie}, lose "
            f"{canary.lose}): this judge cannot be trusted here"
        )
    return lines


def _pair(one: PairResult, width: int) -> str:
    said = "no pair scored" if one.win_rate is None else f"win rate {one.win_rate:.1%}"
    if one.ci95 is not None:
        said += f" [{one.ci95[0]:.1%}, {one.ci95[1]:.1%}]"
    if one.standard_error is not None:
        said += f", standard error {100 * one.standard_error:.2f} points"
    if one.capacity is not None:
        said += f", {one.capacity:.1%} of its score"
    if one.skills_scored:
        said += f", {one.skills_near} of {one.skills_scored} skills at 90% of it or above"
    return (
        f"{one.system:<{width}}  against {one.baseline}: win {one.win}, tie {one.tie}, "
        f"lose {one.lose}, unscored {one.unscored}; {said}"
    )


def spent(folder: EvaluationFolder) -> Facts:
    """Return what an evaluation that stopped at its budget had spent, and what for."""
    found = evaluation_status(folder)
    totals = found.totals
    return {"spent_usd": totals.cost_usd, "calls": totals.calls, "items": found.items}
