"""Read back from run.json what the run's pack declared: its operations and its stages.

The pack itself may have changed or gone since. Run folders from before packs declared anything say
nothing of it: they had the general pack's operations and every stage there was.
"""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from schemas.operation import Operation
from schemas.stages import Stage
from tasks.packs.pack import Pack, load_pack, stages_of
from tasks.runs.run_json import read_record

_OPERATIONS = TypeAdapter(tuple[Operation, ...])
_STAGES = TypeAdapter(tuple[Stage, ...])


def pack_record(pack: Pack) -> dict[str, Any]:
    """Return what run.json says of a pack."""
    return {
        "name": pack.name,
        "sha256": pack.sha256,
        "files": dict(pack.file_sha256),
        "operations": _OPERATIONS.dump_python(pack.operations, mode="json"),
        "stages": list(stages_of(pack)),
    }


def saved_operations(folder: RunFolder) -> tuple[Operation, ...]:
    """Return the operations that a run draws from, in their order.

    Raises:
        BadInput: There is no run.json.
        RunFault: What run.json says of them is not as it was written.
    """
    return _saved(folder, "operations", _OPERATIONS) or load_pack("general").operations


def saved_stages(folder: RunFolder) -> tuple[Stage, ...]:
    """Return the stages of a run, in their order.

    Raises:
        BadInput: There is no run.json.
        RunFault: What run.json says of them is not as it was written, or by a later evolflow.
    """
    return _saved(folder, "stages", _STAGES) or stages_of(load_pack("general"))


def saved_sha256(folder: RunFolder) -> str | None:
    """Return the hash of the pack that a run began with; None where no run lies there.

    Raises:
        RunFault: run.json is not as it was written.
    """
    if not folder.run_json.exists():
        return None
    pack = read_record(folder).named("pack")
    return str(pack.get("sha256")) if isinstance(pack, dict) else None


def _saved(folder: RunFolder, name: str, shape: TypeAdapter[Any]) -> Any:
    """Return what run.json says; None where it says nothing."""
    pack = read_record(folder).named("pack")
    if not isinstance(pack, dict) or name not in pack:
        return None
    try:
        return shape.validate_python(pack[name])
    except ValidationError as e:
        what = e.errors(include_url=False, include_input=False)[0]["msg"]
        raise RunFault(
            f"{folder.run_json}: pack.{name}: {what}; put it back, or use the evolflow that made "
            "the run"
        ) from None
