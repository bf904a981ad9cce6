"""Open the folder of a fine-tuning: make it, or make sure that this command continues the one there.

Turns settings into run.json. Nothing is written before everything that can be checked was checked.
"""

import hashlib
from pathlib import Path

from schemas.errors import BadInput
from schemas.folders.trained import TrainedFolder
from schemas.settings.training import TINY, TrainingSettings
from tasks.doors.processes import training_process
from tasks.doors.storage.places import is_object, place
from tasks.runs.run_json import Inputs, check_folder, open_record, require_names
from tasks.sources.finished import source_at
from tasks.training.bases import base_of, template_of
from tasks.training.model_folders import identity


def check_training(settings: TrainingSettings) -> None:
    """Check what settings point to; nothing is left of what it tries.

    Raises:
        BadInput: A package, the data or the model is missing, the folder cannot be written, or
            another run lies in it.
    """
    require_names({"data": settings.data, "out": settings.out, "base": settings.base})
    training_process.require(settings.method)
    folder = TrainedFolder(place(settings.out))
    if is_object(folder.root):
        raise BadInput(f"out: {settings.out}: a model is trained on a disk; name a folder there")
    if settings.accelerate_config is not None and not Path(settings.accelerate_config).is_file():
        raise BadInput(
            f"accelerate_config: {settings.accelerate_config} is no file; `accelerate config "
            "--config_file FILE` makes one"
        )
    check_folder(folder, settings, _inputs(settings))


def start_training(settings: TrainingSettings) -> TrainedFolder:
    """Make or continue a fine-tuning; the caller has checked the settings and holds the lock.

    Raises:
        BadInput: Another run lies there.
    """
    folder = TrainedFolder(place(settings.out))
    open_record(folder, absolute_training(settings), _inputs(settings))
    return folder


def absolute_training(settings: TrainingSettings) -> TrainingSettings:
    """Return the settings with whole paths: it may be continued from another working folder."""
    paths = {name: str(place(getattr(settings, name)).resolve()) for name in ("data", "out")}
    if settings.base != TINY:
        paths["base"] = str(Path(settings.base).resolve())
    if settings.accelerate_config is not None:
        paths["accelerate_config"] = str(Path(settings.accelerate_config).resolve())
    return settings.model_copy(update=paths)


def _base_id(settings: TrainingSettings) -> str:
    base = base_of(settings)
    return TINY if base is None else identity(base)


def _inputs(settings: TrainingSettings) -> Inputs:
    template = template_of(settings.prompt_format) or ""
    return Inputs(
        "training",
        {
            "data_sha256": source_at(place(settings.data)).sha256,
            "base_id": _base_id(settings),
            "pack": {
                "name": settings.prompt_format,
                "sha256": hashlib.sha256(template.encode()).hexdigest(),
            },
        },
        {
            "data_sha256": f"data: {settings.data} has other rows",
            "base_id": f"base: {settings.base} is another model",
            "pack": "the prompt format is written otherwise than in the run",
        },
    )
