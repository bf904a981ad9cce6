"""The lease: one process a run on an object store, and soon another when the first is dead."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from schemas.errors import BadInput, Interrupted
from tasks.doors.storage import lease, lock
from tasks.doors.storage.places import fetch, place, swap
from tests.conftest import ROOT
from tests.flows.runs import wait_for

HOLD = """
import sys, time
from tasks.doors.storage import lock, places
with lock.held(places.place(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(bucket: str) -> Path:
    return place(f"{bucket}/run/work/lock")


def start_holder(path: Path) -> "subprocess.Popen[str]":
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    return holder


def of_another_machine(path: Path) -> None:
    """Write a lease whose holder nobody here can look for."""
    said = {"owner": "other", "by": "pid 7 on elsewhere", "pid": 7, "machine": "elsewhere"}
    path.write_bytes(json.dumps(said).encode())


def test_a_second_process_is_refused_until_the_first_is_dead(path: Path) -> None:
    """Of this machine's own processes it is known at once that they are no more."""
    assert not lock.is_held(path)
    first = start_holder(path)
    try:
        assert lock.is_held(path)
        told = rf"^out: {path.parent.parent} is in use by pid {first.pid} on "
        with pytest.raises(BadInput, match=told) as refused, lock.held(path):
            pass
        assert len(str(refused.value).splitlines()) == 1
    finally:
        first.kill()
        first.communicate()
    assert not lock.is_held(path)
    for _ in range(2):
        with lock.held(path):
            assert lock.is_held(path)
        assert not lock.is_held(path) and fetch(path) is None


def test_the_patient_get_it_when_it_is_free(path: Path) -> None:
    first = start_holder(path)
    threading.Timer(0.5, first.kill).start()
    with first, lock.held(path, is_patient=True):
        assert first.wait(timeout=30) == -9


def test_one_of_another_machine_is_taken_over_when_it_shows_no_sign_of_life(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_another_machine(path)
    told = r"in use by pid 7 on elsewhere; wait for it or stop it \(one that was killed on another "
    with pytest.raises(BadInput, match=told), lock.held(path):
        pass
    monkeypatch.setattr(lease, "STALE_S", 2.0)
    wait_for(lambda: not lock.is_held(path))
    with lock.held(path):
        assert lock.is_held(path)


def test_of_two_who_find_a_stale_one_one_gets_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_another_machine(path)
    monkeypatch.setattr(lease, "STALE_S", -100.0)
    seen = fetch(path)
    assert seen is not None
    with lock.held(path), pytest.raises(FileExistsError):
        swap(path, b"{}", seen.mark)


def test_its_holder_shows_signs_of_life(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEW_S", 0.1)
    with lock.held(path):
        first = fetch(path)
        assert first is not None
        wait_for(lambda: (now := fetch(path)) is not None and now.mark != first.mark)
        assert lock.is_held(path)


def test_who_lost_it_is_told_and_does_not_remove_the_others(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW_S", 0.1)
    told: list[Interrupted] = []
    with lock.held(path, on_lost=told.append):
        of_another_machine(path)
        wait_for(lambda: bool(told))
    assert "the lease is lost: another process took it over; run the same command" in str(told[0])
    seen = fetch(path)
    assert seen is not None and json.loads(seen.content)["owner"] == "other"


def test_a_put_that_meets_itself_is_no_loss(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its answer was lost on the way, the store's client sends it once more."""
    monkeypatch.setattr(lease, "RENEW_S", 0.1)
    told: list[Interrupted] = []
    with lock.held(path, on_lost=told.append):
        seen = fetch(path)
        assert seen is not None
        mark = swap(path, seen.content, seen.mark)
        wait_for(lambda: (now := fetch(path)) is not None and now.mark != mark)
        time.sleep(0.3)
    assert told == []
