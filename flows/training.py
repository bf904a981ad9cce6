"""A fine-tuning as a graph: rows are written, a model learns from them, the page is drawn."""

from prefect import flow

from flows.job import job
from flows.schedule import title_of
from schemas.settings.training import TrainingForm
from tasks.training.exhibit import exhibit_training
from tasks.training.fine_tune import fine_tune
from tasks.training.kind import TRAINING
from tasks.training.rows import write_rows


@flow(name=TRAINING.name, flow_run_name=title_of(TRAINING))
def training(settings: TrainingForm) -> str:
    """Fine-tune a model on a mix or a run.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the fine-tuning's folder.
    """
    with job(TRAINING, settings) as run:
        left_out = write_rows(run.path)
        fine_tune(run.path, left_out)
        run.done()
        exhibit_training(run.path)
    return run.path
