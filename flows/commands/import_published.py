"""The commands that bring published judgments in and take an evaluation's out.

They stand in the group `evolflow evaluate`.
"""

from pathlib import Path
from typing import Any

import click

from schemas.documents.results import Cell
from schemas.folders.evaluation import EvaluationFolder
from schemas.text import visible
from tasks.doors.storage.places import place


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--format", "file_format", type=click.Choice(["alpaca_eval", "mt_bench"]), required=True,
    help="How it is written: AlpacaEval's annotations.json, or MT-bench judgments.",
)  # fmt: skip
@click.option("--out", required=True, help="Folder to make: a path, or an address of a store.")
@click.option(
    "--baseline", help="Who the others are compared with; by default who takes part most often."
)
def import_command(file: Path, file_format: Any, out: str, baseline: str | None) -> None:
    """Make an evaluation's folder of published judgments: their games, our figures. Buys nothing."""
    from tasks.evaluation.published.published import import_file

    folder = EvaluationFolder(place(out))
    made = import_file(file, file_format, folder, baseline)
    if made.repeated:
        click.echo(f"rows replaced by a later one about the same: {made.repeated}", err=True)
    for one in made.results.pairs:
        click.echo(visible(_line(one)))
    click.echo(f"results: {visible(str(folder.results))}")


def _line(one: Cell) -> str:
    said = "no pair scored" if one.win_rate is None else f"win rate {one.win_rate:.1%}"
    if one.ci95 is not None:
        low, high = one.ci95
        said += f" [{low:.1%}, {high:.1%}]"
    return (
        f"{one.system} against {one.baseline}: win {one.win}, tie {one.tie}, lose {one.lose}, "
        f"unscored {one.unscored}; {said}"
    )


@click.command("export")
@click.argument("run_folder", metavar="RUN")
@click.option(
    "--format", "file_format", type=click.Choice(["alpaca_eval"]), default="alpaca_eval",
    show_default=True, help="How it is written: AlpacaEval's annotations.json.",
)  # fmt: skip
@click.option("--out", required=True, help="File to write; it must not exist.")
def export_command(run_folder: str, file_format: str, out: str) -> None:
    """Write an evaluation's pairs as a file that other programs read; RUN imports the same again."""
    from tasks.evaluation.published.published import export_run

    count = export_run(EvaluationFolder(place(run_folder)), place(out))
    click.echo(f"{count} pairs: {visible(out)}")
