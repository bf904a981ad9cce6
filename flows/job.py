"""Open a run folder for a flow: check, lock, make or continue, record, and have what buys.

Every flow that asks models begins and ends in this order. Knows nothing of what a flow does in between.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flows.epoch import shards_at_once
from flows.schedule import is_from_deployment
from schemas.documents.document import Facts
from schemas.folders.run import RunFolder
from schemas.settings.asking import AskSettings
from tasks.buying import divided, engines, models
from tasks.doors.prefect import task_runners
from tasks.doors.storage import lock, shards
from tasks.doors.storage.places import place
from tasks.runs import ui_names
from tasks.runs.run_json import recorded, sweep
from tasks.runs.spend import spent_usd
from tasks.runs.stage import mend_ledgers

Settings = TypeVar("Settings", bound=AskSettings)
Folder = TypeVar("Folder", bound=RunFolder)


@dataclass(frozen=True)
class Kind(Generic[Settings, Folder]):
    """What differs from flow to flow."""

    check: Callable[[Settings], None]
    """Looks at what the settings point to; leaves nothing."""
    start: Callable[[Settings], Folder]
    """Makes or continues the folder."""
    spent: Callable[[RunFolder], Facts]
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
    ui_names.check()
    ui_names.tag(*kind.tags(settings))
    lock_path = RunFolder(place(settings.out)).lock
    with lock.held(lock_path, is_patient=is_from_deployment(), on_lost=engines.halt):
        folder = kind.start(settings)
        sweep(folder)
        with (
            recorded(folder),
            ui_names.budget_told(folder, settings, kind.spent),
            engines.opened(settings, folder, spent_usd=spent_usd(folder)),
        ):
            yield folder


def carry_all(
    folder: RunFolder, settings: AskSettings, epoch: int, pool: Sequence[str], carry: Any
) -> None:
    """Run a subflow over all shards.

    Args:
        folder: Its lock is held.
        settings: Where the work is done, and its limits.
        epoch: The one epoch.
        pool: Paths of the shards.
        carry: The subflow: takes the run's path and the shards' paths.

    Raises:
        RunFault: The run has to stop.
        ShardsFailed: Some shards failed.
    """
    run = str(folder.root.resolve())
    mend_ledgers(run, epoch)
    if settings.task_runner != "threads":
        divided.cut(folder, settings, epoch, spent_usd=spent_usd(folder))
    at_once = shards_at_once(settings, max(1, shards.count_rows(place(pool[0]))))
    with task_runners.opened(settings, at_once) as runner:
        carry.with_options(task_runner=runner)(run, list(pool))
