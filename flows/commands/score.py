"""The command `evolflow score`: how difficult instructions are, and how versions of a line compare.

Reads what the user wrote, runs the flow, prints what came out. Heavy packages are imported when they
are needed.
"""

import time
from pathlib import Path
from typing import Any

import click

from flows.commands.options import GroupedCommand, settings_from, with_settings
from schemas.folders.scoring import ScoringFolder
from schemas.settings.scoring import ScoringSettings
from schemas.text import visible
from tasks.doors.storage.places import place


@click.command(cls=GroupedCommand)
@click.argument("source", metavar="RUN_OR_FILE")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="TOML file with the settings below; flags win.",
)
@with_settings(ScoringSettings, with_config=False, apart_from=("source", "out"))
def score(source: str, config: Path | None, **flags: Any) -> None:
    """Ask a judge how difficult instructions are, and compare the versions of lines side by side.

    Of a run, a sample of every epoch is scored, and some lines with all their versions; judge and
    endpoint are the run's own when not given. Scores lie in RUN/scores; the run's report shows them. Of
    a file in any shape of seeds, difficulty alone; scores lie in FILE.scores.

    Goes on where it stopped, under a budget, like a run. Exit codes are those of `evolflow run`.
    """
    from tasks.scoring.kind import defaults

    own = defaults(source, flags["judge"])
    given = {**flags, "source": own.pop("source"), "out": own.pop("out")}
    _score(settings_from(ScoringSettings, config, given, unsaid=own))


def _score(settings: ScoringSettings) -> None:
    """Run to the end and say what came out."""
    from tasks.scoring.kind import check_scoring

    check_scoring(settings)
    fault = _run(settings)
    if fault is not None:
        raise fault
    from tasks.scoring.status import scoring_text

    click.echo(visible(scoring_text(ScoringFolder(place(settings.out)))))


def _run(settings: ScoringSettings) -> BaseException | None:
    """Run until done or stopped; returns what stopped it."""
    from flows.commands.terminal import Asking, Work, run
    from schemas.settings.scoring import ScoringForm
    from tasks.scoring.kind import absolute_scoring
    from tasks.scoring.watch import ScoringWatch

    settings = absolute_scoring(settings)
    folder = ScoringFolder(place(settings.out))
    watch = ScoringWatch(folder, clock=time.monotonic)
    form = ScoringForm.of(settings)
    return run(Work("flows.scoring:scoring", form, folder, Asking(settings, watch)))
