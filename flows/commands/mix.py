"""The command `evolflow mix`.

Reads what the user wrote, calls the verb, says what came out and what comes next.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from flows.commands.options import GroupedCommand, settings_from, spread, with_settings
from schemas.settings.mixing import MixSettings
from schemas.text import visible

_TESTS = "--decontaminate"


class _Mix(GroupedCommand):
    """Lets one --decontaminate take several files."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `RUN… --decontaminate A B`: what stands before the flag are runs."""
        return super().parse_args(ctx, spread(args, _TESTS, lambda _: True))


@click.command(cls=_Mix)
@click.argument("runs", metavar="RUN…", nargs=-1, required=True)
@click.option(
    _TESTS, multiple=True, metavar="TESTS …",
    help="Test file, or own: rows that share 13 words in a row with one of its items are removed, and "
    "those with fewer in common are listed. Runs come before it.",
)  # fmt: skip
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="TOML file with the settings below; flags win.",
)
@with_settings(MixSettings, with_config=False, apart_from=("runs", "decontaminate"))
def mix(
    runs: Sequence[str], decontaminate: Sequence[str], config: Path | None, **flags: Any
) -> None:
    """Mix all epochs of finished runs into what a model is trained on. Buys nothing.

    Duplicates and rows that hold test items are removed, the rest is drawn and shuffled, and what looks
    private is flagged. Every row of the runs stands in MIX/data or, with its reason, in MIX/removed.
    The same runs and seed give the same bytes of MIX/data, in whatever order the runs are given.
    """
    from tasks.mixing.kind import MIXING
    from tasks.mixing.mix import mix as mix_runs

    given = {**flags, "runs": tuple(runs), "decontaminate": tuple(decontaminate) or None}
    settings = settings_from(MixSettings, config, given)
    if not mix_runs(settings).is_new:
        click.echo("it was there already, whole; nothing was written")
    click.echo(visible(MIXING.text(MIXING.at(settings.out))))
