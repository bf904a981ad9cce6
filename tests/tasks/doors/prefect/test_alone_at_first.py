"""A new home of Prefect's: who comes first makes the database, and the others wait for it."""

import subprocess
import sys
import threading
from pathlib import Path

from tasks.doors.prefect.prefect_server import alone_at_first
from tests.conftest import ROOT

MAKE = """
import pathlib, sys
from tasks.doors.prefect.prefect_server import alone_at_first
home = pathlib.Path(sys.argv[1])
made = alone_at_first(home)
print("alone", flush=True)
sys.stdin.read()
(home / "prefect.db").touch()
made()
"""


def test_the_second_waits_until_the_first_has_made_it_and_the_third_does_not(
    tmp_path: Path,
) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", MAKE, str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert first.stdout is not None and first.stdout.readline() == "alone\n"
    is_through = threading.Event()

    def second() -> None:
        alone_at_first(tmp_path)()
        is_through.set()

    waiting = threading.Thread(target=second)
    waiting.start()
    assert not is_through.wait(0.5)
    first.communicate()
    assert is_through.wait(20)
    waiting.join()
    before = sorted(tmp_path.iterdir())
    alone_at_first(tmp_path)()
    assert sorted(tmp_path.iterdir()) == before


def test_whoever_dies_while_it_is_made_leaves_the_place_to_the_next(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", MAKE, str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert first.stdout is not None and first.stdout.readline() == "alone\n"
    first.kill()
    first.communicate()
    alone_at_first(tmp_path)()
