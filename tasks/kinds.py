"""The kinds of job, one line each; a kind's room is imported when somebody asks for it."""

from pathlib import Path
from typing import Any

from schemas.errors import BadInput, RunFault
from schemas.folders.run import RunFolder
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.kind import Kind, called

KINDS = {
    "evolution": "tasks.evolution.kind:EVOLUTION",
    "evaluation": "tasks.evaluation.judging.kind:EVALUATION",
    "imported evaluation": "tasks.evaluation.judging.kind:IMPORTED",
    "prediction": "tasks.evaluation.answering.kind:PREDICTION",
    "scoring": "tasks.scoring.kind:SCORING",
    "mixing": "tasks.mixing.kind:MIXING",
    "export": "tasks.export.kind:EXPORT",
    "training": "tasks.training.kind:TRAINING",
    "merging": "tasks.training.merging:MERGING",
}
_FIRST = "evolution"


def kind_named(name: str) -> Any:
    """Return the kind of a name that stands in KINDS."""
    return called(KINDS[name])


def kind_at(address: str) -> Kind[Any, Any]:
    """Return what kind of job lies in a folder; an evolution where run.json does not say.

    Raises:
        BadInput: It is no folder of any kind.
    """
    root = place(address)
    try:
        record = shards.read_json(RunFolder(root).run_json)
    except BadInput:
        other = _kind_without_run_json(root)
        if other is None:
            raise
        return other
    except RunFault:
        # Whoever reads the rest says what is wrong with it.
        record = None
    found = record.get("kind") if isinstance(record, dict) else None
    kind: Kind[Any, Any] = kind_named(found if found in KINDS else _FIRST)
    return kind


def _kind_without_run_json(root: Path) -> Kind[Any, Any] | None:
    for name in KINDS:
        kind: Kind[Any, Any] = kind_named(name)
        if (root / kind.record).is_file():
            return kind
    return None
