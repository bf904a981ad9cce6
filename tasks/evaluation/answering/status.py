"""Count how a prediction stands, and check that it is whole. Writes nothing, asks nobody."""

from collections.abc import Iterator

from schemas.documents.document import Facts
from schemas.documents.status import PredictionStatus, Totals
from schemas.folders.evaluation import EPOCH
from schemas.folders.prediction import PredictionFolder
from schemas.tables.evaluation import EvaluationStage
from tasks.doors.storage import shards
from tasks.evaluation.answering.answers import read_answers
from tasks.runs.checks import Check
from tasks.runs.run_json import read_record
from tasks.runs.soundness import calls_check, files_check, ledger_check
from tasks.runs.standing import bill_of, stages_of, state_of, unanswered_yet

_UNKNOWN = "unknown"


def prediction_status(folder: PredictionFolder) -> PredictionStatus:
    """Return how a prediction stands.

    Raises:
        BadInput: This is no run folder.
        RunFault: A file is damaged.
    """
    record = read_record(folder)
    stages = stages_of(folder, EPOCH, [EvaluationStage.ANSWER])
    return PredictionStatus(
        run=str(folder.root),
        kind=record.kind,
        state=state_of(folder, record.state),
        model=record.settings["model"],
        items=sum(shards.count_rows(path) for path in folder.pool_shards(EPOCH)),
        stages=stages,
        totals=bill_of(list(stages.values()), [unanswered_yet(folder, EPOCH)]),
    )


def spent(folder: PredictionFolder) -> Facts:
    """Return what a prediction that stopped at its budget had spent, and what for."""
    found = prediction_status(folder)
    totals = found.totals
    return {"spent_usd": totals.cost_usd, "calls": totals.calls, "items": found.items}


def prediction_text(folder: PredictionFolder) -> str:
    """Return how a prediction stands, and what it cost, as text."""
    found = prediction_status(folder)
    return "\n".join(
        [
            f"{found.run}: {found.state}, {found.items:,} items, model {found.model}",
            *_answers(folder),
            *_bill(found.totals),
        ]
    )


def _answers(folder: PredictionFolder) -> Iterator[str]:
    if not folder.answers_json.exists():
        return
    answers = read_answers(folder)
    missing = sum(one.answer is None for one in answers)
    generator = answers[0].system if answers else "model"
    yield f"answers: {len(answers) - missing:,}, {missing:,} missing: {folder.answers_json}"
    yield f"next:    evolflow evaluate --systems {generator}={folder.answers_json} OTHER=… --judge …"


def _bill(totals: Totals) -> Iterator[str]:
    usd = _UNKNOWN if totals.cost_usd is None else f"{totals.cost_usd:.4f}"
    yield f"in all:  {totals.calls:,} calls, {totals.tokens:,} tokens, {usd} USD"


def prediction_checks(folder: PredictionFolder) -> list[Check]:
    """Return everything that was checked, in order.

    Raises:
        BadInput: This is no run folder.
        RunFault: Its run.json is damaged.
    """
    record = read_record(folder)
    first = Check("run.json", f"prediction {record.run_id[:8]}, {record.state}")
    if not folder.manifest.exists():
        return [first, Check("manifest", "nothing is published yet"), ledger_check(folder, EPOCH)]
    there = [path for name in ("items", "answers") for path in folder.root.glob(f"{name}/part-*")]
    files = files_check(folder, there)
    if files.problems:
        return [first, files, ledger_check(folder, EPOCH)]
    calls = calls_check(folder, EPOCH, sorted(folder.parts("calls").glob("part-*.parquet")))
    return [first, files, ledger_check(folder, EPOCH), calls]
