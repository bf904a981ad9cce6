"""Shards: a file that exists is finished, and what is read is what was written."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import RunFault
from schemas.tables.row import CALLS, DATASET, STAGE, Row, to_rows, to_table
from schemas.tables.versions import added
from tasks.doors.storage import columns, shards
from tasks.doors.storage.places import place
from tests.conftest import ROOT

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ROWS = st.lists(
    st.builds(
        Row, id=TEXT, seed_id=TEXT, position=st.integers(0, 2**40), epoch=st.integers(0, 50),
        instruction=TEXT, response=st.none() | TEXT, extra=st.none() | TEXT,
    ),
    max_size=5,
)  # fmt: skip
THREE = [
    Row(
        f"s{n}-1", f"s{n}", n, 1, f"Name {n} ropes, 绳子.", parent_id=f"s{n}", response="Hemp. " * n
    )
    for n in range(3)
]


@given(ROWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_table_comes_back_as_it_was(tmp_path: Path, rows: list[Row]) -> None:
    table = to_table(rows, STAGE)
    shards.write_table(table, tmp_path / "deep" / "x.parquet")
    back = shards.read_table(tmp_path / "deep" / "x.parquet")
    assert back.equals(table, check_metadata=True)
    assert shards.count_rows(tmp_path / "deep" / "x.parquet") == len(rows)


@pytest.mark.slow
@pytest.mark.parametrize("flip", [0x01, 0x20, 0xFF])
def test_a_flipped_byte_never_gives_other_data(flip: int, tmp_path: Path) -> None:
    """Page checksums cover the pages alone: the footer's names and counts must be checked too."""
    path = tmp_path / "x.parquet"
    table = to_table(THREE, STAGE)
    shards.write_table(table, path)
    content = path.read_bytes()
    outcomes: Counter[str] = Counter()
    for at in range(len(content)):
        damaged = bytearray(content)
        damaged[at] ^= flip
        path.write_bytes(damaged)
        outcomes[_outcome(path, table)] += 1
        assert _count(path) in (3, None), at
    assert set(outcomes) <= {"refused", "equal"}, outcomes
    assert outcomes["refused"] > len(content) // 3


def _outcome(path: Path, table: pa.Table) -> str:
    try:
        got = shards.read_table(path)
    except RunFault:
        return "refused"
    except ValueError as e:
        return f"not said as a RunFault: {type(e).__name__}"
    return "equal" if got.equals(table) else "other data"


def _count(path: Path) -> int | None:
    try:
        return shards.count_rows(path)
    except RunFault:
        return None


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    shards.write_table(to_table(THREE, STAGE), path)
    content = path.read_bytes()
    for cut in range(0, len(content), 7):
        path.write_bytes(content[:cut])
        with pytest.raises(RunFault, match=r"x\.parquet: damaged"):
            shards.read_table(path)


def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(RunFault, match=r"none\.parquet: missing; run the same command again"):
        shards.read_table(tmp_path / "none.parquet")


NEWER = pa.table({"mood": ["calm", None, "calm"]}, pa.schema([added("mood", pa.string(), since=4)]))


def of_version(version: bytes | None, table: pa.Table) -> pa.Table:
    """Return a stage table as a program of another version would have written it."""
    version_mark = {} if version is None else {b"evolflow.version": version}
    return table.replace_schema_metadata({b"evolflow.table": b"stage"} | version_mark)


def with_columns(table: pa.Table, more: pa.Table, at: int = 1) -> pa.Table:
    for name in more.column_names:
        table = table.add_column(at, more.schema.field(name), more[name])
    return table


@pytest.mark.parametrize("version", [None, b"0", b"1", b"", b"two", b"-2", b"9" * 5000])
def test_a_version_before_the_second_and_what_is_none_is_refused(
    version: bytes | None, tmp_path: Path
) -> None:
    shards.write_table(of_version(version, to_table(THREE, STAGE)), tmp_path / "x.parquet")
    with pytest.raises(RunFault, match="schema version"):
        shards.read_table(tmp_path / "x.parquet")


def test_columns_of_a_newer_version_are_left_out(tmp_path: Path) -> None:
    """A column more must not shut a folder to whoever has not updated yet."""
    path = tmp_path / "x.parquet"
    newer = of_version(b"4", with_columns(to_table(THREE, STAGE), NEWER))
    shards.write_table(newer, path, key="made-of-a")
    back = shards.read_table(path)
    assert to_rows(back) == THREE and back.column_names == STAGE.names
    assert shards.holds(path, "made-of-a") and shards.count_rows(path) == len(THREE)


