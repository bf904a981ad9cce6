"""Open the folder of an evolution: make it, or make sure that this command continues the run there.

Turns settings into run.json. Nothing is written before everything that can be checked was checked.
"""

from pathlib import Path

from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.packs.pack import load_pack, pack_folder
from tasks.runs.run_json import Inputs, check_folder, open_record, require_names
from tasks.runs.saved_pack import pack_record
from tasks.sources.seeds import count_usable


def start(settings: RunSettings) -> RunFolder:
    """Make or continue a run; the caller has checked the settings and holds the folder's lock.

    Returns:
        The run's folder, whose run.json holds these settings.

    Raises:
        BadInput: Another run lies there.
    """
    folder = RunFolder(place(settings.out))
    open_record(folder, absolute(settings), _inputs(settings))
    return folder


def check(settings: RunSettings) -> None:
    """Check what settings point to; nothing is left of what it tries.

    Raises:
        BadInput: A seed file or pack cannot be used, the folder cannot be written, or another run or
            a link lies in it.
    """
    require_names({name: getattr(settings, name) for name in ("seeds", "out", "pack")})
    count_usable(settings)
    check_folder(RunFolder(place(settings.out)), settings, _inputs(settings))


def absolute(settings: RunSettings) -> RunSettings:
    """Return the settings with whole paths: a run may be continued from another working folder."""
    paths = {"seeds": settings.seeds.resolve(), "out": str(place(settings.out).resolve())}
    # A shipped pack keeps its name, whatever folder of that name lies in the working folder.
    folder = pack_folder(settings.pack)
    own_pack = {"pack": str(folder.resolve())} if folder == Path(settings.pack) else {}
    return settings.model_copy(update={**paths, **own_pack})


def _inputs(settings: RunSettings) -> Inputs:
    pack = load_pack(settings.pack)
    return Inputs(
        "evolution",
        {
            "seeds_sha256": shards.sha256_of(settings.seeds),
            "pack": pack_record(pack),
        },
        {
            "seeds_sha256": f"seeds: {settings.seeds} has other content than the run's seed file",
            "pack": f"pack: {settings.pack} has other prompts or operations than the run's",
        },
    )
