"""Put a scoring's shards together: the tables that users open, and the manifest, which comes last.

Turns scored shards into difficulty.parquet, versions.parquet and calls.parquet. Knows nothing of
judging.
"""

import logging
from pathlib import Path

import pyarrow as pa

from schemas.errors import RunFault
from schemas.folders.scoring import EPOCH, MAP_SHARD, SHARDS, ScoringFolder, ScoringTable
from schemas.tables.row import CALLS
from schemas.tables.scoring import DIFFICULTIES, VERSIONS, ScoringStage
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.calls import call_records
from tasks.runs.made_from import made_from
from tasks.runs.manifest import mark
from tasks.runs.publish import commit_tables, is_published
from tasks.runs.stage import unremembered

log = logging.getLogger("evolflow.conclude")

_MADE = "scoring"
_STAGES = [stage.value for stage in ScoringStage]


@unremembered("conclude", "conclude")
def conclude(run: str) -> str:
    """Write a scoring's tables, and commit them; returns the path of the folder."""
    folder = ScoringFolder(place(run))
    difficulty = [folder.stage_shard(EPOCH, ScoringStage.DIFFICULTY, n) for n in range(SHARDS)]
    versions = [
        folder.stage_shard(EPOCH, ScoringStage.COMPLEXITY, n) for n in range(SHARDS, MAP_SHARD)
    ]
    placed = [path for path in (folder.scored("embeddings"),) if path.exists()]
    made_of = [*difficulty, *versions, *placed, *folder.ledgers(EPOCH)]
    key = made_from(folder, ["conclude"], made_of)
    if not is_published(folder, _MADE, key):
        _publish(folder, difficulty, versions, placed, key)
    return str(folder.root)


def _publish(
    folder: ScoringFolder,
    difficulty: list[Path],
    versions: list[Path],
    placed: list[Path],
    key: str,
) -> None:
    seen = mark(folder)
    tables: dict[ScoringTable, pa.Table] = {
        "difficulty": _joined(difficulty, folder.pool_shards(EPOCH)[:SHARDS], DIFFICULTIES),
        "versions": _joined(versions, folder.pool_shards(EPOCH)[SHARDS:MAP_SHARD], VERSIONS),
        "calls": pa.Table.from_pylist(list(call_records(folder, EPOCH, _STAGES)), schema=CALLS),
    }
    for name, table in tables.items():
        shards.write_table(table, folder.scored(name))
        log.info("%s=%d concluded", name, table.num_rows)
    paths = [*(folder.scored(name) for name in tables), *placed]
    commit_tables(folder, paths, made=_MADE, key=key, seen=seen)


def _joined(scored: list[Path], pools: list[Path], schema: pa.Schema) -> pa.Table:
    """Return all shards of a kind as one table, in the order of the sample.

    Raises:
        RunFault: Rows were lost on the way.
    """
    read = pa.concat_tables([shards.read_table(path).cast(schema) for path in scored])
    expected = sum(shards.count_rows(path) for path in pools)
    if read.num_rows != expected:
        raise RunFault(f"{expected} rows were to be scored, {read.num_rows} came back")
    table = read.sort_by([("position", "ascending")]).combine_chunks()
    return table.replace_schema_metadata(schema.metadata)
