"""What run.json holds, as far as readers rely on it: a folder may come from anybody.

Knows what all kinds of job have in common, not how it is read or written; what a kind adds stands
where the kind is declared.
"""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import RunFault


class PackRecord(BaseModel):
    """Which prompts were used."""

    name: str
    sha256: str


class RunRecord(BaseModel):
    """What run.json holds of a run of any kind."""

    model_config = ConfigDict(extra="allow")

    run_id: str
    state: str
    created_at: str
    changed_at: str
    kind: str = "evolution"
    settings: Any
    fixed: dict[str, Any]
    versions: dict[str, str]


def checked(value: Any, path: Path, shape: type[RunRecord] = RunRecord) -> dict[str, Any]:
    """Return the content of run.json as it is.

    Args:
        value: The parsed JSON.
        path: Where it lies, for the message.
        shape: What readers rely on.

    Raises:
        RunFault: A part that readers rely on is missing or of another kind.
    """
    try:
        shape.model_validate(value)
    except ValidationError as e:
        raise damaged(path, e) from None
    record: dict[str, Any] = value
    return record


def damaged(path: Path, fault: ValidationError, *within: str) -> RunFault:
    """Return what is said of a run.json that is not as it was written.

    Args:
        path: Where it lies.
        fault: What is wrong with it, or with a part of it.
        within: Which part that is.
    """
    error = fault.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in (*within, *error["loc"])) or "the whole"
    what = error["msg"]
    return RunFault(
        f"{path}: {place}: {what}; it is not as evolflow wrote it: put it back, or choose another "
        "folder"
    )
