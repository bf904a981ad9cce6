"""What a fine-tuning is: its settings, its folder, what it is made from, and who looks at it.

Turns settings into what is checked and written before a model learns. Knows nothing of how it learns.
"""

from pathlib import Path
from typing import Literal

from schemas.documents.run_json import PackRecord, RunShape
from schemas.errors import BadInput
from schemas.folders.trained import TrainedFolder
from schemas.settings.training import TINY, TrainingForm, TrainingSettings
from tasks.doors.processes import training_process
from tasks.doors.storage.places import is_object, place
from tasks.runs.kind import RunKind
from tasks.runs.run_json import Inputs
from tasks.sources.finished import source_at
from tasks.training.bases import base_of, hash_of, template_for
from tasks.training.model_folders import identity
from tasks.training.status import training_checks, training_status, training_text


class TrainingShape(RunShape):
    """What run.json holds of a fine-tuning."""

    kind: Literal["training"]
    settings: TrainingSettings
    data_sha256: str
    base_id: str
    pack: PackRecord


def _names(settings: TrainingSettings) -> dict[str, object]:
    return {"data": settings.data, "out": settings.out, "base": settings.base}


def _look(settings: TrainingSettings) -> None:
    training_process.require(settings.method)
    if is_object(place(settings.out)):
        raise BadInput(f"out: {settings.out}: a model is trained on a disk; name a folder there")
    if settings.accelerate_config is not None and not Path(settings.accelerate_config).is_file():
        raise BadInput(
            f"accelerate_config: {settings.accelerate_config} is no file; `accelerate config "
            "--config_file FILE` makes one"
        )


def _whole(settings: TrainingSettings) -> TrainingSettings:
    paths = {name: str(place(getattr(settings, name)).resolve()) for name in ("data", "out")}
    if settings.base != TINY:
        paths["base"] = str(Path(settings.base).resolve())
    for name in ("accelerate_config", "preamble"):
        if getattr(settings, name) is not None:
            paths[name] = str(Path(getattr(settings, name)).resolve())
    return settings.model_copy(update=paths)


def _base_id(settings: TrainingSettings) -> str:
    base = base_of(settings)
    return TINY if base is None else identity(base)


def _inputs(settings: TrainingSettings) -> Inputs:
    return Inputs(
        settings.kind,
        {
            "data_sha256": source_at(place(settings.data)).sha256,
            "base_id": _base_id(settings),
            "pack": {
                "name": settings.prompt_format,
                "sha256": hash_of(template_for(settings)),
            },
        },
        {
            "data_sha256": f"data: {settings.data} has other rows",
            "base_id": f"base: {settings.base} is another model",
            "pack": "the prompt format is written otherwise than in the run",
        },
    )


TRAINING = RunKind(
    "training",
    "train",
    TrainingForm,
    folder=TrainedFolder,
    shape=TrainingShape,
    inputs=_inputs,
    names=_names,
    look=_look,
    whole=_whole,
    tags=lambda settings: (settings.base, "training"),
    status=training_status,
    text=training_text,
    checks=training_checks,
    page="tasks.training.page:write_report",
)
