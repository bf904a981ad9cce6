"""The commands `evolflow status | verify | report`, which look at a folder of any kind.

Which kind it is, its record says; who reads it, its kind. Buys nothing.
"""

import json

import click

from schemas.text import visible
from tasks.kinds import kind_at


@click.command()
@click.argument("run_folder", metavar="RUN")
@click.option("--json", "as_json", is_flag=True, help="Print it for machines.")
def status(run_folder: str, as_json: bool) -> None:
    """Say how a run stands, per epoch and stage; how an evaluation, mix, export or model stands."""
    kind = kind_at(run_folder)
    folder = kind.at(run_folder)
    kind.read(folder)
    if as_json:
        click.echo(json.dumps(kind.status(folder).plain(), indent=2))
    else:
        click.echo(visible(kind.text(folder)))


@click.command()
@click.argument("run_folder", metavar="RUN")
def verify(run_folder: str) -> None:
    """Check a whole run, finished or not: files, checksums, lines, calls, costs. Writes nothing.

    Mixes, exports and models are checked, too: their files, checksums and counts.
    """
    from tasks.runs.checks import raise_if_wrong, verify_text

    kind = kind_at(run_folder)
    folder = kind.at(run_folder)
    if not kind.is_record_checked:
        kind.read(folder)
    checks = kind.checks(folder)
    click.echo(verify_text(checks))
    raise_if_wrong(run_folder, checks)


@click.command()
@click.argument("run_folder", metavar="RUN")
def report(run_folder: str) -> None:
    """Write the run's one-page report; prints its path."""
    click.echo(visible(str(kind_at(run_folder).write_page(run_folder))))
