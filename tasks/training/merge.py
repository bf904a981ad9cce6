"""Merge a trained adapter with its base: what comes out is a model like any other.

Turns a finished fine-tuning into a model's folder, by a process apart; the folder appears whole or not
at all.
"""

import tempfile
from pathlib import Path

from schemas.documents.training import MergeJob
from schemas.errors import BadInput
from schemas.folders.trained import TrainedFolder
from schemas.settings.training import TINY, TrainingSettings
from tasks.doors.files import dataset_files
from tasks.doors.processes import training_process
from tasks.doors.storage import folders
from tasks.runs.saved_settings import load_settings
from tasks.training.fine_tune import is_trained
from tasks.training.model_folders import model_at


def merge(root: Path, out: Path, base: Path | None) -> None:
    """Write the merged model.

    Args:
        root: Of a finished fine-tuning by LoRA or QLoRA.
        out: Folder to be made.
        base: Where the base lies now; None where it lies as it did.

    Raises:
        BadInput: There is nothing to merge, something lies at `out`, or base and adapter do not fit.
        RunFault: It cannot be written, or the process failed; nothing is left.
    """
    folder = TrainedFolder(root)
    settings = load_settings(folder, TrainingSettings)
    _require_adapter(folder, settings)
    training_process.require(settings.method)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"out: {out} is there already; choose another folder")
    folders.require_outside(out)
    folders.require_writable(out.parent)
    found = _base(folder, settings, base)
    with dataset_files.new_folder(out) as draft, tempfile.TemporaryDirectory() as home:
        job, says, log = (Path(home) / name for name in ("job.json", "says.jsonl", "merge.log"))
        told = MergeJob(
            adapter=folder.adapter.resolve(), base=found.resolve(), out=draft.resolve(), says=says
        )
        job.write_text(told.model_dump_json(), encoding="utf-8")
        training_process.carried_out(job, says, log, lambda _: None)


def _require_adapter(folder: TrainedFolder, settings: TrainingSettings) -> None:
    if not settings.is_lora:
        raise BadInput(
            f"{folder.root}: all weights were trained, there is nothing to merge; the model is "
            f"{folder.model}"
        )
    if not is_trained(folder):
        raise BadInput(f"{folder.root}: is not finished; the same `evolflow train` goes on")


def _base(folder: TrainedFolder, settings: TrainingSettings, base: Path | None) -> Path:
    if base is not None:
        return model_at(base, "--base")
    if settings.base == TINY:
        return folder.own_base
    return model_at(Path(settings.base), "base")
