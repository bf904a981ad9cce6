"""Carry one shard through one stage: read it, let the verb work, check it, write it.

Turns a shard's path into the next shard's path. Knows how a stage is run and nothing of what any
stage does.
"""

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from prefect import task
from prefect.context import TaskRunContext

from schemas.call import Answer, Request
from schemas.errors import RunFault
from schemas.reason import Stage
from schemas.run_folder import RunFolder
from schemas.settings import RunSettings
from schemas.tables import STAGE, Row, to_rows, to_table
from tasks.ask import Ask, ask
from tasks.doors import shards
from tasks.doors.prompts import Pack, load_pack

log = logging.getLogger("evolflow.stage")


@dataclass(frozen=True)
class Job:
    """All that a verb may use besides its rows."""

    settings: RunSettings
    pack: Pack
    epoch: int
    pool: Callable[[], list[Row]]
    """The whole pool at the beginning of the epoch, all shards, in seed order."""
    ask: Ask


Verb = Callable[[Sequence[Row], Job], list[Row]]


def carry(verb: Verb, run: str, epoch: int, shard: int, stage: Stage, source: str) -> str:
    """Do a stage's work on a shard.

    Args:
        verb: Rows in, the same rows out in the same order, more of their fields set.
        run: The run folder.
        epoch: Number of the epoch, from 1; 0 for seeds.
        shard: Number of the shard, from 0.
        stage: Which stage this is.
        source: Path of the shard to read.

    Returns:
        Path of the shard written.

    Raises:
        RunFault: Rows were lost or swapped, or the run has to stop.
    """
    began = time.monotonic()
    folder = RunFolder(Path(run))
    rows = to_rows(shards.read_table(Path(source)))
    done = verb(rows, job(folder, epoch, shard))
    target = folder.stage_shard(epoch, stage.value, shard)
    if len(done) != len(rows) or [r.position for r in done] != [r.position for r in rows]:
        raise RunFault(f"{target.name}: {len(rows)} rows in, {len(done)} out, or in another order")
    shards.write_table(to_table(done, STAGE), target)
    _log_shard(stage, epoch, shard, done, time.monotonic() - began)
    return str(target)


def job(folder: RunFolder, epoch: int, shard: int) -> Job:
    """Return what a verb may use for one shard of an epoch."""
    settings = load_settings(folder)
    return Job(
        settings=settings,
        pack=load_pack(settings.pack),
        epoch=epoch,
        pool=partial(read_pool, folder, epoch),
        ask=partial(_ask, folder.ledger(epoch, shard)),
    )


def load_settings(folder: RunFolder) -> RunSettings:
    """Return the settings that a run was started or continued with."""
    return RunSettings.model_validate(shards.read_json(folder.run_json)["settings"])


def read_pool(folder: RunFolder, epoch: int) -> list[Row]:
    """Return the parents that entered an epoch, all shards, in seed order."""
    paths = folder.pool_shards(epoch)
    return [row for path in paths for row in to_rows(shards.read_table(path))]


def _ask(ledger_path: Path, requests: Sequence[Request]) -> list[Answer]:
    return ask(requests, ledger_path)


def stage_task(stage: Stage) -> Callable[[Callable[..., str]], Any]:
    """Return the decorator that makes a stage's function a Prefect task.

    The result is a path, kept as JSON; the key is the shard's content and what the stage depends
    on, so a task whose work is done is not done again, in whichever flow run.
    """
    return task(
        name=stage.value,
        task_run_name=f"{stage.value}-{{shard:03d}}",
        cache_key_fn=_shard_key,
        persist_result=True,
        result_serializer="json",
    )


def _shard_key(context: TaskRunContext, parameters: dict[str, Any]) -> str:
    folder = RunFolder(Path(parameters["run"]))
    record = shards.read_json(folder.run_json)
    content = shards.sha256_of(Path(parameters["source"]))
    parts = [record["run_id"], record["fixed"], record["pack"]["sha256"], content]
    place = [context.task.name, parameters["epoch"], parameters["shard"], parameters["run"]]
    digest = hashlib.sha256(json.dumps([parts, place], sort_keys=True).encode()).hexdigest()
    return f"{context.task.name}-{parameters['shard']:03d}-{digest[:32]}"


def _log_shard(stage: Stage, epoch: int, shard: int, rows: Sequence[Row], took_s: float) -> None:
    reasons = Counter(row.reason for row in rows if row.reason is not None)
    log.info(
        "epoch=%d %s shard=%03d rows=%d took=%.1fs reasons=%s",
        epoch, stage.value, shard, len(rows), took_s, dict(sorted(reasons.items())),
    )  # fmt: skip
