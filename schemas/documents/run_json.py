"""What run.json holds, as far as readers rely on it: a folder may come from anybody.

Knows what all kinds of job have in common, not how it is read or written; the whole shape of a kind
stands where the kind is declared.
"""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import RunFault


class PackRecord(BaseModel):
    """Whose prompts were used."""

    name: str
    sha256: str


class ImportedFrom(BaseModel):
    """The file of judgments that was brought in."""

    format: str
    sha256: str
    is_order_known: bool = True
    """Whether it says which answer the judge saw first."""


class RunShape(BaseModel):
    """What run.json has to hold of a run of any kind."""

    model_config = ConfigDict(frozen=True, extra="allow")

    run_id: str
    state: str
    created_at: str
    changed_at: str
    kind: str = "evolution"
    settings: Any
    fixed: dict[str, object]
    versions: dict[str, str]


class RunRecord(RunShape):
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
    pack: PackRecord


_Read = TypeVar("_Read", bound=RunShape)


def checked(value: object, path: Path, shape: type[_Read]) -> _Read:
    """Return the content of run.json.

    Args:
        value: The parsed JSON.
        path: Where it lies, for the message.
        shape: What the caller relies on.

    Raises:
        RunFault: A part that readers rely on is missing or of another kind.
    """
    try:
        return shape.model_validate(value)
    except ValidationError as e:
        raise damaged(path, e) from None


def damaged(path: Path, fault: ValidationError, *within: str) -> RunFault:
    """Return what is said of a run.json that is not as it was written.

    Args:
        path: Where it lies.
        fault: What is wrong with it, or with a part of it.
        within: Which part that is.
    """
    error = fault.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in (*within, *error["loc"])) or "the whole"
    return RunFault(
        f"{path}: {place}: {error['msg']}; it is not as evolflow wrote it: put it back, or choose "
        "another folder"
    )
