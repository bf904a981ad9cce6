"""What run.json holds, as far as readers rely on it: a folder may come from anybody.

Knows the shape, not how it is read or written.
"""

from pathlib import Path
from typing import Any, Literal, TypeVar

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


class Pack(BaseModel):
    """Whose prompts were used."""

    name: str
    sha256: str


class ImportedFrom(BaseModel):
    """The file of judgments that was brought in."""

    format: str
    sha256: str
    is_order_known: bool = True
    """Whether it says which answer the judge saw first."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    run_id: str
    state: str
    created_at: str
    changed_at: str
    kind: Kind = "evolution"
    settings: Any
    fixed: dict[str, object]
    versions: dict[str, str]


class RunRecord(_Record):
    """The content of run.json, whatever its kind."""

    settings: dict[str, Any]
    """As they were given; tasks.runs.saved_settings makes them whole."""
    imported: ImportedFrom | None = None
    """Only of an import."""

    def named(self, name: str) -> object:
        """Return what else a run of its kind was made from; None where it does not say."""
        return (self.model_extra or {}).get(name)

    @property
    def is_order_known(self) -> bool:
        """Whether its games say which answer the judge saw first; some files do not."""
        return self.imported is None or self.imported.is_order_known


class EvolutionRecord(RunRecord):
    """The content of an evolution's run.json."""

    seeds_sha256: str
    pack: Pack


class _Evolution(_Record):
    settings: RunSettings
    seeds_sha256: str
    pack: Pack


class _Evaluation(_Record):
    settings: EvaluationSettings
    tests_sha256: str
    systems: dict[str, str]
    pack: Pack


class _Scoring(_Record):
    settings: ScoringSettings
    source_id: str
    pack: Pack


class _Prediction(_Record):
    settings: PredictionSettings
    tests_sha256: str
    systems: dict[str, str]
    pack: Pack


class _Training(_Record):
    settings: TrainingSettings
    data_sha256: str
    base_id: str
    pack: Pack


_SHAPES: dict[str, type[_Record]] = {
    "evolution": _Evolution,
    "evaluation": _Evaluation,
    "scoring": _Scoring,
    "prediction": _Prediction,
    "training": _Training,
}


_Read = TypeVar("_Read", bound=RunRecord)


def checked(value: Any, path: Path, shape: type[_Read]) -> _Read:
    """Return the content of run.json.

    Args:
        value: The parsed JSON.
        path: Where it lies, for the message.
        shape: What the caller relies on.

    Raises:
        RunFault: A part that readers rely on is missing or of another kind.
    """
    try:
        kind = _Record.model_validate(value).kind
        _SHAPES.get(kind, _Record).model_validate(value)
        return shape.model_validate(value)
    except ValidationError as e:
        error = e.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in error["loc"]) or "the whole"
        raise RunFault(
            f"{path}: {place}: {error['msg']}; it is not as evolflow wrote it: put it back, or "
            "choose another folder"
        ) from None
