"""The ledger: what was paid for is there, whole, or is not there at all."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.doors.ledger import Ledger, decode, encode, read
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
        whole = [r for r, end in zip(THREE, ends[1:], strict=True) if end <= cut]
        assert list(read(path)) == whole
        book(path, [later])
        assert list(read(path)) == [*whole, later]


def test_a_torn_tail_longer_than_a_block_is_cut(tmp_path: Path) -> None:
    """The last newline is looked for backwards in blocks."""
    path = tmp_path / "ledger.jsonl"
    content = book(path, [THREE[0], {"text": "x" * 200_000}])
    path.write_bytes(content[:-1])
    book(path, [{"key": "later"}])
    assert list(read(path)) == [THREE[0], {"key": "later"}]
    path.write_bytes(b"y" * 150_000)
    book(path, [{"key": "later"}])
    assert list(read(path)) == [{"key": "later"}]


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_is_never_a_good_record(bit: int, tmp_path: Path) -> None:
    """Whatever is read was written: a damaged answer is bought again, never believed."""
    path = tmp_path / "ledger.jsonl"
    content = book(path, THREE)
    for at in range(len(content)):
        damaged = bytearray(content)
        damaged[at] ^= 1 << bit
        path.write_bytes(damaged)
        found = list(read(path))
        assert 1 <= len(found) <= 2
        assert all(record in THREE for record in found)


@IN_TMP
@given(RECORDS, st.binary(max_size=60))
def test_what_is_no_line_of_ours_is_no_record(record: dict[str, Any], noise: bytes) -> None:
    line = encode(record)
    assert decode(line) == joined(record)
    assert decode(line[:-1]) is None
    assert decode(noise) is None
    assert decode(noise + b"\n") is None


def test_a_damaged_line_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "ledger.jsonl"
    content = bytearray(book(path, THREE))
    content[len(encode(THREE[0])) + 12] ^= 1
    path.write_bytes(content)
    with caplog.at_level("WARNING", logger="evolflow.ledger"):
        assert list(read(path)) == [THREE[0], THREE[2]]
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}:2: damaged record left out; its answer is unknown"
    ]


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
        "from tasks.doors.ledger import Ledger\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150, 150))\n"
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
