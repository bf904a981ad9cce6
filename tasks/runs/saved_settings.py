"""Read back what a run was started or continued with; commands may, as nothing of Prefect is here."""

from typing import Any, TypeVar

from pydantic import ValidationError

from schemas.documents.run_json import damaged
from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.settings.asking import JobSettings
from tasks.doors.storage import shards

_Settings = TypeVar("_Settings", bound=JobSettings)
_FIRST = "evolution"
"""Kind of the runs whose run.json names none."""


def load_settings(folder: RunFolder, model: type[_Settings]) -> _Settings:
    """Return the settings that a run was started or continued with.

    Args:
        folder: The run's.
        model: What it is to hold: the settings of one kind of job.

    Raises:
        BadInput: The folder holds something else.
        RunFault: run.json is damaged.
    """
    record = shards.read_json(folder.run_json)
    found = kind_in(record)
    if found != model.kind:
        raise BadInput(
            f"{folder.root}: holds another kind of run ({found}); name one of kind {model.kind}"
        )
    try:
        return model.model_validate(record.get("settings"))
    except ValidationError as e:
        raise damaged(folder.run_json, e, "settings") from None


def kind_in(record: Any) -> str:
    """Return the name of the kind that a run.json holds."""
    found = record.get("kind") if isinstance(record, dict) else None
    return found if isinstance(found, str) else _FIRST
