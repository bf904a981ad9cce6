"""An evaluation as a graph: each shard of test items is answered, then judged; then the figures."""

from prefect import flow

from flows.job import carry_all, job
from flows.schedule import title_of
from flows.shards import through
from schemas.folders.evaluation import EPOCH
from schemas.settings.evaluation import EvaluationForm
from schemas.tables.evaluation import EvaluationStage
from tasks.evaluation.answering.answer import answer_shard, tests
from tasks.evaluation.judging import exhibit
from tasks.evaluation.judging.conclude import conclude
from tasks.evaluation.judging.judge import judge_shard
from tasks.evaluation.judging.kind import EVALUATION
from tasks.training.local_systems import local_systems

_STEPS = {EvaluationStage.ANSWER: answer_shard, EvaluationStage.JUDGE: judge_shard}
_carry = through("answers-and-judgments", lambda _: _STEPS, exhibit.gauge, "evaluation")


@flow(name=EVALUATION.name, flow_run_name=title_of(EVALUATION))
def evaluation(settings: EvaluationForm) -> str:
    """Say who answers better.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the evaluation's folder.
    """
    with job(EVALUATION, settings, having=local_systems) as run:
        carry_all(run, EPOCH, tests(run.path), _carry)
        conclude(run.path)
        exhibit.exhibit_evaluation(run.path)
        run.done()
        exhibit.report_evaluation(run.path)
    return str(run.folder.root)
