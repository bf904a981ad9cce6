"""What run.json holds, as far as readers rely on it: a folder may come from anybody.

Knows the shape, not how it is read or written.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import RunFault
from schemas.settings.evaluation import EvaluationSettings
from schemas.settings.evolution import RunSettings
from schemas.settings.prediction import PredictionSettings
from schemas.settings.scoring import ScoringSettings
from schemas.settings.training import TrainingSettings

Kind = Literal[
    "evolution", "evaluation", "imported evaluation", "scoring", "prediction", "training"
]
"""What a run folder holds."""


class _Pack(BaseModel):
    name: str
    sha256: str


class _Record(BaseModel):
    model_config = ConfigDict(extra="allow")

    run_id: str
    state: str
    created_at: str
    changed_at: str
    kind: Kind = "evolution"
    settings: Any
    fixed: dict[str, Any]
    versions: dict[str, str]


class _Evolution(_Record):
    settings: RunSettings
    seeds_sha256: str
    pack: _Pack


class _Evaluation(_Record):
    settings: EvaluationSettings
    tests_sha256: str
    systems: dict[str, str]
    pack: _Pack


class _Scoring(_Record):
    settings: ScoringSettings
    source_id: str
    pack: _Pack


class _Prediction(_Record):
    settings: PredictionSettings
    tests_sha256: str
    systems: dict[str, str]
    pack: _Pack


class _Training(_Record):
    settings: TrainingSettings
    data_sha256: str
    base_id: str
    pack: _Pack


_SHAPES: dict[str, type[_Record]] = {
    "evolution": _Evolution,
    "evaluation": _Evaluation,
    "scoring": _Scoring,
    "prediction": _Prediction,
    "training": _Training,
}


def checked(value: Any, path: Path) -> dict[str, Any]:
    """Return the content of run.json as it is.

    Args:
        value: The parsed JSON.
        path: Where it lies, for the message.

    Raises:
        RunFault: A part that readers rely on is missing or of another kind.
    """
    try:
        kind = _Record.model_validate(value).kind
        _SHAPES.get(kind, _Record).model_validate(value)
    except ValidationError as e:
        error = e.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in error["loc"]) or "the whole"
        raise RunFault(
            f"{path}: {place}: {error['msg']}; it is not as evolflow wrote it: put it back, or "
            "choose another folder"
        ) from None
    record: dict[str, Any] = value
    return record
