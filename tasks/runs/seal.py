"""Say of a whole run folder that it is finished as it lies: who asks for it again has nothing to do.

Turns every file's content into work/finished.json, and tells from it whether anything has changed
since: one byte, one file more or less, a setting, a package's version. Where anything has, the run goes
its usual way, which finds out what and mends it. Knows no kind of run and no stage.
"""

from contextlib import suppress
from pathlib import Path

from schemas.errors import EvolError
from schemas.folders.run import RunFolder
from schemas.settings.knobs import Settings
from tasks.doors.storage import lock, shards
from tasks.doors.storage.places import is_object
from tasks.runs.run_json import read_record, versions


def put(folder: RunFolder) -> None:
    """Seal a folder whose run is done; the caller holds its lock.

    Folders on an object store get none: to look at all their files is to fetch them.
    """
    if is_object(folder.root):
        return
    # Without it the run is as done as before, only slower to ask for.
    with suppress(OSError, EvolError):
        shards.write_json({"files": _digests(folder)}, folder.seal)


def holds(folder: RunFolder, settings: Settings) -> bool:
    """Tell whether a run with these settings is done, and all is as it was left.

    Args:
        folder: The caller has checked that what the settings point to has not changed.
        settings: With whole paths.
    """
    if is_object(folder.root) or not folder.seal.exists() or lock.is_held(folder.lock):
        return False
    try:
        record = read_record(folder)
        is_same = (
            record.state == "done"
            and record.settings == settings.model_dump(mode="json")
            and record.versions == versions()
        )
        return is_same and bool(shards.read_json(folder.seal) == {"files": _digests(folder)})
    except (OSError, EvolError):
        return False


def _digests(folder: RunFolder) -> dict[str, str]:
    """Return the hash of every file but those that say nothing of what was made."""
    apart = {folder.seal, folder.lock, folder.log}
    paths = sorted(path for path in folder.root.rglob("*") if path.is_file() and path not in apart)
    return {_name(folder.root, path): shards.sha256_of(path) for path in paths}


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
