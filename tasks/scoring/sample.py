"""Choose what is scored: a sample of each epoch's instructions, and of lines with all their versions.

Turns a run's dataset, or a file of instructions, into shards without scores. The choice hangs on a
line's id and the seed alone, so all epochs show the same lines as far as they kept them, and a run
that has grown keeps its sample. Asks nobody.
"""

import hashlib
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import nsmallest
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.folders.scoring import EPOCH, SHARDS, ScoringFolder
from schemas.settings.evolution import RunSettings
from schemas.settings.scoring import ScoringSettings
from schemas.tables.row import Row, to_rows, to_table
from schemas.tables.scoring import DIFFICULTIES, VERSIONS, Difficulty, Version
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.manifest import read_manifest
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import unremembered
from tasks.sources.seeds import read_seeds

log = logging.getLogger("evolflow.sampled")

Scored = TypeVar("Scored", Difficulty, Version)
_COLUMNS = ["id", "seed_id", "position", "epoch", "instruction", "attempts"]
_LINE_COLUMNS = [*_COLUMNS, "response"]


@unremembered("sample", "sample")
def sample(run: str) -> list[str]:
    """Lay out what is scored in shards; returns their paths, those with instructions first."""
    folder = ScoringFolder(place(run))
    settings = load_settings(folder, ScoringSettings)
    difficulties = difficulties_in(settings)
    versions = versions_in(settings)
    made = [to_table(rows, DIFFICULTIES) for rows in _dealt(difficulties)]
    made += [to_table(rows, VERSIONS) for rows in _dealt(versions)]
    paths = []
    for number, table in enumerate(made):
        shards.write_if_changed(table, folder.pool_shard(EPOCH, number))
        paths.append(str(folder.pool_shard(EPOCH, number)))
    log.info("instructions=%d versions=%d", len(difficulties), len(versions))
    return paths


def difficulties_in(settings: ScoringSettings) -> list[Difficulty]:
    """Return the sample of instructions, epoch by epoch and in seed order.

    Raises:
        BadInput: There is none.
    """
    chosen: list[Difficulty] = []
    for rows in _epochs(settings):
        first = nsmallest(settings.per_epoch, rows, key=lambda row: _draw(row.seed_id, settings))
        first.sort(key=lambda row: row.position)
        chosen += [
            Difficulty(
                len(chosen) + n, row.id, row.seed_id, row.epoch, row.instruction, settings.judge
            )
            for n, row in enumerate(first)
        ]
    if not chosen:
        raise BadInput(f"source: {settings.source} holds nothing to score; name a run with rows")
    return chosen


def versions_in(settings: ScoringSettings) -> list[Version]:
    """Return the sample of lines: all versions of each, the seed first; none for a file."""
    source = place(settings.source)
    if not settings.lines or not is_run(source):
        return []
    ids: dict[str, int] = {}
    for path in _all_parts(RunFolder(source)):
        for seed_id in shards.read_table(path, columns=["seed_id"])["seed_id"].to_pylist():
            ids[seed_id] = ids.get(seed_id, 0) + 1
    # One version alone cannot be compared.
    grown = (seed_id for seed_id, count in ids.items() if count > 1)
    wanted = set(nsmallest(settings.lines, grown, key=lambda seed_id: _draw(seed_id, settings)))
    lines: dict[str, list[Row]] = {}
    for path in _all_parts(RunFolder(source)):
        for row in to_rows(_only(shards.read_table(path, columns=_LINE_COLUMNS), wanted)):
            lines.setdefault(row.seed_id, []).append(row)
    ordered = sorted(lines.values(), key=lambda line: line[0].position)
    versions = [one for line in ordered for one in _line(line, settings)]
    return [replace(one, position=n) for n, one in enumerate(versions)]


def is_run(source: Path) -> bool:
    """Tell whether this is a run folder; else it is taken for a file."""
    return RunFolder(source).run_json.exists()


def _line(line: Sequence[Row], settings: ScoringSettings) -> list[Version]:
    # Judges favour what stands first or last: the order in which they see versions is drawn.
    places = list(range(1, len(line) + 1))
    random.Random(_draw(f"{line[0].seed_id}/{len(line)}", settings)).shuffle(places)
    return [
        Version(
            position=0, id=row.id, seed_id=row.seed_id, epoch=row.epoch,
            instruction=row.instruction, response=row.response or None, judge=settings.judge,
            versions=len(line), shown=shown,
        )
        for row, shown in zip(sorted(line, key=lambda row: row.epoch), places, strict=True)
    ]  # fmt: skip


def _epochs(settings: ScoringSettings) -> Iterator[Iterator[Row]]:
    """Yield the rows of each epoch; those of a file are epoch 0."""
    source = place(settings.source)
    if not is_run(source):
        yield _rows_of_file(source)
        return
    folder = RunFolder(source)
    for epoch in published_epochs(folder):
        yield _rows_of_run(folder, epoch)


def _rows_of_run(folder: RunFolder, epoch: int) -> Iterator[Row]:
    for path in _parts(folder, epoch):
        yield from to_rows(shards.read_table(path, columns=_COLUMNS))


def _rows_of_file(path: Path) -> Iterator[Row]:
    # Who reads seeds of any shape needs a run's settings; of these only the file is looked at.
    reading = RunSettings(seeds=path, out=str(path), model="nobody", seed_responses="none")
    usable, why = 0, "it is empty"
    try:
        for row in read_seeds(reading):
            if row.reason is None:
                usable += 1
                yield row
            elif usable == 0:
                why = row.evidence or row.reason
    except BadInput as e:
        raise BadInput(str(e).replace("seeds:", "source:", 1)) from e
    if usable == 0:
        raise BadInput(f"source: {path} holds nothing to score ({why}); mend it, or name a run")


def published_epochs(folder: RunFolder) -> list[int]:
    """Return the epochs whose rows are in the dataset, in order."""
    return sorted(int(name) for name in read_manifest(folder).made_from if name.isdecimal())


def _all_parts(folder: RunFolder) -> list[Path]:
    return [path for epoch in published_epochs(folder) for path in _parts(folder, epoch)]


def _parts(folder: RunFolder, epoch: int) -> list[Path]:
    return sorted(folder.table("dataset", epoch).glob("part-*.parquet"))


def _only(table: pa.Table, wanted: set[str]) -> pa.Table:
    held = [seed_id in wanted for seed_id in table["seed_id"].to_pylist()]
    return table.filter(pa.array(held, pa.bool_()))


def _draw(name: str, settings: ScoringSettings) -> str:
    return hashlib.sha256(f"{settings.rng_seed}/{name}".encode()).hexdigest()


def _dealt(rows: Sequence[Scored]) -> list[list[Scored]]:
    """Deal rows to shards by their line: whole lines, each always to the same shard."""
    dealt: list[list[Scored]] = [[] for _ in range(SHARDS)]
    for row in rows:
        dealt[int(hashlib.sha256(row.seed_id.encode()).hexdigest(), 16) % SHARDS].append(row)
    return dealt
