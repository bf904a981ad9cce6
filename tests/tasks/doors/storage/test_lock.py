"""The lock: one process a run, and none that is dead."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from schemas.errors import BadInput
from tasks.doors.storage import lock
from tests.conftest import ROOT

HOLD = """
import pathlib, sys, time
from tasks.doors.storage import lock
with lock.held(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    """The lock falls with its process, killed or not: a stale one cannot be."""
    path = tmp_path / "run" / "work" / "lock"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None and first.stdout.readline() == "held\n"
        assert lock.is_held(path)
        told = rf"^out: {tmp_path / 'run'} is in use by pid {first.pid} on "
        with pytest.raises(BadInput, match=told), lock.held(path):
            pass
    finally:
        first.kill()
        first.communicate()
    assert not lock.is_held(path)
    for _ in range(2):
        with lock.held(path):
            assert lock.is_held(path)


def test_a_folder_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    with (
        pytest.raises(BadInput, match=rf"^out: {tmp_path / 'run'} cannot be written \(") as refused,
        lock.held(tmp_path / "run" / "work" / "lock"),
    ):
        pass
    assert refused.value.exit_code == 2 and len(str(refused.value).splitlines()) == 1


def test_faults_of_the_work_done_under_it_are_not_its_own(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="of the work"), lock.held(tmp_path / "work" / "lock"):
        raise OSError("of the work")


def test_a_lock_that_was_never_made_is_not_held(tmp_path: Path) -> None:
    assert not lock.is_held(tmp_path / "work" / "lock")


SHARE = HOLD.replace("lock.held(", "lock.shared(")


def test_whoever_takes_a_lock_next_waits_for_those_who_have_a_share_of_it(tmp_path: Path) -> None:
    """They buy for a process that is gone: what they still get must be in the ledger first."""
    path = tmp_path / "run" / "work" / "lock"
    with lock.held(path):
        pass
    sharer = subprocess.Popen(
        [sys.executable, "-c", SHARE, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    had = threading.Event()

    def take() -> None:
        with lock.held(path):
            had.set()

    taker = threading.Thread(target=take)
    try:
        assert sharer.stdout is not None and sharer.stdout.readline() == "held\n"
        taker.start()
        assert not had.wait(0.5)
    finally:
        sharer.kill()
        sharer.communicate()
    assert had.wait(10)
    taker.join()


def test_shares_do_not_keep_each_other_out(tmp_path: Path) -> None:
    path = tmp_path / "work" / "lock"
    with lock.held(path), lock.shared(path), lock.shared(path):
        assert lock.is_held(path)
    with lock.held(path):
        pass


def test_a_holder_that_is_gone_or_followed_by_another_is_known(tmp_path: Path) -> None:
    path = tmp_path / "work" / "lock"
    assert lock.holder_of(path) == ""
    with lock.held(path):
        mine = lock.holder_of(path)
        assert lock.is_still(path, mine)
        assert not lock.is_still(path, "pid 1 on another machine")
    assert not lock.is_still(path, mine)
    path.write_text("pid 1 on another machine")
    assert lock.is_still(path, "pid 1 on another machine"), "its locks cannot be seen from here"
