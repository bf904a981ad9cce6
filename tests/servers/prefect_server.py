"""Prefect servers of a test: one that a user started, and those that a run brought along."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.flows.runs import wait_for
from tests.servers.shared_prefect import take_database


@dataclass(frozen=True)
class UsersPrefect:
    """A running server."""

    address: str
    home: Path
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End it as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def users_prefect(environment: Mapping[str, str], home: Path) -> Iterator[UsersPrefect]:
    """Run `prefect server start`, as a user does, for the length of a block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    take_database(environment, home)
    own = {name: value for name, value in environment.items() if name != "PREFECT_API_URL"}
    env = {**own, "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1",
           "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
           "PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{port}/api"}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    server = UsersPrefect(f"http://127.0.0.1:{port}/api", home, process)
    try:
        wait_for(lambda: _is_up(server.address))
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def brought_along(pid: int) -> list[psutil.Process]:
    """Return the living servers among a run's children."""
    found = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.NoSuchProcess):
            if "tasks.doors.prefect.prefect_server" in child.cmdline():
                found.append(child)
    return found


def _is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
