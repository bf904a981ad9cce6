"""Commands for people: `evolflow rank serve | export | import` and `evolflow agree`.

Reads what the user wrote and calls the verbs; says what came out. Order only: no vote is looked into.
"""

import json
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder
from schemas.tables.vote import Style
from schemas.text import visible
from tasks.doors.storage.places import place

if TYPE_CHECKING:
    from tasks.evaluation.ranking.desk import VotingDesk
    from tasks.evaluation.ranking.rank import Wanted


@click.group()
def rank() -> None:
    """Let people rank the answers of an evaluation, blind."""


@rank.command()
@click.argument("run_folder", metavar="RUN")
@click.option("--raters", type=click.IntRange(1, 1000), help="People an item; 3 at first.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=4300, show_default=True)
@click.option("--systems", help="Whose answers are shown, as in A,B; all at first.")
@click.option(
    "--style", type=click.Choice(get_args(Style)),
    help="rank: 1 to k for each answer; choose: the better of two, as is usual for two.",
)  # fmt: skip
@click.option(
    "--repeat-share", type=click.FloatRange(0, 1),
    help="Share of a rater's items that are shown once more; 0.1 at first.",
)  # fmt: skip
def serve(run_folder: str, host: str, port: int, **flags: Any) -> None:
    """Serve the blind ranking page until Ctrl-C. Every vote is saved in RUN before the page says so.

    What is given here is remembered in RUN; votes that are there stay, and people go on where they
    stopped.
    """
    from tasks.evaluation.ranking.rank import Wanted

    systems = flags.pop("systems")
    names = tuple(name.strip() for name in systems.split(",")) if systems is not None else None
    _serve(EvaluationFolder(place(run_folder)), Wanted(names, **flags), host, port)


def _serve(folder: EvaluationFolder, wanted: "Wanted", host: str, port: int) -> None:
    from tasks.doors.pages import pages
    from tasks.doors.pages.ranking_page import application
    from tasks.doors.pages.ranking_server import is_loopback, listening, serve
    from tasks.doors.prefect.guard import guarded
    from tasks.evaluation.ranking.rank import entry_token, opened_desk

    is_over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.set() if not is_over.is_set() else os._exit(130))
    is_private = is_loopback(host)
    with opened_desk(folder, wanted) as desk, listening(host, port) as listener:
        token = None if is_private else entry_token(desk.ranking)
        page = application(desk, lambda name, values: pages.render(name, values, charts={}), token)
        greeting = _greeting(desk, host, port, token)
        serve(guarded(page, host), listener, is_over, lambda: click.echo(greeting))
    click.echo("stopped; every vote is saved", err=True)


def _greeting(desk: "VotingDesk", host: str, port: int, token: str | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    query = "" if token is None else f"?token={token}"
    ranking = desk.ranking
    lines = [
        f"ranking page:   http://{shown}:{port}/{query}",
        f"to judge:       {len(desk.items)} items, {ranking.raters} raters each",
        f"compared:       {', '.join(ranking.systems)}  (never shown)",
        f"votes so far:   {len(desk.votes.standing())}",
    ]
    if token is not None:
        lines.append(
            f"WARNING: {host} can be reached by others, and names are not checked; give the address to "
            "your raters alone"
        )
    return visible("\n".join([*lines, "stop:           Ctrl-C"]))


@rank.command("export")
@click.argument("run_folder", metavar="RUN")
@click.option(
    "--out", required=True, help="File to write: .csv, .parquet, or .json for Label Studio tasks."
)
def export_(run_folder: str, out: str) -> None:
    """Write all votes that stand to a file: a row an answer and vote, or a task an item."""
    from tasks.evaluation.ranking.rank import export_votes

    count = export_votes(EvaluationFolder(place(run_folder)), place(out))
    click.echo(visible(f"{count} votes: {out}"))


@rank.command("import")
@click.argument("run_folder", metavar="RUN")
@click.argument("file", type=click.Path(path_type=Path))
def import_(run_folder: str, file: Path) -> None:
    """Add votes from a file that export wrote, or from a Label Studio export of its tasks."""
    from tasks.evaluation.ranking.rank import import_votes

    folder = EvaluationFolder(place(run_folder))
    try:
        done = import_votes(folder, file)
    except IsADirectoryError:
        raise BadInput(f"{file}: is a folder; name a file") from None
    click.echo(f"{done.added} votes added, {done.known} were there already")


@click.command()
@click.argument("run_folder", metavar="RUN")
@click.option("--json", "as_json", is_flag=True, help="Print it for machines.")
def agree(run_folder: str, as_json: bool) -> None:
    """Say who wins by people's votes, and how far people and the judge agree; RUN/agreement.json."""
    from tasks.evaluation.ranking.agreement import agree as agreement_of
    from tasks.evaluation.ranking.agreement import agreement_text

    found = agreement_of(EvaluationFolder(place(run_folder)))
    click.echo(json.dumps(found.plain(), indent=2) if as_json else visible(agreement_text(found)))
