"""What a flow run that a deployment made has and a command has not: a date, and patience.

Knows Prefect's account of the flow run, and nothing of what a run does.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from prefect.runtime import deployment, flow_run

from schemas.errors import BadInput
from tasks.runs.kind import Kind, Placed

_DATE, _TIME = "{date}", "{time}"

Settings = TypeVar("Settings", bound=Placed)


def title_of(kind: Kind[Any, Any]) -> Callable[[], str]:
    """Return who names the flow runs of a kind: its title, and the date of the start."""

    def title() -> str:
        settings = kind.form.model_validate(flow_run.parameters["settings"]).settings()
        return f"{kind.title(settings)}-{_start():%Y-%m-%d}"

    return title


def dated(settings: Settings) -> Settings:
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
