"""The ledger: what was paid for is there, whole, or is not there at all."""

import json
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.calls.ledger_line import State, encode
from schemas.errors import RunFault
from tasks.doors.storage.ledger import Ledger, lines, mend, read
from tests.conftest import ROOT

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.dictionaries(st.text(st.characters(codec=None), max_size=8), VALUES, max_size=4)
IN_TMP = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
HOSTILE = {"text": "00000000 0123456789abcdef {} 01234567 0123456789abcdef {", "n": 1}
"""A record whose text looks like the beginning of others."""
THREE: list[dict[str, Any]] = [
    {"key": "a", "text": "one line\nand another\u2028 绳子"},
    {"key": "b", "text": "half a character \ud83d and \udc00", "cost_usd": 0.25},
    {"key": "c", "text": "", "error": None},
]


def joined(value: Any) -> Any:
    """JSON knows no difference between a character and its two halves side by side."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    if isinstance(value, list):
        return [joined(one) for one in value]
    if isinstance(value, dict):
        return {joined(key): joined(one) for key, one in value.items()}
    return value


def book(path: Path, records: list[dict[str, Any]]) -> bytes:
    with Ledger(path) as ledger:
        for record in records:
            ledger.append(record)
    return path.read_bytes()


@given(st.lists(RECORDS, max_size=5))
@IN_TMP
def test_any_record_comes_back(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = tmp_path / "ledger.jsonl"
    path.unlink(missing_ok=True)
    content = book(path, records)
    assert list(read(path)) == [joined(record) for record in records]
    assert content.isascii() and content.count(b"\n") == len(records)


def test_half_a_character_comes_back_as_it_was(tmp_path: Path) -> None:
    book(tmp_path / "ledger.jsonl", THREE)
    assert list(read(tmp_path / "ledger.jsonl")) == THREE


def test_a_file_cut_anywhere_gives_the_whole_records_before_the_cut(tmp_path: Path) -> None:
    """A process may die at any byte; appending afterwards must not join two records."""
    path = tmp_path / "ledger.jsonl"
    content = book(path, THREE)
    ends = [len(b"".join(encode(r) for r in THREE[:n])) for n in range(4)]
    later = {"key": "later"}
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        # A record that lacks its newline alone is whole: its checksums say so.
        whole = [r for r, end in zip(THREE, ends[1:], strict=True) if end - 1 <= cut]
        assert list(read(path)) == whole
        book(path, [later])
        assert list(read(path)) == [*whole, later]


def test_a_long_torn_tail_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    content = book(path, [THREE[0], {"text": "x" * 200_000}])
    path.write_bytes(content[:-2])
    book(path, [{"key": "later"}])
    assert list(read(path)) == [THREE[0], {"key": "later"}]
    path.write_bytes(b"y" * 150_000)
    book(path, [{"key": "later"}])
    assert list(read(path)) == [{"key": "later"}]


@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80, 0xFF, "newline"])
def test_one_changed_byte_anywhere_loses_nothing(flip: int | str, tmp_path: Path) -> None:
    """A byte may make a newline, or destroy one; headers, sums and texts are all mended."""
    path = tmp_path / "ledger.jsonl"
    content = book(path, [*THREE, HOSTILE])
    for at in range(len(content)):
        damaged = bytearray(content)
        damaged[at] = ord("\n") if isinstance(flip, str) else damaged[at] ^ flip
        path.write_bytes(damaged)
        assert list(read(path)) == [*THREE, HOSTILE], at


@given(st.lists(RECORDS, min_size=3, max_size=5), st.data())
@IN_TMP
def test_any_changed_byte_of_any_ledger_loses_nothing_and_is_written_back(
    tmp_path: Path, records: list[dict[str, Any]], data: st.DataObject
) -> None:
    path = tmp_path / "ledger.jsonl"
    path.unlink(missing_ok=True)
    content = book(path, records)
    damaged = bytearray(content)
    at = data.draw(st.integers(0, len(content) - 1))
    damaged[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(damaged)
    assert list(read(path)) == [joined(record) for record in records]
    assert path.read_bytes() == damaged, "a reader wrote"
    mend(path)
    assert path.read_bytes() == content
    assert not path.with_suffix(".damaged").exists()


@given(st.lists(RECORDS, min_size=3, max_size=3), st.data())
@IN_TMP
def test_two_changed_bytes_of_a_record_never_give_another_record(
    tmp_path: Path, records: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Whatever is read was written: a record that only looks right would pass for a paid answer."""
    path = tmp_path / "ledger.jsonl"
    path.unlink(missing_ok=True)
    content = bytearray(book(path, records))
    start, size = len(encode(records[0])), len(encode(records[1]))
    places = st.lists(st.integers(start, start + size - 1), min_size=2, max_size=2, unique=True)
    for at in data.draw(places):
        content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    whole = [joined(record) for record in records]
    found = list(read(path))
    assert all(record in whole for record in found)
    assert found[:1] == whole[:1] and found[-1:] == whole[-1:]


