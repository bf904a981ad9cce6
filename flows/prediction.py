"""A prediction as a graph: each shard of test items is answered by one model; then the answers."""

from prefect import flow

from flows.job import carry_all, job
from flows.schedule import title_of
from flows.shards import through
from schemas.folders.evaluation import EPOCH
from schemas.settings.prediction import PredictionForm
from schemas.tables.evaluation import EvaluationStage
from tasks.evaluation.answering.answer import answer_shard, tests
from tasks.evaluation.answering.conclude import conclude
from tasks.evaluation.answering.kind import PREDICTION
from tasks.evaluation.judging.exhibit import gauge
from tasks.training.local_systems import local_systems

_STEPS = {EvaluationStage.ANSWER: answer_shard}
_carry = through("answers", lambda _: _STEPS, gauge, "prediction")


@flow(name=PREDICTION.name, flow_run_name=title_of(PREDICTION))
def prediction(settings: PredictionForm) -> str:
    """Answer a test set with one model.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the prediction's folder.
    """
    with job(PREDICTION, settings, having=local_systems) as run:
        carry_all(run, EPOCH, tests(run.path), _carry)
        conclude(run.path)
        run.done()
    return str(run.folder.root)
