"""The command `evolflow predict`.

Reads what the user wrote, runs the flow, prints what came out. Heavy packages are imported when they
are needed.
"""

import time
from pathlib import Path
from typing import Any

import click

from flows.commands.options import GroupedCommand, settings_from, with_settings
from schemas.folders.prediction import PredictionFolder
from schemas.settings.prediction import PredictionSettings
from schemas.text import visible
from tasks.doors.storage.places import place


@click.command(cls=GroupedCommand)
@with_settings(PredictionSettings)
def predict(config: Path | None, **flags: Any) -> None:
    """Answer a test file with one model: any of LiteLLM's, or one of this machine (local:FOLDER).

    Writes OUT/answers.json, which `evolflow evaluate` takes as a system, and Parquet. Goes on where it
    stopped, under a budget, like a run. Exit codes are those of `evolflow run`.
    """
    settings = settings_from(PredictionSettings, config, flags)
    fault = _run(settings)
    if fault is not None:
        raise fault
    from tasks.evaluation.answering.status import prediction_text

    click.echo(visible(prediction_text(PredictionFolder(place(settings.out)))))


def _run(settings: PredictionSettings) -> BaseException | None:
    """Run until done or stopped; returns what stopped it."""
    from flows.commands.terminal import Asking, Work, run
    from schemas.settings.prediction import PredictionForm
    from tasks.evaluation.answering.kind import absolute_prediction, check_prediction
    from tasks.evaluation.answering.watch import AnswerWatch

    check_prediction(settings)
    settings = absolute_prediction(settings)
    folder = PredictionFolder(place(settings.out))
    watch = AnswerWatch(folder, clock=time.monotonic)
    form = PredictionForm.of(settings)
    return run(Work("flows.prediction:prediction", form, folder, Asking(settings, watch)))