def test_neighbours_that_are_damaged_are_mended_each(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    content = bytearray(book(path, THREE))
    at = 0
    for record in THREE:
        content[at + 30] ^= 4
        at += len(encode(record))
    path.write_bytes(content)
    assert list(read(path)) == THREE


def test_a_byte_changed_in_a_long_record_is_found_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    long = {"key": "a", "text": "A rope, a knot. " * 256}
    content = bytearray(book(path, [THREE[0], long, THREE[2]]))
    content[len(encode(THREE[0])) + 2000] ^= 1
    path.write_bytes(content)
    began = time.perf_counter()
    assert list(read(path)) == [THREE[0], long, THREE[2]]
    assert time.perf_counter() - began < 1


@given(st.binary(max_size=80))
@IN_TMP
def test_what_is_no_line_of_ours_is_no_record(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(noise)
    assert list(read(path)) == []
    path.write_bytes(noise + b"\n" + encode(THREE[0]))
    assert list(read(path)) == [THREE[0]]


def test_damaged_lines_are_named_whether_mended_or_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ledger.jsonl"
    content = bytearray(book(path, THREE))
    first, second = len(encode(THREE[0])), len(encode(THREE[1]))
    content[first + 40] ^= 1
    content[first + second + 30] ^= 1
    content[first + second + 33] ^= 1
    path.write_bytes(content)
    with caplog.at_level("WARNING", logger="evolflow.ledger"):
        assert list(read(path)) == THREE[:2]
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}:2: damaged record mended: one byte had changed",
        f"{path}:3: damaged record left out; its answer is unknown",
    ]
    assert [line.state for line in lines(path)] == [State.GOOD, State.MENDED, State.LOST]


def test_opening_for_writing_mends_the_file_and_sets_aside_what_is_lost(tmp_path: Path) -> None:
    """The next reader finds a sound file; the bytes that nobody can read are still there."""
    path = tmp_path / "ledger.jsonl"
    whole = book(path, THREE)
    content = bytearray(whole)
    first, second = len(encode(THREE[0])), len(encode(THREE[1]))
    content[5] ^= 1
    content[first + 30] ^= 1
    content[first + 33] ^= 1
    path.write_bytes(content + b"torn")
    later = {"key": "later"}
    book(path, [later])
    assert path.read_bytes() == whole[:first] + whole[first + second :] + encode(later)
    assert {line.state for line in lines(path)} == {State.GOOD}
    assert path.with_suffix(".damaged").read_bytes() == content[first : first + second]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ledger.damaged", "ledger.jsonl"]


def test_lines_of_the_first_version_are_read(tmp_path: Path) -> None:
    """They had one checksum; the answers in them were paid for all the same."""
    path = tmp_path / "ledger.jsonl"
    bodies = [json.dumps(record, separators=(",", ":")).encode() for record in THREE]
    path.write_bytes(b"".join(b"%08x %b\n" % (zlib.crc32(body), body) for body in bodies))
    assert list(read(path)) == THREE
    book(path, [{"key": "later"}])
    assert list(read(path)) == [*THREE, {"key": "later"}]


def test_a_file_that_was_removed_takes_no_more_records(tmp_path: Path) -> None:
    """A removed file swallows what is written to it: the answer must not pass for kept."""
    path = tmp_path / "deep" / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.append(THREE[0])
        path.unlink()
        time.sleep(0.25)  # it looks some times a second
        with pytest.raises(OSError, match="removed while the run went on"):
            ledger.append(THREE[1])


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunFault, match=r"cannot be written \(File exists\); free space or mend"):
        Ledger(tmp_path / "file" / "ledger.jsonl")


def test_a_ledger_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert list(read(tmp_path / "none.jsonl")) == []


def test_a_record_is_in_the_file_before_it_is_synced(tmp_path: Path) -> None:
    """A killed process loses nothing that was appended."""
    path = tmp_path / "deep" / "ledger.jsonl"
    ledger = Ledger(path)
    ledger.append(THREE[0])
    assert list(read(path)) == [THREE[0]]
    ledger.sync()
    ledger.append(THREE[1])
    ledger.close()
    assert list(read(path)) == THREE[:2]


def test_many_threads_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:

        def write(worker: int) -> None:
            for n in range(100):
                ledger.append({"worker": worker, "n": n, "text": "x" * 5000})

        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = [(record["worker"], record["n"]) for record in read(path)]
    assert sorted(found) == [(worker, n) for worker in range(4) for n in range(100)]


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    """Half a record would swallow the next one: both were paid for."""
    path = tmp_path / "ledger.jsonl"
    script = (
        "import resource, signal, sys, pathlib\n"
        "from tasks.doors.storage.ledger import Ledger\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (180, 180))\n"
        "book = Ledger(pathlib.Path(sys.argv[1]))\n"
        "book.append({'text': 'a' * 60})\n"
        "try:\n"
        "    book.append({'text': 'b' * 90})\n"
        "except OSError:\n"
        "    book.append({'text': 'c' * 20})\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)
    assert done.returncode == 0
    assert [record["text"] for record in read(path)] == ["a" * 60, "c" * 20]
