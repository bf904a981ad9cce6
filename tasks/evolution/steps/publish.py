"""Turn an epoch's settled shards into the tables that users open, and commit them in the manifest.

dataset/ and eliminated/ are in seed order and cut by a fixed row count, so they do not depend on how
the work was sharded. The manifest is written last: what it names is whole. At the end of a run the
finished dataset is held against the rules once more.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from schemas.documents.manifest import Manifest
from schemas.errors import RunFault
from schemas.folders.run import SETTLED, TABLES, RunFolder, Table
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.tables.row import (
    CALLS,
    DATASET,
    ELIMINATED,
    SCHEMA_VERSION,
    STAGE,
    Row,
    to_rows,
    to_table,
)
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evolution.steps import rules
from tasks.packs.pack import load_pack
from tasks.runs.calls import call_records
from tasks.runs.made_from import made_from
from tasks.runs.manifest import commit, entries, entry_of, is_whole, mark, read_manifest
from tasks.runs.saved_pack import saved_sha256, saved_stages
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import unremembered

log = logging.getLogger("evolflow.export")


@unremembered("publish", "publish-{epoch}")
def publish(run: str, epoch: int) -> str:
    """Write an epoch's tables and commit them; returns the manifest's path."""
    folder = RunFolder(place(run))
    part_rows = load_settings(folder, RunSettings).part_rows
    key = made_from(folder, ["publish", epoch, part_rows], _sources(folder, epoch))
    if _is_published(folder, epoch, key):
        return str(folder.manifest)
    kept = (row for row in _settled(folder, epoch) if row.reason == Reason.KEPT)
    failed = (row for row in _settled(folder, epoch) if row.reason != Reason.KEPT)
    n_kept = _write_parts(folder, "dataset", epoch, _tables(kept, DATASET, part_rows))
    n_failed = _write_parts(folder, "eliminated", epoch, _tables(failed, ELIMINATED, part_rows))
    _write_parts(folder, "calls", epoch, _call_tables(folder, epoch, part_rows))
    _check_count(folder, epoch, n_kept + n_failed)
    _commit(folder, epoch, key)
    log.info("epoch=%d published kept=%d eliminated=%d", epoch, n_kept, n_failed)
    return str(folder.manifest)


@unremembered("finish", "finish")
def finish(run: str) -> str:
    """Check the finished dataset: every chain reaches a seed, no rule finds anything.

    Returns:
        Path of the saved validation result.

    Raises:
        RunFault: A chain is broken, or a rule finds a row.
    """
    folder = RunFolder(place(run))
    settings = load_settings(folder, RunSettings)
    key = made_from(folder, ["finish"], [folder.manifest])
    if _is_validated(folder, key):
        return str(folder.validation)
    check_chains(folder, settings.epochs)
    result = validate(folder, settings)
    shards.write_json({**result, "made_from": key}, folder.validation)
    if not result["success"]:
        broken = [one["rule"] for one in result["results"] if one["unexpected"]]
        raise RunFault(
            f"{folder.root / 'dataset'}: breaks the rules {broken}; see {folder.validation}"
        )
    return str(folder.validation)


def check_chains(folder: RunFolder, epochs: int) -> None:
    """Make sure that every dataset row's parents lead to a seed.

    Raises:
        RunFault: A parent is not there.
    """
    known = set(_column(folder, "dataset", 0, "id")) | set(_column(folder, "eliminated", 0, "id"))
    for epoch in range(1, epochs + 1):
        parents = set(_column(folder, "dataset", epoch, "parent_id"))
        if not parents <= known:
            raise RunFault(f"dataset/epoch-{epoch}: parents missing: {sorted(parents - known)[:3]}")
        known |= set(_column(folder, "dataset", epoch, "id"))


def validate(folder: RunFolder, settings: RunSettings) -> dict[str, Any]:
    """Hold the finished dataset against the run's own rules.

    Seeds that brought their own response are not held against the response rules, as in the run.

    Returns:
        Success, rows, and per rule the rows looked at and the unexpected ones.
    """
    pack = load_pack(settings.pack, saved_sha256(folder))
    suite = rules.rules_of(settings, pack)
    totals: dict[str, dict[str, Any]] = {}
    rows = 0
    for epoch, table in _finished(folder, settings.epochs):
        rows += table.num_rows
        # Seeds were never screened: only the responses that were bought for them were judged.
        held = suite if epoch else [rule for rule in suite if rule.moment == "after_response"]
        for one in rules.examine(table, held, settings, pack).result["results"]:
            total = totals.setdefault(one["rule"], {**one, "looked_at": 0, "unexpected": 0})
            total["looked_at"] += one["looked_at"]
            total["unexpected"] += one["unexpected"]
            total["success"] = total["unexpected"] == 0
    results = [totals[rule.name] for rule in suite if rule.name in totals]
    return {"success": all(one["success"] for one in results), "rows": rows, "results": results}


def _finished(folder: RunFolder, epochs: int) -> Iterator[tuple[int, pa.Table]]:
    """Yield the dataset part by part, children beside their parents' instructions."""
    for epoch in range(epochs + 1):
        for path in parts(folder, "dataset", epoch):
            rows = to_rows(shards.read_table(path))
            if epoch == 0:
                rows = [row for row in rows if row.model is not None]
            texts = _texts(folder, epoch, {row.parent_id for row in rows})
            made = (replace(row, parent_instruction=texts.get(row.parent_id)) for row in rows)
            yield epoch, to_table(made, STAGE)


