"""The command that hands a dataset on to trainers: `evolflow export`.

Reads what the user wrote and calls the verb; says what came out.
"""

from typing import get_args

import click

from schemas.errors import BadInput
from schemas.settings.export import ExportForm
from schemas.tables.export import Reasoning
from schemas.text import visible
from tasks.doors.storage.places import place
from tasks.export.formats import FORMATS


@click.command()
@click.argument("source", metavar="MIX_OR_RUN")
@click.option(
    "--format", "file_format", type=click.Choice(list(FORMATS)), required=True,
    help="How trainers read it; csv is for people, with formulas defused.",
)  # fmt: skip
@click.option("--out", required=True, help="Folder to make; it must not exist, or be the same.")
@click.option("--card", is_flag=True, help="Write a dataset card, README.md.")
@click.option("--license", help="Licence in the card, as the Hub names it: cc-by-4.0, apache-2.0.")
@click.option("--push-to-hub", "repo", metavar="REPO", help="Push it to the Hugging Face Hub.")
@click.option(
    "--shard-rows", type=click.IntRange(1, 10_000_000),
    help="Most rows of a file; one file by default, of parquet 20,000 rows a file.",
)  # fmt: skip
@click.option(
    "--reasoning", type=click.Choice(get_args(Reasoning)), default="drop", show_default=True,
    help="What the model thought before an answer: left out, before the answer as <think>, or in "
    "fields of their own (messages and parquet). Rows without have the empty form.",
)  # fmt: skip
def export(
    source: str,
    file_format: str,
    out: str,
    card: bool,
    license: str | None,
    repo: str | None,
    shard_rows: int | None,
    reasoning: Reasoning,
) -> None:
    """Write a finished run's or a mix's dataset in a format that trainers read. Buys nothing.

    Rows without a response are left out and counted. With `dpo`, a child's answer stands beside its
    parent's where `evolflow score` had both scored. A pushed dataset is private until you share it.
    """
    from tasks.export.export import hand_on, wanted_of
    from tasks.export.kind import EXPORT

    if repo is not None:
        _require_hub(repo)
    settings = ExportForm(
        source=source, format=file_format, out=out, card=card, license=license,
        shard_rows=shard_rows, reasoning=reasoning,
    )  # fmt: skip
    if not hand_on(place(source), wanted_of(settings)).is_new:
        click.echo("it was there already, whole; nothing was written")
    click.echo(visible(EXPORT.text(EXPORT.at(out))))
    if repo is not None:
        from tasks.doors.files.hub import push

        click.echo(visible(f"pushed: {push(place(out), repo)}"))


def _require_hub(repo: str) -> None:
    try:
        from tasks.doors.files.hub import require_repo
    except ModuleNotFoundError:
        raise BadInput("push-to-hub needs the extra hub: pip install 'evolflow[hub]'") from None
    require_repo(repo)
