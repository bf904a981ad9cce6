"""A fine-tuning as a graph: rows are written, a model learns from them, the page is drawn."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import flow

from flows.schedule import dated, is_from_deployment, training_name
from schemas.folders.trained import TrainedFolder
from schemas.settings.training import TrainingForm, TrainingSettings
from tasks.doors.storage import lock
from tasks.doors.storage.places import place
from tasks.runs import ui_names
from tasks.runs.run_json import note_done, recorded, sweep
from tasks.training.exhibit import exhibit_training
from tasks.training.fine_tune import fine_tune
from tasks.training.kind import absolute_training, check_training, start_training
from tasks.training.rows import write_rows


@flow(name="training", flow_run_name=training_name)
def training(settings: TrainingForm) -> str:
    """Fine-tune a model on a mix or a run.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the fine-tuning's folder.
    """
    return train_all(absolute_training(dated(settings.settings())))


def train_all(settings: TrainingSettings) -> str:
    """Make or continue a fine-tuning, and take it to its end; returns the path of its folder."""
    with _opened(settings) as folder:
        run = str(folder.root.resolve())
        left_out = write_rows(run)
        fine_tune(run, left_out)
        note_done(folder)
        exhibit_training(run)
    return run


@contextmanager
def _opened(settings: TrainingSettings) -> Iterator[TrainedFolder]:
    """Have a fine-tuning's folder for the length of the block: checked, locked, recorded."""
    check_training(settings)
    ui_names.check()
    ui_names.tag(settings.base, "training")
    path = TrainedFolder(place(settings.out)).lock
    with lock.held(path, is_patient=is_from_deployment()):
        folder = start_training(settings)
        sweep(folder)
        with recorded(folder):
            yield folder
