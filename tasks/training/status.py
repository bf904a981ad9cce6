"""Say how a fine-tuning stands, and check that it is whole. Writes nothing."""

from dataclasses import replace

from schemas.documents.status import TrainingStatus
from schemas.documents.training import HELD_OUT
from schemas.folders.trained import TrainedFolder
from tasks.runs.checks import Check
from tasks.runs.run_json import read_record
from tasks.runs.soundness import files_check
from tasks.training.figures import figures_of
from tasks.training.watch import TrainingWatch

_REMEDY = "put it back from a copy, or train anew into another folder"


def training_status(folder: TrainedFolder) -> TrainingStatus:
    """Return how it stands.

    Raises:
        BadInput: This is no run folder.
        RunFault: A file is damaged.
    """
    record = read_record(folder)
    made = folder.adapter if folder.adapter.exists() else folder.model
    return TrainingStatus(
        state=record.state,
        folder=str(folder.root),
        made=str(made) if made.exists() else None,
        figures=figures_of(folder) if folder.results.exists() else None,
    )


def training_text(folder: TrainedFolder) -> str:
    """Return how it stands, for people.

    Raises:
        BadInput: This is no run folder.
        RunFault: A file is damaged.
    """
    status = training_status(folder)
    lines = [f"fine-tuning: {status.state}"]
    found = status.figures
    if found is None:
        so_far = ", ".join(TrainingWatch(folder).cells())
        return "\n".join([*lines, f"{so_far}; the same `evolflow train` goes on"])
    counts, begun = found.counts, found.begun
    held_out = "" if found.held_out_loss is None else f", {HELD_OUT} {found.held_out_loss:.3f}"
    lines += [
        f"rows:     {counts.rows - counts.masked:,} learned from, {counts.cut:,} of them cut, "
        f"{counts.masked + sum(found.left_out.values()):,} left out",
        f"tokens:   {counts.tokens:,} a pass, {counts.response_tokens:,} with a loss",
        *([f"thinking: {counts.thinking:,} rows have it"] if counts.thinking else []),
        f"loss:     {found.first_loss:.3f} -> {found.last_loss:.3f}{held_out}, "
        f"{found.done.steps:,} steps",
        f"trained:  {begun.trained_parameters:,} of {begun.parameters:,} parameters in "
        f"{found.done.seconds:.1f} s on {begun.device}, {begun.precision}",
        f"report:   {folder.report}",
        f"made:     {status.made}",
        _next(folder),
    ]
    return "\n".join(lines)


def _next(folder: TrainedFolder) -> str:
    if folder.adapter.exists():
        return f"next:     evolflow merge {folder.root} --out MODEL"
    return f"next:     evolflow serve {folder.root}"


def training_checks(folder: TrainedFolder) -> list[Check]:
    """Return everything that was checked, in order.

    Raises:
        BadInput: This is no run folder.
        RunFault: Its run.json is damaged.
    """
    record = read_record(folder)
    first = Check("run.json", f"training {record.run_id[:8]}, {record.state}")
    if not folder.manifest.exists():
        return [first, Check("manifest", "nothing is published yet")]
    there = [one for made in (folder.model, folder.adapter) for one in made.glob("*")]
    files = files_check(folder, there)
    # Hours of a GPU are not spent again unasked.
    problems = [problem._replace(remedy=_REMEDY) for problem in files.problems]
    return [first, replace(files, problems=problems)]
