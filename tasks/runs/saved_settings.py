"""Read back what a run was started or continued with; commands may, as nothing of Prefect is here."""

from typing import Any, TypeVar, get_args

from schemas.documents.run_json import Kind
from schemas.errors import BadInput, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.evaluation import EvaluationSettings
from schemas.settings.evolution import RunSettings
from schemas.settings.knobs import Settings
from schemas.settings.prediction import PredictionSettings
from schemas.settings.scoring import ScoringSettings
from schemas.settings.training import TrainingSettings
from tasks.doors.storage import shards
from tasks.doors.storage.places import place

_Settings = TypeVar("_Settings", bound=Settings)


def load_settings(folder: RunFolder) -> RunSettings:
    """Return the settings that an evolution was started or continued with.

    Raises:
        BadInput: The folder holds something else.
    """
    return _load(folder, "evolution", RunSettings)


def load_evaluation_settings(folder: RunFolder) -> EvaluationSettings:
    """Return the settings that an evaluation was started or continued with.

    Raises:
        BadInput: The folder holds something else.
    """
    return _load(folder, "evaluation", EvaluationSettings)


def load_scoring_settings(folder: RunFolder) -> ScoringSettings:
    """Return the settings that a scoring was started or continued with.

    Raises:
        BadInput: The folder holds something else.
    """
    return _load(folder, "scoring", ScoringSettings)


def load_prediction_settings(folder: RunFolder) -> PredictionSettings:
    """Return the settings that a prediction was started or continued with.

    Raises:
        BadInput: The folder holds something else.
    """
    return _load(folder, "prediction", PredictionSettings)


def load_answering_settings(folder: RunFolder) -> EvaluationSettings | PredictionSettings:
    """Return the settings of an evaluation or a prediction: in both, systems answer test items.

    Raises:
        BadInput: The folder holds something else.
    """
    if _kind(shards.read_json(folder.run_json)) == "prediction":
        return load_prediction_settings(folder)
    return load_evaluation_settings(folder)


def load_training_settings(folder: RunFolder) -> TrainingSettings:
    """Return the settings that a fine-tuning was started or continued with.

    Raises:
        BadInput: The folder holds something else.
    """
    return _load(folder, "training", TrainingSettings)


def kind_of(run: str) -> Kind:
    """Return what lies in a run folder; an evolution where run.json does not say, or is damaged.

    Raises:
        BadInput: It is no run folder.
    """
    try:
        return _kind(shards.read_json(RunFolder(place(run)).run_json))
    except BadInput:
        raise
    except RunFault:
        # Whoever reads the rest says what is wrong with it.
        return "evolution"


def _kind(record: Any) -> Kind:
    """Whether the rest is as it should be, its readers see."""
    found = record.get("kind") if isinstance(record, dict) else None
    return next((kind for kind in get_args(Kind) if kind == found), "evolution")


def _load(folder: RunFolder, kind: Kind, model: type[_Settings]) -> _Settings:
    record = shards.read_json(folder.run_json)
    found = _kind(record)
    if found != kind:
        raise BadInput(
            f"{folder.root}: holds another kind of run ({found}); name one of kind {kind}"
        )
    return model.model_validate(record["settings"])
