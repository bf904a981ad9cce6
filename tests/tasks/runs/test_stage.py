"""A stage carries a shard once, and knows by the shard itself whether it is done."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prefect.cache_policies import NO_CACHE

from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import STAGE, Row, to_rows, to_table
from tasks.doors.storage import ledger, shards
from tasks.evolution.kind import EVOLUTION
from tasks.evolution.steps.carry import Bench, carry
from tasks.evolution.steps.eliminate import eliminate_shard
from tasks.evolution.steps.evolve import evolve_shard
from tasks.evolution.steps.respond import respond_shard
from tasks.evolution.steps.screen import screen_shard
from tasks.runs.stage import mend_ledgers
from tests.conftest import ROOT


def folder_of(seeds: Path, **more: Any) -> RunFolder:
    """Start a run and give it a pool of two shards of three rows."""
    given = {"seeds": seeds, "out": seeds.parent / "run", "model": "offline/rewriter", **more}
    folder = EVOLUTION.start(RunSettings.model_validate(given))
    for shard in range(2):
        write_pool(folder, shard)
    return folder


def write_pool(folder: RunFolder, shard: int, *, text: str = "Name {} ropes.") -> None:
    rows = [Row(f"s{n}", f"s{n}", n, 0, text.format(n)) for n in range(3 * shard, 3 * shard + 3)]
    shards.write_table(to_table(rows, STAGE), folder.pool_shard(1, shard))


class Worker:
    """A verb that counts how often it worked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, rows: Sequence[Row], _job: Bench) -> list[Row]:
        self.times += 1
        return [replace(row, response=f"Answer to {row.instruction}") for row in rows]


def carried(
    folder: RunFolder, worker: Worker, *, stage: Stage = Stage.EVOLVE, shard: int = 0
) -> Path:
    source = str(folder.pool_shard(1, shard))
    return Path(carry(worker, str(folder.root), 1, shard, stage, source).path)


def test_a_finished_shard_is_not_made_again(three_seeds: Path) -> None:
    folder, worker = folder_of(three_seeds), Worker()
    first, second = carried(folder, worker), carried(folder, worker, shard=1)
    assert [row.id for path in (first, second) for row in to_rows(shards.read_table(path))] == [
        f"s{n}" for n in range(6)
    ]
    for shard in (0, 1):
        carried(folder, worker, shard=shard)
    assert worker.times == 2


def test_the_same_command_finds_its_shards_done(three_seeds: Path) -> None:
    """Other limits do not change what a shard is made of; a moved run is the same run."""
    folder, worker = folder_of(three_seeds), Worker()
    carried(folder, worker)
    folder = folder_of(three_seeds, concurrency=3, budget_usd=9)
    carried(folder, worker)
    moved = RunFolder(folder.root.rename(folder.root.with_name("moved")))
    carried(moved, worker)
    assert worker.times == 1


@pytest.mark.parametrize("what", ["source", "stage", "shard", "run"])
def test_a_shard_that_was_made_of_something_else_is_made_anew(what: str, three_seeds: Path) -> None:
    """A file in its place is not enough: it may be another stage's, or of a text that changed."""
    folder, worker = folder_of(three_seeds), Worker()
    path = carried(folder, worker)
    if what == "source":
        write_pool(folder, 0, text="Name {} knots.")
        carried(folder, worker)
        assert to_rows(shards.read_table(path))[1].response == "Answer to Name 1 knots."
    elif what == "stage":
        path.rename(folder.stage_shard(1, "screen", 0))
        carried(folder, worker, stage=Stage.SCREEN)
    elif what == "shard":
        path.rename(folder.stage_shard(1, "evolve", 1))
        folder.pool_shard(1, 0).replace(folder.pool_shard(1, 1))
        carried(folder, worker, shard=1)
    else:
        record = shards.read_json(folder.run_json)
        shards.write_json({**record, "run_id": "another"}, folder.run_json)
        carried(folder, worker)
    assert worker.times == 2


