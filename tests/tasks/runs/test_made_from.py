"""Keys: the same for the same content, wherever it lies and however often it was written."""

from pathlib import Path

import pytest

from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from tasks.doors.storage import ledger, shards
from tasks.doors.storage.places import place
from tasks.runs.made_from import made_from

RECORD = {"run_id": "r", "fixed": {"epochs": 2}, "pack": {"sha256": "p"}}


@pytest.fixture(params=["disk", "objects"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, bucket: str) -> RunFolder:
    root = place(tmp_path / "run") if request.param == "disk" else place(f"{bucket}/run")
    made = RunFolder(root)
    shards.write_json(RECORD, made.run_json)
    return made


def test_a_key_follows_content_and_place_and_nothing_else(folder: RunFolder) -> None:
    paths = [folder.pool_shard(1, number) for number in range(3)]
    for number, path in enumerate(paths):
        shards.write_text(f"pool {number}", path)
    key = made_from(folder, ["screen", 1], paths)
    shards.write_text("pool 1", paths[1])
    assert made_from(folder, ["screen", 1], paths) == key
    others = [made_from(folder, ["screen", 2], paths), made_from(folder, ["screen", 1], paths[:2])]
    shards.write_text("pool one", paths[1])
    others.append(made_from(folder, ["screen", 1], paths))
    assert len({key, *others}) == 4


def test_a_key_follows_what_is_appended_to_a_ledger(folder: RunFolder) -> None:
    path = folder.ledger(1, 0)
    keys = []
    for number in range(3):
        with ledger.opened(path) as kept:
            kept.append({"key": f"k{number}"})
        keys += [made_from(folder, ["publish", 1], [path]) for _ in range(2)]
    assert len(set(keys)) == 3 and keys[0] == keys[1]


def test_a_missing_file_is_named_with_the_remedy(folder: RunFolder) -> None:
    path = folder.pool_shard(1, 0)
    with pytest.raises(RunFault, match=rf"^{path}: missing; run the same command again"):
        made_from(folder, ["evolve", 1], [path])


def test_the_key_of_tables_is_the_same_on_a_disk_and_on_an_object_store(
    tmp_path: Path, bucket: str
) -> None:
    keys = set()
    for root in (tmp_path / "run", place(f"{bucket}/run")):
        folder = RunFolder(root)
        shards.write_json(RECORD, folder.run_json)
        shards.write_text("pool", folder.pool_shard(1, 0))
        keys.add(made_from(folder, ["evolve", 1], [folder.pool_shard(1, 0)]))
    assert len(keys) == 1
