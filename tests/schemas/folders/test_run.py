"""Addresses inside a run: each thing has one, and no two share it."""

from pathlib import Path

from schemas.folders.run import TABLES, RunFolder
from tasks.doors.storage.places import place


def test_no_two_things_share_an_address() -> None:
    """Two that did would overwrite each other."""
    run = RunFolder(Path("run"))
    stages = ("evolve", "screen", "respond", "eliminate", "advance")
    paths = [run.run_json, run.manifest, run.validation, run.report, run.lock, run.log]
    paths += [run.set_aside()]
    for epoch in (0, 1, 10):
        for number in (0, 1, 10):
            paths += [run.pool_shard(epoch, number), run.ledger(epoch, number)]
            paths += [run.stage_shard(epoch, stage, number) for stage in stages]
            paths += [run.part(table, epoch, number) for table in TABLES]
    assert len(paths) == len(set(paths)) == 7 + 9 * (2 + 5 + 3)
    assert all(path.is_relative_to("run") for path in paths)


def test_shards_are_listed_in_shard_order(tmp_path: Path) -> None:
    """Seed order of every table rests on it: shard 10 comes after shard 9."""
    run = RunFolder(tmp_path)
    numbers = [10, 0, 9, 2, 11, 100]
    made = [[run.pool_shard(1, n) for n in numbers], [run.ledger(1, n) for n in numbers]]
    made += [[run.stage_shard(1, "evolve", n) for n in numbers]]
    for path in (path for paths in made for path in paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (run.pool_shard(1, 0).parent / ".draft-1-pool-00000.parquet").touch()
    assert run.pool_shards(1) == [run.pool_shard(1, n) for n in sorted(numbers)]
    assert run.ledgers(1) == [run.ledger(1, n) for n in sorted(numbers)]
    assert run.stage_shards(1, "evolve") == [
        run.stage_shard(1, "evolve", n) for n in sorted(numbers)
    ]
    assert run.pool_shards(2) == [] and run.ledgers(2) == []


def test_no_folder_of_a_table_is_taken_for_a_column(tmp_path: Path) -> None:
    """pandas reads a folder named `epoch=3` as a column, which the files hold already."""
    run = RunFolder(tmp_path)
    for table in TABLES:
        path = run.part(table, 3, 7)
        assert path.parent == run.table(table, 3)
        assert path.is_relative_to(tmp_path / table)
        assert "=" not in path.relative_to(tmp_path).as_posix()


def test_on_an_object_store_a_ledger_is_a_folder_of_segments(bucket: str) -> None:
    """Whoever opens it knows by its address in which form to write."""
    run = RunFolder(place(f"{bucket}/runs/alpaca"))
    assert str(run.ledger(2, 3)) == f"{bucket}/runs/alpaca/work/ledger/epoch-2/shard-00003"
    for epoch, shard in ((2, 10), (2, 9), (1, 0)):
        (run.ledger(epoch, shard) / "000001-aa.jsonl").write_text("")
    assert run.ledgers(2) == [run.ledger(2, 9), run.ledger(2, 10)]
    assert run.epochs() == [1, 2] and run.ledgers(3) == []
