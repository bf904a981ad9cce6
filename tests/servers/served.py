"""The control room of a test: the real `evolflow serve` on a free port, and its API."""

import os
import re
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.flows.runs import wait_for
from tests.servers import warm
from tests.servers.loopback import free_port

_ENDED = {"Completed", "Failed", "Crashed", "Cancelled"}
_START_S = 180.0
_POLL_S = 0.25
_ASKS = 5


@dataclass
class Served:
    """A running control room."""

    address: str
    data: Path
    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)
    """What it wrote on its standard output, by line."""
    told: list[str] = field(default_factory=list)
    """What it wrote on its standard error, by line."""

    def __post_init__(self) -> None:
        self._api = httpx.Client(base_url=f"{self.address}/api/", timeout=60)
        weakref.finalize(self, self._api.close)

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Ask the server's API; it answers 503 while it digests, or, on a busy machine, not in time."""
        for _ in range(_ASKS):
            try:
                answer = self._api.request(method, path, json=body)
            except httpx.ReadTimeout:
                if method != "GET":
                    raise
                continue
            if answer.status_code != 503:
                return answer
            time.sleep(_POLL_S)
        raise AssertionError(f"{method} {path}: no answer, asked {_ASKS} times")

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.ask("POST", path, body if body is not None else {})
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deployment(self, name: str, flow: str = "evolution") -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"deployments/name/{flow}/{name}")
        return found

    def start(
        self, name: str, settings: Mapping[str, Any], *, flow: str = "evolution", **more: Any
    ) -> str:
        """Run a deployment with other settings, now; returns the flow run's id."""
        body = {"parameters": {"settings": settings}, "state": {"type": "SCHEDULED"}, **more}
        made = self.post(f"deployments/{self.deployment(name, flow)['id']}/create_flow_run", body)
        return str(made["id"])

    def run(self, flow_run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"flow_runs/{flow_run}")
        return found

    def state(self, flow_run: str) -> str:
        return str(self.run(flow_run)["state"]["name"])

    def wait(self, flow_run: str, *states: str, seconds: float = 200) -> dict[str, Any]:
        """Return a flow run once it is in one of these states, or has ended where none are given."""
        self.until(lambda: self.state(flow_run) in (states or _ENDED), seconds)
        return self.run(flow_run)

    def until(self, condition: Callable[[], bool], seconds: float = 200) -> None:
        """Return when the condition holds, which asks the server: not too often."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, "\n".join(self.told)
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(_POLL_S)

    def family(self) -> list[psutil.Process]:
        """Return its living processes, itself included."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]


@contextmanager
def served(environment: Mapping[str, str], data: Path, *arguments: Any) -> Iterator[Served]:
    """Run `evolflow serve` for the length of a block."""
    port = free_port()
    command = ["serve", "--port", port, "--data", data, *arguments]
    # Who serves has no other server.
    own = {name: value for name, value in environment.items() if name != "PREFECT_API_URL"}
    process = warm.start(own, *command, leads_session=True)
    room = Served(f"http://127.0.0.1:{port}", data, process)
    for stream, lines in ((process.stdout, room.said), (process.stderr, room.told)):
        threading.Thread(target=_read, args=(stream, lines), daemon=True).start()
    try:
        wait_for(lambda: any(line.startswith("stop:") for line in room.said), _START_S,
                 process=None if process.poll() is None else process)  # fmt: skip
        yield room
    finally:
        family = room.family() if process.poll() is None else []
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        psutil.wait_procs(family, timeout=60)
        for one in family:
            if one.is_running():
                one.kill()
        process.wait()


def _read(stream: Any, lines: list[str]) -> None:
    for line in stream:
        lines.append(line.rstrip("\n"))


def of_data(data: Path) -> list[psutil.Process]:
    """Return all living processes of a data folder, whoever their parents are."""
    found = []
    for one in psutil.process_iter(["pid", "environ", "status"]):
        named = (one.info["environ"] or {}).get("PREFECT_HOME", "")
        if named.startswith(f"{data}{os.sep}") and one.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(one)
    return found


def outside(requests: list[str], address: str) -> list[str]:
    """Return the addresses that a page asked for and that are not the server's own."""
    return [url for url in requests if not re.match(rf"(data:|blob:|{re.escape(address)}/)", url)]
