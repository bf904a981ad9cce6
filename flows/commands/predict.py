"""The command `evolflow predict`.

Reads what the user wrote, runs the flow, prints what came out. Heavy packages are imported when they
are needed.
"""

from pathlib import Path
from typing import Any

import click

from flows.commands.options import GroupedCommand, settings_from, with_settings
from schemas.settings.prediction import PredictionSettings


@click.command(cls=GroupedCommand)
@with_settings(PredictionSettings)
def predict(config: Path | None, **flags: Any) -> None:
    """Answer a test file with one model: any of LiteLLM's, or one of this machine (local:FOLDER).

    Writes OUT/answers.json, which `evolflow evaluate` takes as a system, and Parquet. Goes on where it
    stopped, under a budget, like a run. Exit codes are those of `evolflow run`.
    """
    from flows.commands.terminal import carry_out
    from tasks.evaluation.answering.kind import PREDICTION

    carry_out(PREDICTION, settings_from(PredictionSettings, config, flags))
