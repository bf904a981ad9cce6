"""A prediction as a graph: each shard of test items is answered by one model; then the answers."""

from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture

from flows.carrying import carry_all
from flows.opening import Kind, opened
from flows.scheduled import dated, prediction_name
from flows.waiting import raise_failures, wait_all
from schemas.evaluation_folder import EPOCH
from schemas.prediction_folder import PredictionFolder
from schemas.prediction_form import PredictionForm
from schemas.prediction_settings import PredictionSettings
from tasks.answer import answer_shard, tests
from tasks.conclude_prediction import conclude
from tasks.exhibit_evaluation import gauge
from tasks.prediction_status import spent
from tasks.run_record import note_done
from tasks.serving.systems import local_systems
from tasks.start_prediction import absolute_prediction, check_prediction, start_prediction

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
