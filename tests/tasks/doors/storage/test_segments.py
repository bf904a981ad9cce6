"""The ledger on an object store: what was flushed is there, whole, and nobody waits for it."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.calls.ledger_line import State, encode
from schemas.errors import RunFault
from tasks.doors.storage import ledger, segments
from tasks.doors.storage.ledger import lines, mend, read
from tasks.doors.storage.objects import ObjectPath
from tasks.doors.storage.places import place
from tasks.doors.storage.segments import Segments, parts
from tests.flows.runs import wait_for

NEVER_S = 3600.0
STEPS = st.lists(st.sampled_from(["append", "append", "flush", "crash", "close"]), max_size=12)


def record(number: int) -> dict[str, Any]:
    return {"key": f"k{number}", "text": "绳子 \n and half \ud83d"}


def crash(book: Segments) -> None:
    """What was not flushed goes with the process; its thread must not outlive the test."""
    book._waiting.clear()
    book.close()


@pytest.fixture
def path(bucket: str) -> Path:
    return place(f"{bucket}/run/work/ledger/epoch-1/shard-00003")


class Refusing:
    """A store that refuses every put until it is told otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_down = True
        self.refused = 0
        put = ObjectPath.write_bytes

        def write_bytes(path: ObjectPath, data: Any) -> int:
            if self.is_down:
                self.refused += 1
                raise OSError(5, "the store is down", str(path))
            return put(path, data)

        monkeypatch.setattr(ObjectPath, "write_bytes", write_bytes)


def test_the_form_is_chosen_by_the_address(path: Path, tmp_path: Path) -> None:
    with ledger.opened(path) as far, ledger.opened(tmp_path / "shard-00003.jsonl") as near:
        assert isinstance(far, Segments) and isinstance(near, ledger.Ledger)


def test_records_come_back_in_order_over_several_openings(path: Path) -> None:
    assert list(read(path)) == [] and parts(path) == []
    for start in (0, 3, 6):
        with ledger.opened(path) as book:
            for number in range(start, start + 3):
                book.append(record(number))
    assert list(read(path)) == [record(number) for number in range(9)]
    assert [one.name[:7] for one in parts(path)] == ["000001-", "000002-", "000003-"]
    assert [line.number for line in lines(path)] == list(range(1, 10))


def test_what_waits_a_second_is_flushed_and_so_is_what_is_many(path: Path) -> None:
    with ledger.opened(path) as book:
        book.append(record(0))
        began = time.monotonic()
        wait_for(lambda: len(parts(path)) == 1)
        assert time.monotonic() - began > 0.5 * segments.FLUSH_S
        for number in range(segments.MOST_WAITING):
            book.append(record(number))
        began = time.monotonic()
        wait_for(lambda: len(parts(path)) == 2)
        assert time.monotonic() - began < 0.9 * segments.FLUSH_S
        assert len(list(read(path))) == 1 + segments.MOST_WAITING


@given(STEPS)
@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_no_order_of_appends_flushes_and_crashes_loses_more_than_the_unflushed(
    bucket: str, steps: list[str]
) -> None:
    path = place(f"{bucket}/run-{time.monotonic_ns()}/shard-00000")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(segments, "FLUSH_S", NEVER_S)
        kept: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        book = Segments(path)
        for number, step in enumerate(steps):
            if step == "append":
                book.append(record(number))
                waiting.append(record(number))
                continue
            if step == "flush":
                book.flush()
            elif step == "close":
                book.close()
            else:
                crash(book)
            kept += [] if step == "crash" else waiting
            waiting = []
            assert list(read(path)) == kept
            book = book if step == "flush" else Segments(path)
        book.close()
    assert list(read(path)) == kept + waiting


def test_two_writers_at_once_overwrite_nothing_of_each_other(path: Path) -> None:
    """One of them was thought dead: what it bought is paid for all the same."""
    with ledger.opened(path) as first, ledger.opened(path) as second:
        for number in range(6):
            (first if number % 2 else second).append(record(number))
    found = {one["key"] for one in read(path)}
    assert found == {f"k{number}" for number in range(6)} and len(parts(path)) == 2


def test_who_appends_never_waits_for_the_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put, may_go = ObjectPath.write_bytes, threading.Event()

    def slow(path: ObjectPath, data: Any) -> int:
        may_go.wait(30)
        return put(path, data)

    monkeypatch.setattr(ObjectPath, "write_bytes", slow)
    with ledger.opened(path) as book:
        began = time.monotonic()
        for number in range(5 * segments.MOST_WAITING):
            book.append(record(number))
            book.sync()
        assert time.monotonic() - began < 1
        may_go.set()
    assert len(list(read(path))) == 5 * segments.MOST_WAITING


def test_a_store_that_does_not_answer_is_told_before_much_can_be_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, may_go = ObjectPath.write_bytes, threading.Event()

    def slow(path: ObjectPath, data: Any) -> int:
        may_go.wait(30)
        return put(path, data)

    monkeypatch.setattr(ObjectPath, "write_bytes", slow)
    monkeypatch.setattr(segments, "PATIENCE_S", 2.0)
    with ledger.opened(path) as book:
        book.append(record(0))
        book.sync()
        with pytest.raises(OSError, match="the object store has not answered for 2 s"):
            wait_for(lambda: book.sync() is not None)
        may_go.set()
        wait_for(lambda: len(parts(path)) == 1)
        book.sync()
    assert list(read(path)) == [record(0)]


def test_a_refused_flush_is_told_kept_and_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Refusing(monkeypatch)
    with ledger.opened(path) as book:
        for number in range(3):
            book.append(record(number))
        wait_for(lambda: store.refused > 0)
        with pytest.raises(OSError, match="the store is down"):
            wait_for(lambda: book.sync() is not None)
        book.append(record(3))
        store.is_down = False
    assert list(read(path)) == [record(number) for number in range(4)]


def test_a_store_that_stays_down_is_asked_about_once_a_second_and_told_at_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Refusing(monkeypatch)
    book = Segments(path)
    for number in range(3 * segments.MOST_WAITING):
        book.append(record(number))
    wait_for(lambda: store.refused >= 2)
    assert store.refused < 6
    with pytest.raises(RunFault, match=r"shard-00003: cannot be written \(the store is down\)"):
        book.close()


def test_a_changed_byte_in_a_segment_is_mended_and_a_lost_record_put_aside(path: Path) -> None:
    for start in (0, 3):
        with ledger.opened(path) as book:
            for number in range(start, start + 3):
                book.append(record(number))
    first, second = parts(path)
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 1
    first.write_bytes(bytes(content))
    damaged = second.read_bytes().replace(b"k4", b"kk")[:-1].replace(b"half", b"h___", 2)
    second.write_bytes(damaged + b"\n")
    assert [line.state for line in lines(path)].count(State.MENDED) == 1
    kept = list(read(path))
    mend(path)
    assert list(read(path)) == kept and record(1) in kept
    assert all(line.state is State.GOOD for line in lines(path))
    assert first.read_bytes() == b"".join(encode(record(number)) for number in range(3))
    assert second.with_suffix(".damaged").exists()
