"""What a flow run that a deployment made has and a command has not: a date, and patience.

Knows Prefect's account of the flow run, and nothing of what a run does.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, TypeVar

from prefect.runtime import deployment, flow_run

from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from tasks.doors.storage.places import place
from tasks.runs.kind import Kind, Placed
from tasks.runs.ui_names import name_of

_DATE, _TIME = "{date}", "{time}"
_DRAWN = re.compile(r"[a-z]+-[a-z]+")

Settings = TypeVar("Settings", bound=Placed)


def title_of(kind: Kind[Any, Any]) -> Callable[[], str]:
    """Return who names the flow runs of a kind: whoever typed a name, or else its folder.

    Two words with a hyphen are what Prefect draws where nobody typed anything.
    """

    def title() -> str:
        settings = kind.form.model_validate(flow_run.parameters["settings"]).settings()
        if not is_from_deployment():
            return PurePath(settings.out).name
        typed = str(flow_run.name or "")
        is_drawn = not typed or _DRAWN.fullmatch(typed) is not None
        return PurePath(dated(settings).out).name if is_drawn else typed

    return title


def part_of(named: Callable[[Mapping[str, Any]], str]) -> Callable[[], str]:
    """Return who names subflows: their folder, then the part that they are of it.

    Args:
        named: Returns the part's name from the subflow's parameters, which hold the run's path.
    """

    def title() -> str:
        given = flow_run.parameters
        return f"{name_of(RunFolder(place(given['run'])))} / {named(given)}"

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
