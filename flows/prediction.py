"""A prediction as a graph: each shard of test items is answered by one model; then the answers."""

from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture

from flows.job import Kind, carry_all, opened
from flows.schedule import dated, prediction_name
from flows.shards import raise_failures, wait_all
from schemas.folders.evaluation import EPOCH
from schemas.folders.prediction import PredictionFolder
from schemas.settings.prediction import PredictionForm, PredictionSettings
from tasks.evaluation.answering.answer import answer_shard, tests
from tasks.evaluation.answering.conclude import conclude
from tasks.evaluation.answering.kind import absolute_prediction, check_prediction, start_prediction
from tasks.evaluation.answering.status import spent
from tasks.evaluation.judging.exhibit import gauge
from tasks.runs.run_json import note_done
from tasks.training.local_systems import local_systems

_PREDICTION = Kind(
    check_prediction,
    start_prediction,
    spent,
    tags=lambda settings: (settings.model, "prediction"),
)


@flow(name="prediction", flow_run_name=prediction_name)
def prediction(settings: PredictionForm) -> str:
    """Answer a test set with one model.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the prediction's folder.
    """
    return predict_all(absolute_prediction(dated(settings.settings())))


def predict_all(settings: PredictionSettings) -> str:
    """Make or continue a prediction, and take it to its end; returns the path of its folder."""
    with local_systems(settings) as asked, opened(asked, _PREDICTION) as folder:
        _predict(folder, asked)
    return str(folder.root)


def _predict(folder: PredictionFolder, settings: PredictionSettings) -> None:
    run = str(folder.root.resolve())
    items = tests(run)
    carry_all(folder, settings, EPOCH, items, _carry)
    conclude(run)
    note_done(folder)


@flow(name="answers", flow_run_name="answers", validate_parameters=False)
def _carry(run: str, items: list[str]) -> None:
    """Have every shard answered.

    Args:
        run: The prediction's folder.
        items: Paths of the shards of test items.

    Raises:
        RunFault: The prediction has to stop.
        ShardsFailed: Some shards failed; the others are done.
    """
    futures: dict[str, PrefectFuture[Any]] = {
        f"answer-{shard:03d}": answer_shard.submit(run, EPOCH, shard, source)
        for shard, source in enumerate(items)
    }
    wait_all(futures.values(), gauge(run, len(futures)))
    raise_failures(futures, "prediction")
