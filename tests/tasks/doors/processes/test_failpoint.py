"""Failpoints: a process dies where the environment says, and nowhere else."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

WALK = """
import threading
from tasks.doors.processes.failpoint import reach

def walk():
    for _ in range(50):
        reach("elsewhere")
        reach("here")

threads = [threading.Thread(target=walk) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize(
    ("failpoint", "code"),
    [("here:3", -9), ("here", -9), ("here:200", -9), ("here:201", 0), ("never:1", 0), ("", 0)],
)
def test_the_nth_time_at_a_named_point_kills(failpoint: str, code: int) -> None:
    """Counted over all threads: answers arrive in one, shards are written in others."""
    done = subprocess.run(
        [sys.executable, "-c", WALK],
        cwd=ROOT, env={**os.environ, "EVOLFLOW_FAILPOINT": failpoint}, check=False,
    )  # fmt: skip
    assert done.returncode == code
