"""The command `evolflow evaluate`, with `import` and `export` below it.

Reads what the user wrote, runs the flow, prints what came out. Heavy packages are imported by the
commands that need them.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from flows.commands.import_published import export_command, import_command
from flows.commands.options import GroupedCommand, settings_from, spread, with_settings
from schemas.errors import BadInput
from schemas.redaction import redact
from schemas.settings.evaluation import EvaluationSettings

_SYSTEMS = "--systems"
_MODEL = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_./:-]+")
"""A model's name that stands alone."""


class _Evaluate(GroupedCommand, click.Group):
    """A group that is a command itself: `evaluate --tests …`, and `evaluate import FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let one --systems take several NAME=VALUE, as a shell user expects."""
        # A model alone, too: what follows --systems is meant for it, and is told how to be written.
        return super().parse_args(ctx, spread(args, _SYSTEMS, self._is_system))

    def _is_system(self, arg: str) -> bool:
        return "=" in arg or (arg not in self.commands and _MODEL.fullmatch(arg) is not None)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group, and then what stands below."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say what is missing, not that there is no such command, where NAME=VALUE stands alone."""
        if args and "=" in args[0]:
            raise BadInput(f"{args[0]!r} stands alone; write {_SYSTEMS} {args[0]}")
        return super().resolve_command(ctx, args)


@click.group("evaluate", cls=_Evaluate, invoke_without_command=True)
@click.option(
    _SYSTEMS, "systems", multiple=True, metavar="NAME=MODEL_OR_FILE …",
    help="Systems that answer, two or more: a LiteLLM model, a model at its own address "
    "(NAME=MODEL@http://…), or a file of answers (JSON, JSONL, CSV, Parquet). [required]",
)  # fmt: skip
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="TOML file with the settings below; flags win.",
)
@with_settings(EvaluationSettings, with_config=False)
def evaluate(config: Path | None, systems: Sequence[str], **flags: Any) -> None:
    """Say who answers better: by skill and difficulty, judged in both orders, with intervals.

    Every system answers every test; a judge compares each with the baseline. Goes on where it stopped,
    under a budget, like a run. Exit codes are those of `evolflow run`.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    from flows.commands.terminal import carry_out
    from tasks.evaluation.judging.kind import EVALUATION

    given = {**flags, "systems": _named(systems) or None}
    carry_out(EVALUATION, settings_from(EvaluationSettings, config, given))


def _so(one: str) -> str:
    """Return how a system without a name is written."""
    if not _MODEL.fullmatch(one):
        return "; write it so"
    return f"; write NAME=MODEL: {one.rpartition('/')[2]}={one}"


def _named(systems: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for one in systems:
        name, mark, value = one.partition("=")
        if not mark or not name or not value:
            said = redact(repr(one), os.environ)
            raise BadInput(f"{_SYSTEMS}: {said} is no NAME=MODEL and no NAME=FILE{_so(one)}")
        if name in named:
            raise BadInput(f"{_SYSTEMS}: {name!r} stands twice; give each system its own name")
        named[name] = value
    return named


evaluate.add_command(import_command)
evaluate.add_command(export_command)
