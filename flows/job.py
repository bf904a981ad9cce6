"""Open a job's folder for a flow: check, lock, make or continue, record, and have what buys.

Every flow whose kind keeps run.json begins and ends in this order, and its shards go one way. Knows
nothing of what a flow does in between.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic

from flows.epoch import shards_at_once
from flows.schedule import dated, is_from_deployment
from schemas.settings.asking import AskSettings
from tasks.buying import divided, engines, models
from tasks.doors.prefect import task_runners
from tasks.doors.storage import lock, shards
from tasks.doors.storage.places import place
from tasks.runs import seal, ui_names
from tasks.runs.kind import Form, Given, Kept, RunKind
from tasks.runs.run_json import note_done, recorded, sweep
from tasks.runs.spend import spent_usd
from tasks.runs.stage import mend_ledgers

_OFFLINE = "offline/"


@dataclass(frozen=True)
class Job(Generic[Given, Kept]):
    """A job at work."""

    settings: Given
    """With whole paths."""
    folder: Kept

    @property
    def path(self) -> str:
        """Of the folder: tasks are given paths, not objects."""
        return str(self.folder.root.resolve())

    def done(self) -> None:
        """Keep in run.json that all is done, for what is written last: it says how the run stands."""
        note_done(self.folder)


@contextmanager
def job(
    kind: RunKind[Given, Kept],
    form: Form[Given],
    having: Callable[[Given], AbstractContextManager[Given]] = nullcontext,
) -> Iterator[Job[Given, Kept]]:
    """Have a job's folder, and the way to its models, for the length of the block.

    Args:
        kind: Which kind of job this is.
        form: What the flow was given.
        having: Gives the settings to work with, and holds what these need.

    Raises:
        BadInput: Something cannot be used, or another run lies there or works there.
    """
    wanted = kind.whole(dated(form.settings()))
    with having(wanted) as settings:
        _check(kind, settings)
        lock_path = kind.at(settings.out).lock
        with lock.held(lock_path, is_patient=is_from_deployment(), on_lost=engines.halt):
            folder = kind.start(settings)
            sweep(folder)
            with recorded(folder), _buying(kind, settings, folder):
                yield Job(settings, folder)
            if kind.is_sealed:
                seal.put(folder)


def _check(kind: RunKind[Given, Kept], settings: Given) -> None:
    if isinstance(settings, AskSettings):
        models.check(settings)
        task_runners.require(settings)
    kind.check(settings)
    ui_names.check()
    ui_names.tag(*kind.tags(settings), *_offline(settings))


def _offline(settings: Any) -> tuple[str, ...]:
    """Return the tag of a run that asks nobody outside; the deployment that it is from cannot know."""
    is_offline = isinstance(settings, AskSettings) and all(
        model.startswith(_OFFLINE) for model in settings.models
    )
    return ("offline",) if is_offline else ()


@contextmanager
def _buying(kind: RunKind[Given, Kept], settings: Given, folder: Kept) -> Iterator[None]:
    """Have an engine where this kind of job asks models."""
    if not isinstance(settings, AskSettings):
        yield
        return
    with (
        ui_names.budget_told(folder, settings, kind.spent),
        engines.opened(settings, folder, spent_usd=spent_usd(folder, settings)),
    ):
        yield


def carry_all(job: Job[Any, Any], epoch: int, pool: Sequence[str], carry: Any) -> None:
    """Run a subflow over all shards of a job of one epoch.

    Args:
        job: At work.
        epoch: The one epoch.
        pool: Paths of the shards.
        carry: The subflow: takes the run's path and the shards' paths.

    Raises:
        RunFault: The run has to stop.
        ShardsFailed: Some shards failed.
    """
    settings, folder = job.settings, job.folder
    mend_ledgers(job.path, epoch)
    if settings.task_runner != "threads":
        divided.cut(folder, settings, epoch, spent_usd=spent_usd(folder, settings))
    at_once = shards_at_once(settings, max(1, shards.count_rows(place(pool[0]))))
    with task_runners.opened(settings, at_once) as runner:
        carry.with_options(task_runner=runner)(job.path, list(pool))