def _texts(folder: RunFolder, before: int, wanted: set[str | None]) -> dict[str | None, str]:
    """Return the instructions of ids, looked for in the epochs before."""
    places: list[tuple[Table, int]] = [("eliminated", 0), *(("dataset", e) for e in range(before))]
    found: dict[str | None, str] = {}
    for table, epoch in places:
        for path in parts(folder, table, epoch):
            read = shards.read_table(path, columns=["id", "instruction"])
            pairs = zip(read["id"].to_pylist(), read["instruction"].to_pylist(), strict=True)
            found.update((i, text) for i, text in pairs if i in wanted)
    return found


def parts(folder: RunFolder, table: Table, epoch: int) -> list[Path]:
    """Return a table's parts of an epoch, in order."""
    return sorted(folder.table(table, epoch).glob("part-*.parquet"))


def _column(folder: RunFolder, table: Table, epoch: int, name: str) -> Iterator[str]:
    for path in parts(folder, table, epoch):
        yield from shards.read_table(path, columns=[name])[name].to_pylist()


def _settled(folder: RunFolder, epoch: int) -> Iterator[Row]:
    if epoch == 0:
        yield from to_rows(shards.read_table(folder.set_aside()))
    for path in folder.stage_shards(epoch, SETTLED):
        yield from to_rows(shards.read_table(path))


def _check_count(folder: RunFolder, epoch: int, written: int) -> None:
    pool = sum(shards.count_rows(path) for path in folder.pool_shards(epoch))
    expected = pool + (shards.count_rows(folder.set_aside()) if epoch == 0 else 0)
    if written != expected:
        raise RunFault(f"epoch {epoch}: {expected} rows went in, {written} were written")


def _tables(rows: Iterable[Row], schema: pa.Schema, part_rows: int) -> Iterator[pa.Table]:
    """Cut rows into tables of part_rows; one empty table where there are none."""
    waiting = iter(rows)
    first = True
    while (batch := list(islice(waiting, part_rows))) or first:
        yield to_table(batch, schema)
        first = False


def _call_tables(folder: RunFolder, epoch: int, part_rows: int) -> Iterator[pa.Table]:
    records = call_records(folder, epoch, saved_stages(folder))
    first = True
    while (batch := list(islice(records, part_rows))) or first:
        yield pa.Table.from_pylist(batch, schema=CALLS)
        first = False


def _write_parts(folder: RunFolder, table: Table, epoch: int, tables: Iterable[pa.Table]) -> int:
    paths = []
    rows = 0
    for number, part in enumerate(tables):
        path = folder.part(table, epoch, number)
        shards.write_table(part, path)
        paths.append(path)
        rows += part.num_rows
    shards.remove_other_parts(folder.table(table, epoch), paths)
    return rows


def _sources(folder: RunFolder, epoch: int) -> list[Path]:
    """Return all that an epoch's tables are made from."""
    aside = [folder.set_aside()] if epoch == 0 else []
    return [*aside, *folder.stage_shards(epoch, SETTLED), *folder.ledgers(epoch)]


def _is_published(folder: RunFolder, epoch: int, key: str) -> bool:
    """Tell whether an epoch's tables lie there as they would be made now."""
    manifest = read_manifest(folder)
    if manifest.made_from.get(str(epoch)) != key:
        return False
    named = entries(manifest, epoch)
    there = {path for table in TABLES for path in parts(folder, table, epoch)}
    return there == {folder.root / entry.path for entry in named} and all(
        is_whole(folder, entry) for entry in named
    )


def _is_validated(folder: RunFolder, key: str) -> bool:
    try:
        result = shards.read_json(folder.validation)
        return bool(result["made_from"] == key and result["success"])
    except (RunFault, KeyError, TypeError):
        return False


def _commit(folder: RunFolder, epoch: int, key: str) -> None:
    seen = mark(folder)
    old = read_manifest(folder)
    own = entries(old, epoch)
    others = [entry for entry in old.files if entry not in own]
    new = [entry_of(folder, path) for table in TABLES for path in parts(folder, table, epoch)]
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        files=sorted(others + new, key=lambda entry: entry.path),
        made_from={**old.made_from, str(epoch): key},
    )
    commit(folder, manifest, seen)
