"""What a flow run that a deployment made has and a command has not: a date, and patience.

Knows Prefect's account of the flow run, and nothing of what a run does.
"""

from datetime import UTC, datetime
from itertools import islice
from pathlib import PurePath
from typing import TypeVar

from prefect.runtime import deployment, flow_run

from schemas.errors import BadInput
from schemas.settings.asking import FolderSettings
from schemas.settings.evaluation import EvaluationForm
from schemas.settings.evolution import RunForm
from schemas.settings.prediction import PredictionForm
from schemas.settings.scoring import ScoringForm
from schemas.settings.training import TrainingForm

_DATE, _TIME = "{date}", "{time}"
_MOST_NAMED = 3

Placed = TypeVar("Placed", bound=FolderSettings)


def run_name() -> str:
    """Return a flow run's name: seeds, epochs, model, date: `alpaca-4x-gpt-4.1-mini-2026-11-22`."""
    settings = RunForm.model_validate(flow_run.parameters["settings"]).settings()
    seeds, model = PurePath(settings.seeds).stem, settings.model.rpartition("/")[2]
    return f"{seeds}-{settings.epochs}x-{model}-{_start():%Y-%m-%d}"


def evaluation_name() -> str:
    """Return a flow run's name: systems, judge, date: `wizard-alpaca-by-gpt-4.1-2026-11-22`."""
    settings = EvaluationForm.model_validate(flow_run.parameters["settings"]).settings()
    names = "-".join(islice(settings.systems, _MOST_NAMED))
    return f"{names}-by-{settings.judge.rpartition('/')[2]}-{_start():%Y-%m-%d}"


def scoring_name() -> str:
    """Return a flow run's name: source, judge, date: `alpaca-scored-by-gpt-4.1-2026-11-22`."""
    settings = ScoringForm.model_validate(flow_run.parameters["settings"]).settings()
    name, judge = PurePath(settings.source).stem, settings.judge.rpartition("/")[2]
    return f"{name}-scored-by-{judge}-{_start():%Y-%m-%d}"


def prediction_name() -> str:
    """Return a flow run's name: model, tests, date: `gpt-4.1-answers-own-2026-11-22`."""
    settings = PredictionForm.model_validate(flow_run.parameters["settings"]).settings()
    (one,) = settings.those
    model = PurePath(one.folder or str(one.model)).name
    return f"{model}-answers-{PurePath(settings.tests).stem}-{_start():%Y-%m-%d}"


def training_name() -> str:
    """Return a flow run's name: data, base, date: `alpaca-4x-tunes-llama-7b-2026-11-22`."""
    settings = TrainingForm.model_validate(flow_run.parameters["settings"]).settings()
    data, base = PurePath(settings.data).name, PurePath(settings.base).name
    return f"{data}-tunes-{base}-{_start():%Y-%m-%d}"


def dated(settings: Placed) -> Placed:
    """Return the settings with the date and time of the scheduled start in the run folder's name.

    A retry on another day has the same start, and so goes on with the same folder.

    Raises:
        BadInput: A command has no scheduled start.
    """
    out = settings.out
    if _DATE not in out and _TIME not in out:
        return settings
    if not is_from_deployment():
        raise BadInput(
            f"out: {_DATE} and {_TIME} are filled in runs of a deployment only; name a folder"
        )
    filled = out.replace(_DATE, f"{_start():%Y-%m-%d}").replace(_TIME, f"{_start():%H%M%S}")
    return settings.model_copy(update={"out": filled})


def is_from_deployment() -> bool:
    """Tell whether a worker runs this for a deployment; such a run waits for its folder."""
    return deployment.id is not None


def _start() -> datetime:
    return flow_run.scheduled_start_time or datetime.now(UTC)