def test_a_newer_version_that_changed_what_both_have_is_refused(tmp_path: Path) -> None:
    table = to_table(THREE, STAGE)
    unmarked = pa.table({"mood": NEWER["mood"].to_pylist()})
    for changed in (
        with_columns(table, unmarked),
        table.drop_columns(["gain"]),
        table.set_column(3, "epoch", table["epoch"].cast(pa.int64())),
    ):
        shards.write_table(of_version(b"4", changed), tmp_path / "x.parquet")
        with pytest.raises(RunFault, match=r"schema version b'4'.*use the version of evolflow"):
            shards.read_table(tmp_path / "x.parquet")


@pytest.fixture
def one_column_later(monkeypatch: pytest.MonkeyPatch) -> pa.Schema:
    """This program, after a column was added to the stage table."""
    fields = [*STAGE, added("mood", pa.string(), since=4)]
    later = pa.schema(fields, metadata={**STAGE.metadata, b"evolflow.version": b"4"})
    monkeypatch.setitem(columns._DECLARED, "stage", later)
    monkeypatch.setattr(columns, "SCHEMA_VERSION", "4")
    return later


def test_files_of_an_older_version_are_read_with_nulls(
    one_column_later: pa.Schema, tmp_path: Path
) -> None:
    path = tmp_path / "x.parquet"
    shards.write_table(to_table(THREE, STAGE), path, key="made-of-a")
    back = shards.read_table(path)
    assert back.schema.equals(one_column_later) and back["mood"].null_count == len(THREE)
    assert to_rows(back.drop_columns(["mood"])) == THREE
    assert shards.read_table(path, ["mood"]).to_pydict() == {"mood": [None] * len(THREE)}
    assert shards.read_table(path, ["mood", "id", "run"]).column_names == ["mood", "id"]
    assert shards.holds(path, "made-of-a")


def test_files_of_the_same_version_have_all_its_columns(
    one_column_later: pa.Schema, tmp_path: Path
) -> None:
    """What an older file may lack, a file of today may not: it is damage."""
    path = tmp_path / "x.parquet"
    lacking = to_table(THREE, STAGE).replace_schema_metadata(one_column_later.metadata)
    shards.write_table(lacking, path)
    with pytest.raises(RunFault, match="damaged"):
        shards.read_table(path)
    whole = of_version(b"4", with_columns(to_table(THREE, STAGE), NEWER, at=len(STAGE)))
    shards.write_table(whole, path)
    assert shards.read_table(path)["mood"].to_pylist() == ["calm", None, "calm"]


def test_a_flipped_byte_in_a_newer_file_never_gives_other_data(tmp_path: Path) -> None:
    """The mark on a column tells an added one from a damaged name."""
    path = tmp_path / "x.parquet"
    newer = of_version(b"4", with_columns(to_table(THREE, STAGE), NEWER))
    shards.write_table(newer, path)
    content = path.read_bytes()
    for at in range(len(content) - 12_000, len(content), 3):
        damaged = bytearray(content)
        damaged[at] ^= 0x01
        path.write_bytes(damaged)
        assert _outcome(path, to_table(THREE, STAGE)) in ("refused", "equal"), at


def test_some_columns_can_be_read_alone(tmp_path: Path) -> None:
    shards.write_table(to_table(THREE, DATASET), tmp_path / "x.parquet")
    assert shards.read_table(tmp_path / "x.parquet", ["id"]).to_pydict() == {
        "id": ["s0-1", "s1-1", "s2-1"]
    }


