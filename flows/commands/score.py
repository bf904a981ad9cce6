"""The command `evolflow score`: how difficult instructions are, and how versions of a line compare.

Reads what the user wrote, runs the flow, prints what came out. Heavy packages are imported when they
are needed.
"""

from pathlib import Path
from typing import Any

import click

from flows.commands.options import GroupedCommand, settings_from, with_settings
from schemas.settings.scoring import ScoringSettings


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
    from flows.commands.terminal import carry_out
    from tasks.scoring.kind import SCORING, defaults

    own = defaults(source, flags["judge"])
    given = {**flags, "source": own.pop("source"), "out": own.pop("out")}
    carry_out(SCORING, settings_from(ScoringSettings, config, given, unsaid=own))
