"""Give a team a Prefect server with its UI, a worker, our deployments and automations in one place.

Everything lives in a data folder; relative paths of deployments are relative to it. Server and worker
are children that end with this process. Must be used before Prefect is imported.
"""

import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

import yaml

from schemas.errors import BadInput, RunFault
from schemas.redaction import redact, without_keys
from tasks.doors import proxies
from tasks.doors.prefect import databases
from tasks.doors.prefect.health import LOST_S, Watch
from tasks.doors.processes.children import Child, Program

_POLL_S = 0.5
_DRAIN_WORKER_S = 90.0
"""Longer than runs drain by default."""
_DRAIN_SERVER_S = 5.0
_SERVER = "tasks.doors.prefect.prefect_server"
_WORKER = "tasks.doors.prefect.prefect_worker"
_DEPLOYMENTS = Path("deployments") / "prefect.yaml"
_OWN_SEEDS = Path("packs") / "general" / "seeds.jsonl"
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "evolflow",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    # A run whose process is gone is noticed by what it does not say.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}
_UI = {
    # The page asks the address that it came from: it works on any port and under any name.
    "PREFECT_SERVER_UI_API_URL": "/api",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # The second UI asks an outside address for its settings.
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
}
_PASSWORD = "PREFECT_SERVER_API_AUTH_STRING"  # noqa: S105 - its name

log = logging.getLogger("evolflow.control_room")


@dataclass(frozen=True)
class Place:
    """Where the control room is."""

    host: str
    port: int
    data: Path
    """Folder of the server's files, of seeds and of runs."""

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it, or a password is asked for."""
        return self._is_loopback or bool(os.environ.get(_PASSWORD))

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://{self._reached_at}:{self.port}"

    @property
    def _is_loopback(self) -> bool:
        return self.host == "localhost" or ip_address(self.host).is_loopback

    @property
    def _reached_at(self) -> str:
        if self.host != "localhost" and ip_address(self.host).is_unspecified:
            return "127.0.0.1"
        return f"[{self.host}]" if ":" in self.host else self.host


class Room:
    """A control room at work."""

    def __init__(self, server: Child, worker: Child) -> None:
        """Take its two children."""
        self._children = {"Prefect's server": server, "the worker": worker}

    def stay(self, is_over: threading.Event) -> None:
        """Return when it is over.

        Raises:
            RunFault: Server or worker cannot be kept alive.
        """
        while not is_over.wait(_POLL_S):
            for name, child in self._children.items():
                _raise_fault(name, child)


@contextmanager
def opened(place: Place, is_over: threading.Event) -> Iterator[Room]:
    """Have a control room for the length of a block.

    Args:
        place: Address and data folder.
        is_over: Set while it starts: it is given up.

    Raises:
        BadInput: The port is taken, the folder cannot be written, the database does not answer.
        RunFault: Server or worker does not start, or the deployments are refused.
    """
    _deployments()
    data = _furnished(place.data)
    listener = _listening(place)
    # The worker and its runs reach the server under this name, which need not be loopback.
    proxies.spare(os.environ, place.host)
    databases.require_answer()
    with ExitStack() as stack:
        stack.callback(listener.close)
        server = _child(
            stack, "Prefect's server", _SERVER, [str(listener.fileno())], place,
            {**without_keys(os.environ), **_server_settings(data)}, _DRAIN_SERVER_S,
            [listener.fileno()],
        )  # fmt: skip
        _wait("Prefect's server", server, is_over)
        ours = {**os.environ, **_client_settings(place)}
        ours.pop(databases.NAME, None)
        worker = _child(stack, "the worker", _WORKER, [], place, ours, _DRAIN_WORKER_S)
        _wait("the worker", worker, is_over)
        _watched(stack, f"{place.address}/api", server)
        if not is_over.is_set():
            _deploy(data, ours)
        yield Room(server, worker)


def _furnished(data: Path) -> Path:
    """Make the data folder, with the project's own seeds in it."""
    try:
        for name in ("runs", "seeds", "prefect"):
            (data / name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(files("tasks") / str(_OWN_SEEDS)), data / "seeds" / "own-seeds.jsonl")
    except OSError as e:
        raise BadInput(
            f"--data: {data} cannot be written ({e.strerror}); mend that or choose another folder"
        ) from e
    return data


def deployment_names() -> list[str]:
    """Return what is deployed, in the order of the file."""
    named = yaml.safe_load(_deployments().read_text(encoding="utf-8"))["deployments"]
    return [one["name"] for one in named]


def _deployments() -> Path:
    """Return the file of deployments: a wheel has it inside, a clone beside the packages.

    Raises:
        RunFault: There is none.
    """
    package = Path(str(files("flows")))
    for path in (package / _DEPLOYMENTS, package.parent / _DEPLOYMENTS):
        if path.is_file():
            return path
    raise RunFault(f"{package / _DEPLOYMENTS}: missing; install evolflow again, or work in a clone")


def _listening(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        return socket.create_server((place.host, place.port), family=family)
    except OSError as e:
        raise BadInput(
            f"--port: {place.port} on {place.host} cannot be had ({e.strerror}); "
            "choose another, or end what holds it"
        ) from e


def _server_settings(data: Path) -> dict[str, str]:
    home = {"PREFECT_HOME": str(data / "prefect"), "EVOLFLOW_REPORTS_ROOT": str(data / "runs")}
    return {**_QUIET, **_UI, **home}


def _client_settings(place: Place) -> dict[str, str]:
    password = os.environ.get(_PASSWORD)
    return {
        **_QUIET,
        "PREFECT_HOME": str(place.data / "prefect"),
        "PREFECT_API_URL": f"{place.address}/api",
        "PREFECT_WORKER_QUERY_SECONDS": "5",
        "EVOLFLOW_DATA": str(place.data),
        "EVOLFLOW_REPORTS_URL": f"{place.address}/reports",
        **({"PREFECT_API_AUTH_STRING": password} if password else {}),
    }


def _child(
    stack: ExitStack, name: str, module: str, arguments: list[str], place: Place,
    environment: dict[str, str], drain_s: float, descriptors: list[int] | None = None,
) -> Child:  # fmt: skip
    child = Child(Program(name, module, arguments, place.data, environment, descriptors or []))
    stack.callback(child.close, drain_s)
    return child


def _wait(name: str, child: Child, is_over: threading.Event) -> None:
    while not child.ready.wait(_POLL_S) and not is_over.is_set():
        _raise_fault(name, child)


def _watched(stack: ExitStack, address: str, server: Child) -> None:
    """End a server that does not answer any more, so that another takes its place."""

    def replace(_times: int) -> None:
        log.warning("Prefect's server has not answered for %.0f s", LOST_S)
        server.kill()

    watch = Watch(address, replace, lambda: server.is_up)
    stack.callback(watch.close)
    watch.start()


def _raise_fault(name: str, child: Child) -> None:
    if child.fault is not None:
        raise RunFault(f"{name} {redact(child.fault, os.environ)}; mend that and start again")


def _deploy(data: Path, environment: dict[str, str]) -> None:
    """Deploy what prefect.yaml names, and the automations.

    Raises:
        RunFault: Prefect refuses it.
    """
    file = str(_deployments())
    for command in (
        ["tasks.doors.prefect.deployed", file],
        ["tasks.doors.prefect.automations"],
    ):
        done = subprocess.run(
            [sys.executable, "-P", "-m", *command],
            cwd=data, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            said = redact(" ".join((done.stdout + done.stderr).split())[-300:], os.environ)
            raise RunFault(f"{yaml}: cannot be deployed: {said}")
