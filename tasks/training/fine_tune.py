"""Fine-tune a model, and keep what comes of it.

Turns rows into a model or an adapter, a table of losses and figures, by a process apart. The manifest
is written last: what it names is whole. Knows nothing of how a model learns.
"""

import logging
import shutil
import time
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from prefect.client.schemas.objects import State
from prefect.states import Completed

from schemas.documents.manifest import Entry, Manifest
from schemas.documents.training import (
    HELD_OUT,
    LOSSES,
    TRAINING,
    Begun,
    Counts,
    Done,
    Figures,
    Record,
    Step,
    TrainJob,
)
from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from schemas.folders.trained import TrainedFolder
from schemas.settings.training import TrainingSettings
from tasks.doors.prefect.artifacts import Gauge
from tasks.doors.processes import training_process
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.manifest import read_manifest
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import unremembered
from tasks.training.bases import base_of, lacks_preamble, template_for
from tasks.training.exhibit import PERCENT, gauge

log = logging.getLogger("evolflow.training.fine_tune")

_LOG_EVERY_S = 10.0
_PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "tokenizers", "datasets")


def is_trained(folder: TrainedFolder) -> bool:
    """Tell whether all that a finished fine-tuning leaves is there, by name and size."""
    named = read_manifest(folder).files
    return bool(named) and all(
        (folder.root / one.path).is_file() and (folder.root / one.path).stat().st_size == one.bytes
        for one in named
    )


@unremembered("fine-tune", "fine-tune")
def fine_tune(run: str, left_out: dict[str, int]) -> "str | State[str]":
    """Fine-tune, unless it is done; goes on from the last checkpoint.

    Args:
        run: The fine-tuning's folder.
        left_out: Rows without a response, by reason.

    Returns:
        Path of the folder.

    Raises:
        BadInput: The model, the rows or a setting cannot be used.
        RunFault: The training process failed, or was asked to stop.
    """
    folder = TrainedFolder(place(run))
    if is_trained(folder):
        return Completed(name="Cached", message="done before", data=run)
    settings = load_settings(folder, TrainingSettings)
    course = Course(gauge(run))
    _learn(folder, settings, course)
    _publish(folder, settings, course, left_out)
    return run


class Course:
    """What the training process has said so far."""

    def __init__(self, bar: Gauge) -> None:
        """Hear nothing yet; the bar shows steps in percent."""
        self._bar = bar
        self._said_at = time.monotonic()
        self.counts: Counts | None = None
        self.begun: Begun | None = None
        self.done: Done | None = None
        self.steps: list[Step] = []

    def hear(self, record: Record) -> None:
        """Take in a record."""
        match record:
            case Counts():
                self.counts = record
                log.info("rows=%d cut=%d masked=%d", record.rows, record.cut, record.masked)
            case Begun():
                self.begun = record
                log.info("steps=%d from=%d device=%s precision=%s", record.steps,
                         record.from_step, record.device, record.precision)  # fmt: skip
            case Step():
                self._hear_step(record)
            case Done():
                self.done = record
                self._bar.settle(PERCENT)

    def _hear_step(self, step: Step) -> None:
        self.steps.append(step)
        if self.begun is not None:
            self._bar.show(PERCENT * step.step // self.begun.steps)
        if time.monotonic() - self._said_at >= _LOG_EVERY_S:
            self._said_at = time.monotonic()
            log.info("step=%d epoch=%.2f %s loss=%.4f", step.step, step.epoch, step.part, step.loss)


def _learn(folder: TrainedFolder, settings: TrainingSettings, course: Course) -> None:
    if lacks_preamble(settings):
        log.warning(
            "prompt_format: %s goes without its opening sentence, which is its authors'; "
            "--preamble FILE gives it", settings.prompt_format,
        )  # fmt: skip
    job = TrainJob(
        settings=settings,
        base=base_of(settings),
        chat_template=template_for(settings),
        folder=folder.root,
        data_sha256=shards.sha256_of(folder.rows),
    )
    shards.write_text(job.model_dump_json(), folder.job)
    shutil.rmtree(folder.draft, ignore_errors=True)
    config = settings.accelerate_config
    training_process.carried_out(
        folder.job, folder.steps, folder.training_log, course.hear,
        accelerate=None if config is None else Path(config),
    )  # fmt: skip


def _publish(
    folder: TrainedFolder, settings: TrainingSettings, course: Course, left_out: dict[str, int]
) -> None:
    if course.counts is None or course.begun is None or course.done is None:
        raise RunFault(
            f"the training process ended before it was done; its log is {folder.training_log}; the "
            "same command goes on from the last checkpoint"
        )
    target = folder.adapter if settings.is_lora else folder.model
    shutil.rmtree(target, ignore_errors=True)
    folder.draft.rename(target)
    table = pa.Table.from_pylist(
        [step.model_dump(exclude={"kind"}) for step in course.steps], schema=LOSSES
    )
    shards.write_table(table, folder.losses)
    losses = [step.loss for step in course.steps if step.part == TRAINING]
    held_out = [step.loss for step in course.steps if step.part == HELD_OUT]
    figures = Figures(
        counts=course.counts, begun=course.begun, done=course.done, left_out=left_out,
        held_out_rows=settings.held_out_rows, first_loss=losses[0], last_loss=losses[-1],
        held_out_loss=held_out[-1] if held_out else None,
        versions={name: version(name) for name in _PACKAGES},
    )  # fmt: skip
    shards.write_json(figures.model_dump(mode="json"), folder.results)
    published = [folder.rows, folder.losses, folder.results, *sorted(target.iterdir())]
    files = [_entry(folder, path) for path in published]
    shards.write_json(Manifest(files=files, made_from={}), folder.manifest)
    # They hold pickles, and many times the model's size.
    shutil.rmtree(folder.checkpoints, ignore_errors=True)


def _entry(folder: RunFolder, path: Path) -> Entry:
    return Entry(
        path=path.relative_to(folder.root).as_posix(),
        bytes=path.stat().st_size,
        sha256=shards.sha256_of(path),
    )
