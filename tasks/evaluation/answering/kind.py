"""What a prediction is: its settings, its folder, what it is made from, and who looks at it.

Turns settings into what is checked and written before the first call. Knows nothing of its stages.
"""

import hashlib
import time
from pathlib import Path
from typing import Literal

from schemas.documents.run_json import PackRecord, RunShape
from schemas.errors import BadInput
from schemas.folders.prediction import PredictionFolder
from schemas.settings.evaluation import LOCAL, OWN_TESTS
from schemas.settings.prediction import PredictionForm, PredictionSettings
from schemas.tables.evaluation import EvaluationStage
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evaluation.answering.status import (
    prediction_checks,
    prediction_status,
    prediction_text,
    spent,
)
from tasks.runs.kind import RunKind
from tasks.runs.run_json import Inputs
from tasks.runs.watch import ShardWatch
from tasks.sources.records import files_of
from tasks.sources.test_sets import read_items, tests_path
from tasks.training.model_folders import checked_card, model_at, served_name


class PredictionShape(RunShape):
    """What run.json holds of a prediction."""

    kind: Literal["prediction"]
    settings: PredictionSettings
    tests_sha256: str
    systems: dict[str, str]
    pack: PackRecord


def _names(settings: PredictionSettings) -> dict[str, object]:
    return {"tests": settings.tests, "out": settings.out, "model": settings.model}


def _look(settings: PredictionSettings) -> None:
    (one,) = settings.those
    if one.file is not None:
        raise BadInput(f"model: {settings.model} is a file of answers; name a model that answers")
    if one.folder is not None:
        checked_card(model_at(Path(one.folder), "model"))
    read_items(settings, is_said=False)


def _whole(settings: PredictionSettings) -> PredictionSettings:
    (one,) = settings.those
    paths = {"out": str(place(settings.out).resolve())}
    if one.folder is not None:
        paths["model"] = f"{LOCAL}{Path(one.folder).resolve()}"
    if settings.tests != OWN_TESTS:
        paths["tests"] = str(Path(settings.tests).resolve())
    return settings.model_copy(update=paths)


def _inputs(settings: PredictionSettings) -> Inputs:
    path = tests_path(settings)
    hashes = "".join(shards.sha256_of(part) for part in files_of(path, "tests"))
    (one,) = settings.those
    is_local = one.folder is not None
    model = f"openai/{served_name(one.name, Path(str(one.folder)))}" if is_local else one.model
    return Inputs(
        settings.kind,
        {
            "tests_sha256": hashlib.sha256(hashes.encode()).hexdigest(),
            "systems": {one.name: str(model)},
            # The bare instruction is the prompt.
            "pack": {"name": "none", "sha256": hashlib.sha256().hexdigest()},
        },
        {
            "tests_sha256": f"tests: {path} has other content than the run's test set",
            "systems": f"model: {settings.model} is another model than the run's, or has changed",
        },
    )


PREDICTION = RunKind(
    "prediction",
    "predict",
    PredictionForm,
    folder=PredictionFolder,
    shape=PredictionShape,
    inputs=_inputs,
    names=_names,
    look=_look,
    whole=_whole,
    tags=lambda settings: (settings.model, "prediction"),
    status=prediction_status,
    text=prediction_text,
    checks=prediction_checks,
    why_no_page="holds answers that nobody judged; `evolflow evaluate` takes its answers.json as a "
    "system",
    watch=lambda folder, _: ShardWatch("prediction", EvaluationStage, folder, clock=time.monotonic),
    spent=spent,
    is_sealed=True,
)
