"""The commands `evolflow train` and `evolflow merge`.

Read what the user wrote, run the flow or the verb, print what came out. PyTorch is imported by neither:
it lives in a process apart.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from flows.commands.options import GroupedCommand, settings_from, with_settings
from schemas.errors import RunFault
from schemas.settings.training import TrainingSettings
from schemas.text import visible
from tasks.doors.processes import training_process
from tasks.training.kind import TRAINING
from tasks.training.watch import TrainingWatch

_DRAIN_S = 60.0
_POLL_S = 0.2


@click.command(cls=GroupedCommand)
@with_settings(TrainingSettings)
def train(config: Path | None, **flags: Any) -> None:
    """Fine-tune a model on a mix or a run, or continue where it stopped. Needs the extra `train`.

    CONFIG is a TOML file with the settings below, written with underscores; flags win. Its table
    [trainer] goes to TRL's SFTConfig as it is. The loss is on the responses alone. Nothing is fetched:
    models are folders on this machine.

    Exit codes: 0 done, 1 failed, 2 bad input, 130/143 interrupted, with a checkpoint kept; from all but
    2 the same command goes on where it stopped.
    """
    from flows.commands.terminal import carry_out

    settings = settings_from(TrainingSettings, config, flags)
    watch = TrainingWatch(TRAINING.at(TRAINING.whole(settings).out))
    carry_out(TRAINING, settings, _Training(watch))


@dataclass(frozen=True)
class _Training:
    """A training process."""

    watch: TrainingWatch

    def prepare(self) -> None:
        """Nothing: the process imports what it needs."""

    def cells(self) -> Sequence[str]:
        """Return steps and loss."""
        return self.watch.cells()

    def halt(self, fault: RunFault) -> bool:
        """Have it keep a checkpoint and end."""
        return training_process.halt(fault)

    def drain(self) -> None:
        """Wait for the checkpoint."""
        deadline = time.monotonic() + _DRAIN_S
        while training_process.is_running() and time.monotonic() < deadline:
            time.sleep(_POLL_S)


@click.command()
@click.argument("trained", metavar="TRAINED")
@click.option("--out", required=True, help="Folder of the merged model, to be made.")
@click.option("--base", help="Folder of the base, where it is not where it was.")
def merge(trained: str, out: str, base: str | None) -> None:
    """Merge a trained adapter with its base into a model that stands alone. Needs the extra `train`."""
    from tasks.training.merge import merge as merge_into

    merge_into(Path(trained), Path(out), None if base is None else Path(base))
    click.echo(visible(f"merged: {out}\nnext:   evolflow serve {out}"))
