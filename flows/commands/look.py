"""The commands `evolflow status | verify | report`, which look at a run folder of any kind.

Each kind of run has its own readers; they are imported when they are needed. Buys nothing.
"""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from schemas.documents.run_json import Kind
from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder
from schemas.folders.prediction import PredictionFolder
from schemas.folders.run import RunFolder
from schemas.folders.scoring import ScoringFolder
from schemas.folders.trained import TrainedFolder
from schemas.text import visible
from tasks.doors.storage.places import place
from tasks.runs.saved_settings import kind_of


class _Readers(NamedTuple):
    """Who reads a kind of run; each but the folder is named as module:function."""

    folder: Callable[[Path], RunFolder]
    status: str
    text: str
    checks: str
    report: str | None
    why_none: str = ""
    """What is said where there is no report."""


_EVALUATION = _Readers(
    EvaluationFolder,
    "tasks.evaluation.judging.status:evaluation_status",
    "tasks.evaluation.judging.status:evaluation_text",
    "tasks.evaluation.judging.verify:evaluation_checks",
    "tasks.evaluation.judging.page:write_report",
)
_BY_KIND: dict[Kind, _Readers] = {
    "evolution": _Readers(
        RunFolder,
        "tasks.evolution.status:status",
        "tasks.evolution.status_text:folder_text",
        "tasks.evolution.verify:checks_of",
        "tasks.evolution.report.page:write_report",
    ),
    "evaluation": _EVALUATION,
    "imported evaluation": _EVALUATION,
    "scoring": _Readers(
        ScoringFolder,
        "tasks.scoring.status:scoring_status",
        "tasks.scoring.status:scoring_text",
        "tasks.scoring.verify:scoring_checks",
        None,
        "holds scores, which the report of their run shows; name the run",
    ),
    "prediction": _Readers(
        PredictionFolder,
        "tasks.evaluation.answering.status:prediction_status",
        "tasks.evaluation.answering.status:prediction_text",
        "tasks.evaluation.answering.status:prediction_checks",
        None,
        "holds answers that nobody judged; `evolflow evaluate` takes its answers.json as a system",
    ),
    "training": _Readers(
        TrainedFolder,
        "tasks.training.status:training_status",
        "tasks.training.status:training_text",
        "tasks.training.status:training_checks",
        "tasks.training.page:write_report",
    ),
}


@click.command()
@click.argument("run_folder", metavar="RUN")
@click.option("--json", "as_json", is_flag=True, help="Print it for machines.")
def status(run_folder: str, as_json: bool) -> None:
    """Say how a run stands, per epoch and stage; how an evaluation, scoring or training stands."""
    readers = _BY_KIND[kind_of(run_folder)]
    folder = readers.folder(place(run_folder))
    if as_json:
        click.echo(json.dumps(_called(readers.status)(folder).plain(), indent=2))
    else:
        click.echo(visible(_called(readers.text)(folder)))


@click.command()
@click.argument("run_folder", metavar="RUN")
def verify(run_folder: str) -> None:
    """Check a whole run, finished or not: files, checksums, lines, calls, costs. Writes nothing."""
    from tasks.runs.checks import raise_if_wrong, verify_text

    readers = _BY_KIND[kind_of(run_folder)]
    folder = readers.folder(place(run_folder))
    checks = _called(readers.checks)(folder)
    click.echo(verify_text(checks))
    raise_if_wrong(folder, checks)


@click.command()
@click.argument("run_folder", metavar="RUN")
def report(run_folder: str) -> None:
    """Write the run's one-page report; prints its path."""
    readers = _BY_KIND[kind_of(run_folder)]
    if readers.report is None:
        raise BadInput(f"{run_folder}: {readers.why_none}")
    page = _called(readers.report)(readers.folder(place(run_folder)))
    click.echo(visible(str(page)))


def _called(name: str) -> Any:
    """Import a reader."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)
