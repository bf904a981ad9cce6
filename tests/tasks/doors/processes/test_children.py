"""Children that are kept alive, given up when they cannot start, and gone with us: real processes."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tasks.doors.processes.children import READY, Child, Program

WORKS = f"""
import os, sys
with open("pids", "a") as file:
    print(os.getpid(), file=file)
print("{READY}", flush=True)
sys.stdin.read()
"""
BREAKS = """
with open("pids", "a") as file:
    print(0, file=file)
raise ValueError("no database")
"""


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Child]]:
    made: list[Child] = []

    def one(source: str) -> Child:
        (tmp_path / "a_child.py").write_text(source)
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        made.append(Child(Program("the child", "a_child", [], tmp_path, environment)))
        return made[-1]

    yield one
    for child in made:
        child.close(5.0)


def pids(place: Path) -> list[int]:
    file = place / "pids"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def test_a_child_that_dies_alone_is_started_anew(
    start: Callable[[str], Child], tmp_path: Path
) -> None:
    child = start(WORKS)
    assert child.ready.wait(30)
    for times in (1, 2):
        psutil.Process(pids(tmp_path)[-1]).kill()
        until(lambda times=times: len(pids(tmp_path)) == times + 1)
        assert child.fault is None


def test_a_child_that_cannot_start_is_given_up_with_its_own_words(
    start: Callable[[str], Child], tmp_path: Path
) -> None:
    child = start(BREAKS)
    until(lambda: child.fault)
    assert child.fault == "does not start: ValueError: no database"
    assert len(pids(tmp_path)) == 1 and not child.ready.is_set()


def test_a_closed_child_ends_by_itself_and_stays_away(
    start: Callable[[str], Child], tmp_path: Path
) -> None:
    child = start(WORKS)
    assert child.ready.wait(30)
    (pid,) = pids(tmp_path)
    child.close(30.0)
    assert not psutil.pid_exists(pid)
    assert len(pids(tmp_path)) == 1


def test_a_child_that_does_not_hear_is_killed(
    start: Callable[[str], Child], tmp_path: Path
) -> None:
    child = start(WORKS.replace("sys.stdin.read()", "import time; time.sleep(600)"))
    assert child.ready.wait(30)
    (pid,) = pids(tmp_path)
    began = time.monotonic()
    child.close(0.2)
    assert not psutil.pid_exists(pid) and time.monotonic() - began < 10
