"""What is committed: read with trust in nothing."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.manifest import commit, entries, is_whole, mark, read_manifest

NOTHING: dict[str, Any] = {"files": [], "made_from": {}}


def test_no_manifest_commits_nothing(tmp_path: Path) -> None:
    assert read_manifest(RunFolder(tmp_path)) == NOTHING


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"x"',
        b"7",
        b'{"files": 3}',
        b'{"files": [1]}',
        b'{"files": [{"path": 3}]}',
        b'{"files": [{"path": "a", "sha256": 3}]}',
    ],
)
def test_a_damaged_manifest_commits_nothing(tmp_path: Path, content: bytes) -> None:
    """Its tables are then published anew; to stop here would leave a run that nobody can mend."""
    folder = RunFolder(tmp_path)
    folder.manifest.write_bytes(content)
    assert read_manifest(folder) == NOTHING


def test_entries_are_an_epochs_own(tmp_path: Path) -> None:
    """Epoch 1 is not epoch 11."""
    files = [{"path": f"{table}/epoch-{n}/part-00000.parquet"}
             for table in ("dataset", "calls") for n in (1, 2, 11)]  # fmt: skip
    found = entries({"files": files}, 1)
    assert [one["path"] for one in found] == [
        "dataset/epoch-1/part-00000.parquet", "calls/epoch-1/part-00000.parquet",
    ]  # fmt: skip


def test_a_file_is_whole_while_its_bytes_are_those_that_were_committed(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"rows")
    entry = {"path": "part", "sha256": shards.sha256_of(path)}
    assert is_whole(RunFolder(tmp_path), entry)
    path.write_bytes(b"rowz")
    assert not is_whole(RunFolder(tmp_path), entry)
    path.unlink()
    assert not is_whole(RunFolder(tmp_path), entry)


def test_of_two_who_commit_on_what_they_read_on_an_object_store_one_is_refused(
    bucket: str,
) -> None:
    folder = RunFolder(place(f"{bucket}/run"))
    assert mark(folder) is None and read_manifest(folder) == NOTHING
    committed = {**NOTHING, "made_from": {"0": "a"}}
    commit(folder, committed, mark(folder))
    with pytest.raises(RunFault, match=r"manifest\.json: another process has committed"):
        commit(folder, NOTHING, None)
    seen = mark(folder)
    commit(folder, {**committed, "made_from": {"0": "b"}}, seen)
    with pytest.raises(RunFault, match=r"run the same command again$"):
        commit(folder, committed, seen)
    assert read_manifest(folder)["made_from"] == {"0": "b"}


def test_on_a_disk_the_lock_is_enough(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for key in ("a", "b"):
        commit(folder, {**NOTHING, "made_from": {"0": key}}, mark(folder))
        assert read_manifest(folder)["made_from"] == {"0": key}