def test_a_damaged_shard_is_named_and_made_anew_byte_by_byte(
    three_seeds: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, worker = folder_of(three_seeds), Worker()
    path = carried(folder, worker)
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 4] ^= 1
    path.write_bytes(damaged)
    with caplog.at_level("WARNING"):
        carried(folder, worker)
    assert f"{path}: damaged" in caplog.text and "made anew" in caplog.text
    assert path.read_bytes() == whole and worker.times == 2


@pytest.mark.parametrize(("rules", "times"), [("strict", 2), ("paper", 1)])
def test_children_are_screened_anew_when_the_pool_they_are_compared_with_changed(
    rules: str, times: int, three_seeds: Path
) -> None:
    """In the strict profile a child is held against every shard of the pool, not its own alone."""
    folder, worker = folder_of(three_seeds, rules=rules), Worker()
    carried(folder, worker, stage=Stage.SCREEN)
    write_pool(folder, 1, text="Name {} knots.")
    carried(folder, worker, stage=Stage.SCREEN)
    assert worker.times == times


@pytest.mark.parametrize("lose", ["a row", "the order"])
def test_a_stage_that_loses_rows_stops_and_writes_nothing(lose: str, three_seeds: Path) -> None:
    folder = folder_of(three_seeds)

    def verb(rows: Sequence[Row], _job: Bench) -> list[Row]:
        return list(rows)[1:] if lose == "a row" else list(reversed(rows))

    with pytest.raises(RunFault, match="3 rows in"):
        carry(verb, str(folder.root), 1, 0, Stage.EVOLVE, str(folder.pool_shard(1, 0)))
    assert not folder.stage_shard(1, "evolve", 0).exists()


def test_a_source_that_is_not_there_is_named(three_seeds: Path) -> None:
    folder = folder_of(three_seeds)
    folder.pool_shard(1, 1).unlink()
    with pytest.raises(RunFault, match=r"pool-00001\.parquet: missing; run the same command again"):
        carried(folder, Worker(), shard=1)


def test_prefect_keeps_nothing_of_a_stage(three_seeds: Path) -> None:
    """Prefect believes its own result files: one that names the pickle format would run code."""
    for task in (evolve_shard, screen_shard, respond_shard, eliminate_shard):
        assert task.persist_result is False
        assert task.cache_policy == NO_CACHE
        assert task.cache_key_fn is None and task.result_storage_key is None


def test_an_epochs_ledgers_are_mended_before_it_runs(three_seeds: Path) -> None:
    folder = folder_of(three_seeds)
    records = [{"key": f"k{n}", "text": "A rope."} for n in range(3)]
    whole = {}
    for shard in range(2):
        path = folder.ledger(1, shard)
        with ledger.Ledger(path) as book:
            for record in records:
                book.append(record)
        whole[path] = path.read_bytes()
        path.write_bytes(whole[path].replace(b"rope", b"ripe", 1))
    mend_ledgers(str(folder.root), 1)
    assert {path: path.read_bytes() for path in whole} == whole
    mend_ledgers(str(folder.root), 2)


CARRY = """
import sys
from pathlib import Path
from schemas.stages import Stage
from schemas.folders.run import RunFolder
from tasks.evolution.steps.carry import carry
folder = RunFolder(Path(sys.argv[1]))
for shard in range(2):
    source = str(folder.pool_shard(1, shard))
    carry(lambda rows, job: list(rows), str(folder.root), 1, shard, Stage.EVOLVE, source)
"""


def test_a_failpoint_kills_before_that_shard_is_written(three_seeds: Path) -> None:
    """What the ledger holds then is all that there is of the shard."""
    folder = folder_of(three_seeds)
    done = subprocess.run(
        [sys.executable, "-c", CARRY, str(folder.root)],
        cwd=ROOT, env={**os.environ, "EVOLFLOW_FAILPOINT": "answer-kept:2"}, check=False,
    )  # fmt: skip
    assert done.returncode == -9
    assert folder.stage_shards(1, "evolve") == [folder.stage_shard(1, "evolve", 0)]
    assert shards.sweep_drafts(folder.root) == 0
