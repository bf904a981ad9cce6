"""Keep run.json: what a run folder was made with, and how the run in it stands.

Turns a flow's settings and what they point to into run.json, and refuses a folder that holds another
run. Knows no flow.
"""

import platform
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from schemas.documents.run_json import RunRecord, checked
from schemas.errors import BadInput, EvolError, Interrupted, RunFault
from schemas.folders.run import RunFolder
from schemas.folders.scoring import scores_of
from schemas.settings.knobs import Settings
from schemas.settings.scoring import ScoringSettings
from schemas.text import well_formed
from tasks.buying.lessons import lessons_in
from tasks.doors.storage import folders, shards

_PACKAGES = ("evolflow", "prefect", "litellm", "great-expectations", "pyarrow", "pandas", "rensa")
_LONGEST_NAME_BYTES = 255


class Inputs(NamedTuple):
    """What a run is made from besides its settings."""

    kind: str
    content: dict[str, object]
    """Names in run.json to a hash, or to a table with the key sha256."""
    if_other: dict[str, str]
    """The same names to what is said where the run was made from something else."""


def open_record(folder: RunFolder, settings: Settings, inputs: Inputs) -> None:
    """Make or continue a run: its run.json holds these settings from now on.

    Args:
        folder: The caller has checked it and holds its lock.
        settings: With whole paths.
        inputs: What they point to.

    Raises:
        BadInput: Another run lies there.
    """
    old = read_record(folder) if folder.run_json.exists() else None
    if old is not None:
        _refuse_other_settings(folder, old, settings, inputs)
    shards.write_json(_record(old, settings, inputs), folder.run_json)


def check_folder(folder: RunFolder, settings: Settings, inputs: Inputs) -> None:
    """Make sure that a run can be made or continued there; nothing is left of what it tries.

    Raises:
        BadInput: The folder cannot be written, or another run or a link lies in it.
    """
    folders.require_outside(_apart(folder, inputs.kind))
    folders.require_writable(folder.root)
    if folder.run_json.exists():
        _refuse_other_settings(folder, read_record(folder), settings, inputs)
    else:
        _refuse_foreign_folder(folder.root)
    folders.require_no_links(folder.root)
    folders.require_writable(folder.work)


def _apart(folder: RunFolder, kind: str) -> Path:
    """Return what must not lie in another's folder: a run's own scores are a part of it."""
    run = folder.root.parent
    is_part = kind == ScoringSettings.kind and folder.root == scores_of(RunFolder(run)).root
    return run if is_part else folder.root


def require_names(named: Mapping[str, object]) -> None:
    """Make sure that run.json, which is UTF-8, can hold these paths.

    Raises:
        BadInput: A path is no name that can be written down.
    """
    for name, value in named.items():
        path = str(value)
        if path != well_formed(path) or "\0" in path:
            raise BadInput(f"{name}: {path!r} is no name in UTF-8; choose another")
        if any(len(part.encode()) > _LONGEST_NAME_BYTES for part in Path(path).parts):
            raise BadInput(f"{name}: {path[:40]}… is too long a name; choose another")


def read_record(folder: RunFolder) -> RunRecord:
    """Return the content of run.json.

    Raises:
        BadInput: There is none.
        RunFault: It is not as this program wrote it.
    """
    return checked(shards.read_json(folder.run_json), folder.run_json, RunRecord)


def _refuse_foreign_folder(root: Path) -> None:
    # A lock alone is what a run leaves that was refused before it began.
    if root.exists() and any(path.name != "work" for path in root.iterdir()):
        raise BadInput(f"out: {root} is not empty and no run folder; choose another folder")


def sweep(folder: RunFolder) -> None:
    """Remove drafts that a killed process left; the caller holds the folder's lock."""
    shards.sweep_drafts(folder.root)


@contextmanager
def recorded(folder: RunFolder) -> Iterator[None]:
    """Keep in run.json how the run stands: running, then done or why it stopped."""
    _set_state(folder, "running")
    state = "stopped: error"
    try:
        yield
        state = "done"
    except EvolError as fault:
        state = _stopped(fault)
        raise
    except Exception:
        # Passed on as it is: here only to be told apart from a signal, which is none of these.
        raise
    except BaseException:
        # A signal, as Prefect raises it.
        state = _stopped(Interrupted())
        raise
    finally:
        # A full disk must not hide the fault that it caused.
        with suppress(OSError, RunFault):
            _set_state(folder, state)


def note_done(folder: RunFolder) -> None:
    """Keep in run.json that all is done, for what is written last: it says how the run stands."""
    _set_state(folder, "done")


def note_stop(folder: RunFolder, fault: EvolError) -> None:
    """Keep in run.json why a run stopped whose flow cannot say so any more."""
    if folder.run_json.exists():
        _set_state(folder, _stopped(fault))


def _stopped(fault: EvolError) -> str:
    return f"stopped: {type(fault).__name__}"


def _set_state(folder: RunFolder, state: str) -> None:
    record = shards.read_json(folder.run_json)
    unsent = [one.record() for one in lessons_in(folder)]
    told = {"unsent": unsent} if unsent else {}
    changed = {"state": state, "changed_at": _now(), **told}
    shards.write_json({**record, **changed}, folder.run_json)


def _record(old: RunRecord | None, settings: Settings, inputs: Inputs) -> dict[str, object]:
    return {
        "run_id": uuid.uuid4().hex if old is None else old.run_id,
        "kind": inputs.kind,
        "state": "new" if old is None else old.state,
        "created_at": _now() if old is None else old.created_at,
        "changed_at": _now(),
        "settings": settings.model_dump(mode="json"),
        "fixed": _fixed(old, settings),
        **inputs.content,
        "versions": versions(),
    }


def _fixed(old: RunRecord | None, settings: Settings) -> Mapping[str, object]:
    """Return what a run is held to: for good, what it began with.

    What it made is known by it, and need not be made anew for a setting that has grown since, or is
    younger than the run.
    """
    return settings.fixed_part() if old is None else old.fixed


def versions() -> dict[str, str]:
    """Return the versions of what the work is done with, by name."""
    return {"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}}


def _refuse_other_settings(
    folder: RunFolder, record: RunRecord, settings: Settings, inputs: Inputs
) -> None:
    if record.kind != inputs.kind:
        raise BadInput(
            f"out: {folder.root} holds a run of another kind ({record.kind}); choose another"
        )
    # A setting that is younger than the run had the value then that it has by default now.
    here, given = {**settings.defaults(), **record.fixed}, settings.fixed_part()
    for name in settings.growing():
        _refuse_smaller(folder, name, record.settings.get(name), given.pop(name))
    differ = [
        f"{name}: run has {here[name]!r}, given {value!r}"
        for name, value in given.items()
        if here[name] != value
    ]
    differ += [
        said
        for name, said in inputs.if_other.items()
        if _hash(record.named(name)) != _hash(inputs.content[name])
    ]
    if differ:
        raise BadInput(
            f"out: {folder.root} holds a run with other settings ({'; '.join(differ)}); "
            "give the run's own, or another --out"
        )


def _refuse_smaller(folder: RunFolder, name: str, here: object, given: object) -> None:
    if isinstance(here, int) and isinstance(given, int) and given < here:
        raise BadInput(
            f"{name}: {folder.root} has {here} already, given {given}; give {here} or more, or "
            "another --out"
        )


def _hash(content: object) -> object:
    """Return what tells two contents apart: a pack is the same wherever it lies."""
    return content["sha256"] if isinstance(content, dict) and "sha256" in content else content


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
