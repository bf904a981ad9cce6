"""Open a run folder for a flow: check, lock, make or continue, record, and have what buys.

Every flow that asks models begins and ends in this order. Knows nothing of what a flow does in between.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flows.scheduled import is_from_deployment
from schemas.asking import AskSettings
from schemas.run_folder import RunFolder
from tasks import labels, models, seal, shared_engine
from tasks.doors import lock, task_runners
from tasks.doors.places import place
from tasks.run_record import recorded, sweep
from tasks.spend import spent_usd

Settings = TypeVar("Settings", bound=AskSettings)
Folder = TypeVar("Folder", bound=RunFolder)


@dataclass(frozen=True)
class Kind(Generic[Settings, Folder]):
    """What differs from flow to flow."""

    check: Callable[[Settings], None]
    """Looks at what the settings point to; leaves nothing."""
    start: Callable[[Settings], Folder]
    """Makes or continues the folder."""
    spent: Callable[[RunFolder], dict[str, Any]]
    """Says what a run that stopped at its budget had spent, and what for."""
    tags: Callable[[Settings], tuple[str, ...]]
    """Whose run it is, for the Prefect UI."""


@contextmanager
def opened(settings: Settings, kind: Kind[Settings, Folder]) -> Iterator[Folder]:
    """Have a run's folder, and the way to its models, for the length of the block.

    Args:
        settings: With whole paths.
        kind: Which flow this is.

    Raises:
        BadInput: Something cannot be used, or another run lies there or works there.
    """
    models.check(settings)
    task_runners.require(settings)
    kind.check(settings)
    labels.check()
    labels.tag(*kind.tags(settings))
    lock_path = RunFolder(place(settings.out)).lock
    with lock.held(lock_path, is_patient=is_from_deployment(), on_lost=shared_engine.halt):
        folder = kind.start(settings)
        sweep(folder)
        with (
            recorded(folder),
            labels.budget_told(folder, settings, kind.spent),
            shared_engine.opened(settings, folder, spent_usd=spent_usd(folder)),
        ):
            yield folder
        seal.put(folder)
