"""An evaluation as a graph: each shard of test items is answered, then judged; then the figures."""

from collections.abc import Sequence
from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture

from flows.job import Kind, carry_all, opened
from flows.schedule import dated, evaluation_name
from flows.shards import raise_failures, wait_all
from schemas.folders.evaluation import EPOCH, EvaluationFolder
from schemas.settings.evaluation import EvaluationForm, EvaluationSettings
from schemas.tables.evaluation import EvaluationStage
from tasks.doors.storage.places import place
from tasks.evaluation.answering.answer import answer_shard, tests
from tasks.evaluation.judging import exhibit
from tasks.evaluation.judging.conclude import conclude
from tasks.evaluation.judging.judge import judge_shard
from tasks.evaluation.judging.kind import absolute_evaluation, check_evaluation, start_evaluation
from tasks.runs.run_json import note_done
from tasks.training.local_systems import local_systems

_EVALUATION = Kind(
    check_evaluation,
    start_evaluation,
    exhibit.spent,
    tags=lambda settings: (settings.judge, "evaluation"),
)
_STAGES = {EvaluationStage.ANSWER: answer_shard, EvaluationStage.JUDGE: judge_shard}


@flow(name="evaluation", flow_run_name=evaluation_name)
def evaluation(settings: EvaluationForm) -> str:
    """Say who answers better.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the evaluation's folder.
    """
    return evaluate_all(absolute_evaluation(dated(settings.settings())))


def evaluate_all(settings: EvaluationSettings) -> str:
    """Make or continue an evaluation, and take it to its end; returns the path of its folder."""
    with local_systems(settings) as asked, opened(asked, _EVALUATION) as folder:
        _evaluate(folder, asked)
    return str(folder.root)


def _evaluate(folder: EvaluationFolder, settings: EvaluationSettings) -> None:
    """Take all shards through both stages, then draw the figures."""
    run = str(folder.root.resolve())
    items = tests(run)
    carry_all(folder, settings, EPOCH, items, _carry)
    conclude(run)
    exhibit.exhibit_evaluation(run)
    note_done(folder)
    exhibit.report_evaluation(run)


@flow(
    name="answers-and-judgments", flow_run_name="answers-and-judgments", validate_parameters=False
)
def _carry(run: str, items: list[str]) -> None:
    """Take every shard through its stages.

    Args:
        run: The evaluation's folder.
        items: Paths of the shards of test items.

    Raises:
        RunFault: The evaluation has to stop.
        ShardsFailed: Some shards failed; the others went as far as they could.
    """
    futures = _submit_all(run, items)
    wait_all(futures.values(), exhibit.gauge(run, len(futures)))
    raise_failures(futures, "evaluation")


def _submit_all(run: str, items: Sequence[str]) -> dict[str, PrefectFuture[Any]]:
    """Start both stages of every shard, the second as soon as the first is done; by task name."""
    folder = EvaluationFolder(place(run))
    futures: dict[str, PrefectFuture[Any]] = {}
    sources, before = list(items), [list[PrefectFuture[Any]]() for _ in items]
    for stage, work in _STAGES.items():
        for shard, source in enumerate(sources):
            future = work.submit(run, EPOCH, shard, source, wait_for=before[shard])
            futures[f"{stage.value}-{shard:03d}"] = future
            before[shard] = [future]
        sources = [str(folder.stage_shard(EPOCH, stage, shard)) for shard in range(len(items))]
    return futures
