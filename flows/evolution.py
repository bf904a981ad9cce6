"""The whole method: seeds, then epoch after epoch, then the finished dataset."""

from prefect import flow

from flows.epoch import epoch, shards_at_once
from flows.job import Job, job
from flows.schedule import title_of
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunForm, RunSettings
from tasks.buying import divided
from tasks.doors.prefect import task_runners
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evolution import exhibit
from tasks.evolution.kind import EVOLUTION
from tasks.evolution.steps.publish import finish
from tasks.evolution.steps.seed import seed
from tasks.runs.spend import spent_usd


@flow(name=EVOLUTION.name, flow_run_name=title_of(EVOLUTION))
def evolution(settings: RunForm) -> str:
    """Grow a dataset from seeds.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the run folder.
    """
    with job(EVOLUTION, settings) as run:
        grow(run)
        finish(run.path)
        run.done()
        exhibit.report(run.path)
    return str(run.folder.root)


def grow(run: Job[RunSettings, RunFolder]) -> None:
    """Take the seeds through every epoch; epoch 0 gives them the responses that they lack."""
    settings, folder = run.settings, run.folder
    pool = seed(run.path)
    at_once = shards_at_once(settings, shards.count_rows(place(pool[0])))
    with task_runners.opened(settings, at_once) as runner:
        one = epoch.with_options(task_runner=runner)
        for number in range(settings.epochs + 1):
            if settings.task_runner != "threads":
                divided.cut(folder, settings, number, spent_usd=spent_usd(folder, settings))
            pool = one(run.path, number, pool)
