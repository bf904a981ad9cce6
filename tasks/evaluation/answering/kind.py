"""Open the folder of a prediction: make it, or make sure that this command continues the one there.

Turns settings into run.json. Nothing is written before everything that can be checked was checked.
"""

import hashlib
from pathlib import Path

from schemas.errors import BadInput
from schemas.folders.prediction import PredictionFolder
from schemas.settings.evaluation import LOCAL, OWN_TESTS
from schemas.settings.prediction import PredictionSettings
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.run_json import Inputs, check_folder, open_record, require_names
from tasks.sources.records import files_of
from tasks.sources.test_sets import read_items, tests_path
from tasks.training.model_folders import checked_card, model_at, served_name


def start_prediction(settings: PredictionSettings) -> PredictionFolder:
    """Make or continue a prediction; the caller has checked the settings and holds the lock.

    Raises:
        BadInput: Another run lies there.
    """
    folder = PredictionFolder(place(settings.out))
    open_record(folder, absolute_prediction(settings), _inputs(settings))
    return folder


def check_prediction(settings: PredictionSettings) -> None:
    """Check what settings point to; nothing is left of what it tries.

    Raises:
        BadInput: The test set or the model cannot be used, the folder cannot be written, or another
            run or a link lies in it.
    """
    require_names({"tests": settings.tests, "out": settings.out, "model": settings.model})
    (one,) = settings.those
    if one.file is not None:
        raise BadInput(f"model: {settings.model} is a file of answers; name a model that answers")
    if one.folder is not None:
        checked_card(model_at(Path(one.folder), "model"))
    read_items(settings)
    check_folder(PredictionFolder(place(settings.out)), settings, _inputs(settings))


def absolute_prediction(settings: PredictionSettings) -> PredictionSettings:
    """Return the settings with whole paths: it may be continued from another working folder."""
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
        "prediction",
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
