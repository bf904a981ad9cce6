"""The command that hands a dataset on to trainers: `evolflow export`.

Reads what the user wrote and calls the verb; says what came out.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.errors import BadInput
from schemas.text import visible
from tasks.doors.storage.places import place
from tasks.export.formats import FORMATS

if TYPE_CHECKING:
    from tasks.export.export import HandedOn, Wanted

_LICENSE = re.compile(r"[a-z0-9][a-z0-9.\-]{0,63}")


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
def export(
    source: str,
    file_format: str,
    out: str,
    card: bool,
    license: str | None,
    repo: str | None,
    shard_rows: int | None,
) -> None:
    """Write a finished run's or a mix's dataset in a format that trainers read. Buys nothing.

    Rows without a response are left out and counted. With `dpo`, a child's answer stands beside its
    parent's where `evolflow score` had both scored. A pushed dataset is private until you share it.
    """
    from tasks.export.export import Wanted, hand_on

    _require_license(license, card)
    if repo is not None:
        _require_hub(repo)
    wanted = Wanted(file_format, place(out), card, license, shard_rows)
    click.echo(visible(_said(hand_on(place(source), wanted), wanted)))
    if repo is not None:
        from tasks.doors.files.hub import push

        click.echo(visible(f"pushed: {push(wanted.out, repo)}"))


def _require_license(license: str | None, card: bool) -> None:
    if license is not None and not card:
        raise BadInput("license: it stands in the card; give --card, too")
    if license is not None and not _LICENSE.fullmatch(license):
        raise BadInput(f"license: {license!r} is no name of the Hub's; write it like cc-by-4.0")


def _require_hub(repo: str) -> None:
    try:
        from tasks.doors.files.hub import require_repo
    except ModuleNotFoundError:
        raise BadInput("push-to-hub needs the extra hub: pip install 'evolflow[hub]'") from None
    require_repo(repo)


def _said(made: "HandedOn", wanted: "Wanted") -> str:
    lines = [f"{wanted.format}: {made.rows} rows in {made.files} files: {Path(wanted.out)}"]
    if not made.is_new:
        lines.append("it was there already, whole; nothing was written")
    lines += [f"left out, {why}: {n}" for why, n in made.left_out.items()]
    return "\n".join(lines)
