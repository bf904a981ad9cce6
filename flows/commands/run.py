"""The commands `evolflow run | retry | plan | show`: an evolution, from what it would cost to one row.

Reads what the user wrote, calls one verb or flow, prints what it says. Heavy packages are imported by
the commands that need them.
"""

from pathlib import Path
from typing import Any

import click

from flows.commands.options import (
    GroupedCommand,
    changed_settings,
    settings_from,
    with_settings,
)
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.text import visible
from tasks.doors.storage.places import place


@click.command(cls=GroupedCommand)
@with_settings(RunSettings)
def run(config: Path | None, **flags: Any) -> None:
    """Grow a dataset, or continue a run that was stopped.

    CONFIG is a TOML file with the settings below, written with underscores; flags win. Prices that
    LiteLLM does not know go into its tables [prices."model"]: input and output, in USD per million
    tokens. Keys come from the environment or from .env.

    Exit codes: 0 done, 1 shards failed, 2 bad input, 3 budget reached, 4 model unreachable or refused,
    130/143 interrupted; from all but 2 the same command goes on where it stopped.
    """
    _run(settings_from(RunSettings, config, flags))


def _run(settings: RunSettings) -> None:
    """Run to the end and say what came out."""
    from flows.commands.terminal import carry_out
    from tasks.evolution.kind import EVOLUTION

    carry_out(EVOLUTION, settings)


@click.command()
@click.argument("run_folder", metavar="RUN")
@click.option("--epoch", type=int, required=True, help="Number of the epoch; 0 for the seeds.")
@click.option("--shard", type=int, required=True, help="Number of the shard, from 0.")
@click.option(
    "--stage", type=click.Choice([one.value for one in Stage]), default=Stage.EVOLVE.value,
    show_default=True, help="First stage that is done anew.",
)  # fmt: skip
@click.option("--budget-usd", type=float, help="Another cap on the run's spending; US dollars.")
def retry(run_folder: str, epoch: int, shard: int, stage: str, budget_usd: float | None) -> None:
    """Buy one shard anew, on purpose: its old rows are replaced, and what hangs on them.

    What the old answers cost stays on the run's bill. A shard that merely failed needs none of this:
    `evolflow run` and Prefect's Retry go on with it.
    """
    from tasks.evolution.redo import retire
    from tasks.runs.saved_settings import load_settings

    folder = RunFolder(place(run_folder))
    changed: dict[str, object] = {"out": run_folder}
    if budget_usd is not None:
        changed["budget_usd"] = budget_usd
    settings = changed_settings(load_settings(folder, RunSettings), changed)
    count = retire(folder, epoch, shard, Stage(stage))
    click.echo(f"epoch {epoch}, shard {shard}: {count} answers given up; buying anew", err=True)
    _run(settings)


@click.command(cls=GroupedCommand)
@with_settings(RunSettings)
def plan(config: Path | None, **flags: Any) -> None:
    """Say what a run would buy: rows, calls, tokens, USD, hours. Buys nothing, writes nothing."""
    from tasks.evolution.plan_text import plan_text

    click.echo(visible(plan_text(settings_from(RunSettings, config, flags))))


@click.command()
@click.argument("run_folder", metavar="RUN")
@click.argument("row_id", metavar="ID")
def show(run_folder: str, row_id: str) -> None:
    """Show one row's whole line from its seed: text, operation, verdict and evidence."""
    from tasks.evolution.show import line_text

    click.echo(line_text(RunFolder(place(run_folder)), row_id))