def test_a_folders_name_becomes_no_column(tmp_path: Path) -> None:
    path = tmp_path / "epoch=7" / "part-00000.parquet"
    shards.write_table(to_table(THREE, DATASET), path)
    back = shards.read_table(path)
    assert back.schema.equals(DATASET) and {row.epoch for row in to_rows(back)} == {1}


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    """A file that exists is finished: half a shard must never be read."""
    path = tmp_path / "x.parquet"
    shards.write_table(to_table(THREE, STAGE), path)
    before = path.read_bytes()
    unwritable = pa.table({"a": pa.array([1], pa.int32())}).append_column(
        "b", pa.array([None], pa.month_day_nano_interval())
    )
    with pytest.raises((pa.ArrowException, NotImplementedError)):
        shards.write_table(unwritable, path)
    with pytest.raises(TypeError):
        shards.write_json({"a": {1, 2}}, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.parquet"]


def test_the_same_rows_make_the_same_bytes(tmp_path: Path) -> None:
    """A shard's hash is its task's cache key, and a resumed run must equal an unbroken one."""
    for name in ("a", "b"):
        shards.write_table(to_table(THREE, STAGE), tmp_path / f"{name}.parquet")
    assert shards.sha256_of(tmp_path / "a.parquet") == shards.sha256_of(tmp_path / "b.parquet")


def test_a_table_is_known_by_what_it_was_made_of(tmp_path: Path) -> None:
    """Whoever would make it again can tell that it is done, and for which input."""
    path = tmp_path / "x.parquet"
    assert not shards.holds(path, "made-of-a")
    shards.write_table(to_table(THREE, STAGE), path, key="made-of-a")
    assert shards.holds(path, "made-of-a") and not shards.holds(path, "made-of-b")
    assert path.exists(), "a sound file of another key may be needed by whoever made it"
    assert to_rows(shards.read_table(path)) == THREE
    shards.write_table(to_table(THREE, STAGE), path)
    assert not shards.holds(path, "made-of-a")


@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_a_damaged_table_does_not_pass_for_done_and_is_named_and_removed(
    flip: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.parquet"
    shards.write_table(to_table(THREE, STAGE), path, key="made-of-a")
    content = path.read_bytes()
    for at in range(0, len(content), 5):
        caplog.clear()
        damaged = bytearray(content)
        damaged[at] ^= flip
        path.write_bytes(damaged)
        if shards.holds(path, "made-of-a"):
            assert to_rows(shards.read_table(path)) == THREE
        elif not path.exists():
            (said,) = [record.getMessage() for record in caplog.records]
            assert said.startswith(f"{path}: ") and said.endswith("; it is made anew")


def test_other_marks_than_the_key_are_damage(tmp_path: Path) -> None:
    table = to_table(THREE, STAGE)
    marked = {**table.schema.metadata, b"evolflow.kez": b"made-of-a"}
    shards.write_table(table.replace_schema_metadata(marked), tmp_path / "x.parquet")
    with pytest.raises(RunFault, match="damaged"):
        shards.read_table(tmp_path / "x.parquet")


WRITER = """
import pathlib, resource, signal, sys
from schemas.errors import RunFault
from schemas.tables.row import STAGE, Row, to_table
from tasks.doors.storage import shards
folder = pathlib.Path(sys.argv[1])
rows = [Row(f"s{n}", f"s{n}", n, 0, f"{n * n} ropes " * 40) for n in range(20_000)]
table = to_table(rows, STAGE)
"""


def run_writer(folder: Path, more: str) -> "subprocess.Popen[str]":
    """Start a process of its own that has a table of many megabytes to write."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER + more, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path: Path) -> None:
    shards.write_table(to_table(THREE, STAGE), tmp_path / "x.parquet", key="made-of-a")
    shards.write_json({"a": 1}, tmp_path / "x.json")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    more = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for write in (
    lambda: shards.write_table(table, folder / "x.parquet"),
    lambda: shards.write_table(table, folder / "new.parquet"),
    lambda: shards.write_json(["text"] * 100_000, folder / "x.json"),
):
    try:
        write()
    except RunFault as e:
        print(e)
"""
    said, _ = run_writer(tmp_path, more).communicate(timeout=60)
    for name, line in zip(["x.parquet", "new.parquet", "x.json"], said.splitlines(), strict=True):
        assert line.startswith(f"{tmp_path / name}: cannot be written (")
        assert line.endswith("); free space or mend the folder, then run the same command again")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.slow
def test_a_killed_writer_leaves_no_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Killed in the middle of writing: the old file or the new one is there, never half of one."""
    path = tmp_path / "x.parquet"
    shards.write_table(to_table(THREE, STAGE), path)
    more = "while True:\n    shards.write_table(table, folder / 'x.parquet')\n"
    half_written = 0
    for _ in range(5):
        process = run_writer(tmp_path, more)
        wait_for_draft(tmp_path)
        process.kill()
        process.communicate()
        assert shards.read_table(path).num_rows in (3, 20_000)
        half_written += shards.sweep_drafts(tmp_path)
        assert [one.name for one in tmp_path.iterdir()] == ["x.parquet"]
    assert half_written > 0, "no kill came while a draft was written"


def wait_for_draft(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while not any(_size(draft) > 100_000 for draft in folder.glob(".draft-*")):
        assert time.monotonic() < deadline, "no draft"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def test_many_row_groups_keep_their_order(tmp_path: Path) -> None:
    rows = [Row(f"s{n}", f"s{n}", n, 0, f"Name {n}.") for n in range(45_000)]
    shards.write_table(to_table(rows, DATASET), tmp_path / "x.parquet")
    assert shards.count_rows(tmp_path / "x.parquet") == 45_000
    positions = shards.read_table(tmp_path / "x.parquet", ["position"])["position"].to_pylist()
    assert positions == list(range(45_000))


def test_pandas_reads_what_was_written(tmp_path: Path) -> None:
    shards.write_table(to_table(THREE, DATASET), tmp_path / "x.parquet")
    frame = pd.read_parquet(tmp_path / "x.parquet")
    assert list(frame.columns) == DATASET.names and list(frame["seed_id"]) == ["s0", "s1", "s2"]


def test_an_empty_table_keeps_its_schema(tmp_path: Path) -> None:
    shards.write_table(CALLS.empty_table(), tmp_path / "x.parquet")
    back = shards.read_table(tmp_path / "x.parquet")
    assert back.schema.equals(CALLS, check_metadata=True) and back.num_rows == 0


def test_json_and_text_come_back(tmp_path: Path) -> None:
    value = {"b": ["绳子", None, 1.5], "a": {"nested": True}}
    shards.write_json(value, tmp_path / "deep" / "x.json")
    assert shards.read_json(tmp_path / "deep" / "x.json") == value
    assert list(shards.read_json(tmp_path / "deep" / "x.json")) == ["b", "a"]
    shards.write_text("one\n绳子\n", tmp_path / "x.txt")
    assert (tmp_path / "x.txt").read_bytes() == "one\n绳子\n".encode()


@pytest.mark.parametrize(
    ("content", "said"), [(None, "missing"), ("{", "not JSON"), ("", "not JSON")]
)
def test_json_that_cannot_be_read_is_named(content: str | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunFault, match=rf"run\.json: {said}"):
        shards.read_json(tmp_path / "run.json")


def test_drafts_are_swept_and_finished_files_are_not(tmp_path: Path) -> None:
    shards.write_table(to_table(THREE, STAGE), tmp_path / "work" / "x.parquet")
    for name in (".draft-1-x.parquet", "work/.draft-22-y.parquet"):
        (tmp_path / name).touch()
    assert shards.sweep_drafts(tmp_path) == 2
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["x.parquet"]


def test_only_other_parts_are_removed(tmp_path: Path) -> None:
    """A shorter export must not leave parts of a longer one; what is not a part stays."""
    names = ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet", "notes.txt"]
    for name in names:
        (tmp_path / name).touch()
    shards.remove_other_parts(tmp_path, [tmp_path / names[0]])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.txt", "part-00000.parquet"]


def test_what_is_put_on_an_object_store_is_read_back_whole_or_told(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that does not answer says nothing of a file: it must not be made anew for that."""
    path = place(f"{bucket}/run/work/epoch-1/pool-00000.parquet")
    assert not shards.holds(path, "key")
    shards.write_table(to_table(THREE, STAGE), path, key="key")
    assert shards.holds(path, "key") and not shards.holds(path, "other")
    assert shards.count_rows(path) == len(THREE) and to_rows(shards.read_table(path)) == THREE
    with monkeypatch.context() as patched:
        patched.setattr(type(path), "read_bytes", _refuse)
        with pytest.raises(OSError, match="the store is down"):
            shards.holds(path, "key")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RunFault, match=r"pool-00000\.parquet: damaged"):
        shards.read_table(path)
    assert not shards.holds(path, "key") and not path.exists()


def _refuse(path: Path) -> bytes:
    raise OSError(5, "the store is down", str(path))


def test_rows_that_an_older_version_wrote_stay_as_they_are_and_others_are_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.parquet"
    older = ROOT / "tests" / "older" / "finished" / "work" / "epoch-0" / "pool-00000.parquet"
    path.write_bytes(older.read_bytes())
    rows = to_table(to_rows(shards.read_table(path)), STAGE)
    shards.write_if_changed(rows, path)
    assert path.read_bytes() == older.read_bytes()
    shards.write_if_changed(rows[:2], path)
    assert shards.count_rows(path) == 2
    path.write_bytes(older.read_bytes()[:-40])
    shards.write_if_changed(rows, path)
    assert shards.read_table(path).equals(rows)
