"""Carry one shard of an epoch through one stage: read it, let the verb work, check it, write it.

Turns a shard's path into the next shard's path, and says what a verb may use besides its rows. Knows
how a stage is run and nothing of what any stage does.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import pyarrow as pa

from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import STAGE, Row, to_rows, to_table
from tasks.buying.ask import Ask
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.packs.pack import Pack, load_pack
from tasks.runs.made_from import made_from
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import Carried, asker, log, unless_done


@dataclass(frozen=True)
class Bench:
    """All that a verb may use besides its rows."""

    settings: RunSettings
    pack: Pack
    epoch: int
    pool: Callable[[], list[Row]]
    """The whole pool at the beginning of the epoch, all shards, in seed order."""
    ask: Ask


Verb = Callable[[Sequence[Row], Bench], list[Row]]


def carry(verb: Verb, run: str, epoch: int, shard: int, stage: Stage, source: str) -> Carried:
    """Do a stage's work on a shard, unless it is done.

    Args:
        verb: Rows in, the same rows out in the same order, more of their fields set.
        run: The run folder.
        epoch: Number of the epoch, from 1; 0 for seeds.
        shard: Number of the shard, from 0.
        stage: Which stage this is.
        source: Path of the shard to read.

    Returns:
        The finished shard.

    Raises:
        RunFault: Rows were lost or swapped, or the run has to stop.
    """
    folder = RunFolder(place(run))
    target = folder.stage_shard(epoch, stage.value, shard)

    def made() -> pa.Table:
        began = time.monotonic()
        rows = to_rows(shards.read_table(place(source)))
        done = verb(rows, bench(folder, epoch, shard))
        if len(done) != len(rows) or [r.position for r in done] != [r.position for r in rows]:
            raise RunFault(
                f"{target.name}: {len(rows)} rows in, {len(done)} out, or in another order"
            )
        _log_shard(stage, epoch, shard, done, time.monotonic() - began)
        return to_table(done, STAGE)

    return unless_done(target, _key(folder, epoch, shard, stage, place(source)), made)


def bench(folder: RunFolder, epoch: int, shard: int) -> Bench:
    """Return what a verb may use for one shard of an epoch."""
    record = shards.read_json(folder.run_json)
    settings = RunSettings.model_validate(record["settings"])
    return Bench(
        settings=settings,
        pack=_pack(settings.pack, record["pack"]["sha256"]),
        epoch=epoch,
        pool=partial(read_pool, folder, epoch),
        ask=asker(folder, settings, epoch, shard),
    )


def read_pool(folder: RunFolder, epoch: int) -> list[Row]:
    """Return the parents that entered an epoch, all shards, in seed order."""
    paths = folder.pool_shards(epoch)
    return [row for path in paths for row in to_rows(shards.read_table(path))]


def _key(folder: RunFolder, epoch: int, shard: int, stage: Stage, source: Path) -> str:
    read = [source]
    # In the strict profile children are compared with the whole pool.
    if stage.traits.reads_pool and load_settings(folder, RunSettings).rules == "strict":
        read += folder.pool_shards(epoch)
    return made_from(folder, [stage.value, epoch, shard], read)


@lru_cache(maxsize=8)
def _pack(name: str, sha256: str) -> Pack:
    return load_pack(name, sha256)


def _log_shard(stage: Stage, epoch: int, shard: int, rows: Sequence[Row], took_s: float) -> None:
    reasons = Counter(row.reason for row in rows if row.reason is not None)
    log.info(
        "epoch=%d %s shard=%03d rows=%d took=%.1fs reasons=%s",
        epoch, stage.value, shard, len(rows), took_s, dict(sorted(reasons.items())),
    )  # fmt: skip
