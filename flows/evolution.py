"""The whole method: seeds, then epoch after epoch, then the finished dataset."""

from prefect import flow

from flows.epoch import epoch, shards_at_once
from flows.job import Kind, opened
from flows.schedule import dated, run_name
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunForm, RunSettings
from tasks.buying import divided
from tasks.doors.prefect import task_runners
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evolution import exhibit
from tasks.evolution.kind import absolute, check, start
from tasks.evolution.steps.publish import finish
from tasks.evolution.steps.seed import seed
from tasks.runs.run_json import note_done
from tasks.runs.spend import spent_usd

_EVOLUTION = Kind(check, start, exhibit.spent, tags=lambda settings: (settings.model,))


@flow(name="evolution", flow_run_name=run_name)
def evolution(settings: RunForm) -> str:
    """Grow a dataset from seeds.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the run folder.
    """
    return evolve_all(absolute(dated(settings.settings())))


def evolve_all(settings: RunSettings) -> str:
    """Make or continue a run, and take it to its end; returns the path of its folder."""
    with opened(settings, _EVOLUTION) as folder:
        grow(folder, settings)
    return str(folder.root)


def grow(folder: RunFolder, settings: RunSettings) -> None:
    """Take the seeds through every epoch; epoch 0 gives them the responses that they lack."""
    run = str(folder.root.resolve())
    pool = seed(run)
    at_once = shards_at_once(settings, shards.count_rows(place(pool[0])))
    with task_runners.opened(settings, at_once) as runner:
        one = epoch.with_options(task_runner=runner)
        for number in range(settings.epochs + 1):
            if settings.task_runner != "threads":
                divided.cut(folder, settings, number, spent_usd=spent_usd(folder))
            pool = one(run, number, pool)
    finish(run)
    note_done(folder)
    exhibit.report(run)
