"""What an evolution is: its settings, its folder, what it is made from, and who looks at it.

Turns settings into what is checked and written before the first call. Knows nothing of its stages.
"""

import time
from pathlib import Path
from typing import Literal

from schemas.documents.run_json import PackRecord, RunShape
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunForm, RunSettings
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evolution.status import spent, status
from tasks.evolution.status_text import folder_text, summary_text
from tasks.evolution.verify import checks_of
from tasks.evolution.watch import Watch
from tasks.packs.pack import load_pack, pack_folder
from tasks.runs.kind import RunKind
from tasks.runs.run_json import Inputs
from tasks.runs.saved_pack import pack_record, saved_sha256
from tasks.sources.seeds import count_usable


class EvolutionShape(RunShape):
    """What run.json holds of an evolution."""

    kind: Literal["evolution"] = "evolution"
    settings: RunSettings
    seeds_sha256: str
    pack: PackRecord


def _whole(settings: RunSettings) -> RunSettings:
    paths = {"seeds": settings.seeds.resolve(), "out": str(place(settings.out).resolve())}
    # A shipped pack keeps its name, whatever folder of that name lies in the working folder.
    folder = pack_folder(settings.pack)
    own_pack = {"pack": str(folder.resolve())} if folder == Path(settings.pack) else {}
    return settings.model_copy(update={**paths, **own_pack})


def _inputs(settings: RunSettings) -> Inputs:
    pack = load_pack(settings.pack, saved_sha256(RunFolder(place(settings.out))))
    return Inputs(
        settings.kind,
        {
            "seeds_sha256": shards.sha256_of(settings.seeds),
            "pack": pack_record(pack),
        },
        {
            "seeds_sha256": f"seeds: {settings.seeds} has other content than the run's seed file",
            "pack": f"pack: {settings.pack} has other prompts or operations than the run's",
        },
    )


def _names(settings: RunSettings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in ("seeds", "out", "pack")}


def _look(settings: RunSettings) -> None:
    count_usable(settings)


EVOLUTION = RunKind(
    "evolution",
    "run",
    RunForm,
    folder=RunFolder,
    shape=EvolutionShape,
    inputs=_inputs,
    names=_names,
    look=_look,
    whole=_whole,
    tags=lambda settings: (settings.model,),
    status=status,
    text=folder_text,
    summary=summary_text,
    checks=checks_of,
    is_record_checked=True,
    page="tasks.evolution.report.page:write_report",
    watch=lambda folder, settings: Watch(folder, settings, clock=time.monotonic),
    spent=spent,
    is_sealed=True,
)
