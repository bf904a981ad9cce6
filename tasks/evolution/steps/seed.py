"""Turn a seed file into the first pool: usable seeds in shards, unusable ones set aside by reason."""

import logging

from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.tables.row import STAGE, Row, to_table
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.run_json import read_record
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import unremembered
from tasks.sources.seeds import count_usable, read_seeds, shard_rows
from tasks.sources.shapes import Heard

log = logging.getLogger("evolflow.seed")


@unremembered("seed", "seed")
def seed(run: str) -> list[str]:
    """Cut the seed file into shards; returns their paths in seed order."""
    folder = RunFolder(place(run))
    settings = load_settings(folder, RunSettings)
    n_usable = count_usable(settings)
    size = shard_rows(_as_begun(folder, settings), n_usable)
    shard: list[Row] = []
    aside: list[Row] = []
    paths: list[str] = []
    heard = Heard()
    for row in read_seeds(settings, heard):
        (shard if row.reason is None else aside).append(row)
        if len(shard) == size:
            paths.append(_write(folder, len(paths), shard))
            shard = []
    if shard:
        paths.append(_write(folder, len(paths), shard))
    shards.write_if_changed(to_table(aside, STAGE), folder.set_aside())
    for line in heard.lines():
        log.info("seeds: %s", line)
    log.info("seeds=%d set_aside=%d shards=%d", n_usable, len(aside), len(paths))
    return paths


def _as_begun(folder: RunFolder, settings: RunSettings) -> RunSettings:
    """Return the settings with the epochs that the run began with: more must not cut it otherwise."""
    began = read_record(folder).fixed.get("epochs", settings.epochs)
    return settings.model_copy(update={"epochs": began})


def _write(folder: RunFolder, number: int, rows: list[Row]) -> str:
    path = folder.pool_shard(0, number)
    shards.write_if_changed(to_table(rows, STAGE), path)
    return str(path)
