"""Carry one shard through one stage: read it, let the verb work, check it, write it.

Turns a shard's path into the next shard's path. Whether a shard is done is known by the file itself:
it is sound, and its key says that it was made of what would be read now. Knows how a stage is run and
nothing of what any stage does.
"""

import logging
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from schemas.calls.call import Answer, Request
from schemas.folders.run import RunFolder
from schemas.settings.asking import AskSettings
from tasks.buying.ask import Ask, ask
from tasks.buying.engines import buyer
from tasks.doors.processes.failpoint import reach
from tasks.doors.storage import ledger, shards
from tasks.doors.storage.places import place

log = logging.getLogger("evolflow.stage")


class Carried(NamedTuple):
    """A shard that is through a stage."""

    path: str
    is_new: bool
    """False where it lay there, done."""


def unless_done(target: Path, key: str, make: Callable[[], pa.Table]) -> Carried:
    """Make a shard, unless it lies there, sound and made from the same.

    Args:
        target: Where it shall lie.
        key: What it is made from.
        make: Makes it.

    Raises:
        RunFault: It cannot be made or written.
    """
    if shards.holds(target, key):
        return Carried(str(target), is_new=False)
    table = make()
    reach("answer-kept")
    shards.write_table(table, target, key=key)
    return Carried(str(target), is_new=True)


def asker(folder: RunFolder, settings: AskSettings, epoch: int, shard: int) -> Ask:
    """Return the way in which a shard's verbs ask: its ledger first, then this process's engine."""

    def asked(requests: Sequence[Request]) -> list[Answer]:
        with buyer(folder, settings, shard) as till:
            return ask(requests, folder.ledger(epoch, shard), till)

    return asked


def mend_ledgers(run: str, epoch: int) -> None:
    """Write back what can be mended in an epoch's ledgers; the caller holds the run's lock.

    Raises:
        RunFault: A damaged ledger cannot be written.
    """
    for path in RunFolder(place(run)).ledgers(epoch):
        ledger.mend(path)


def unremembered(name: str, run_name: str) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator that makes a function a Prefect task that Prefect remembers nothing of.

    A result file of its own could be tampered with, and it would believe a file that names the pickle
    format. What is done is known by the files that were made.

    Args:
        name: Of the task.
        run_name: Of each run; may hold its parameters in braces.
    """
    return task(name=name, task_run_name=run_name, persist_result=False, cache_policy=NO_CACHE)


def stage_task(stage: StrEnum) -> Callable[[Callable[..., Carried]], Any]:
    """Return the decorator that makes a stage's function a task, named by stage and shard.

    A shard that was done before ends as `Cached`, so that a retried run shows what it did anew.
    """

    def decorated(work: Callable[..., Carried]) -> Any:
        @wraps(work)
        def told(run: str, epoch: int, shard: int, source: str) -> "str | State[str]":
            path, is_new = work(run, epoch, shard, source)
            return path if is_new else Completed(name="Cached", message="done before", data=path)

        return unremembered(stage.value, f"{stage.value}-{{shard:03d}}")(told)

    return decorated
