"""Give the flows a Prefect server: the user's own where PREFECT_API_URL is set, else an embedded one.

The embedded server is a child process on loopback that ends when its parent does, however that ends.
Everything of Prefect lives in a home of our own, so that a user's profile is left alone. Must be
used before Prefect is imported; imports it only in the child.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_path

from schemas.errors import RunFault

_START_S = 120.0
_POLL_S = 0.05
_DRAIN_S = 5
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "evolflow",
    # The command line speaks for itself; Prefect's own lines go to its server.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
}


def prepare_environment() -> None:
    """Set what Prefect reads at import, where the user has not set it."""
    home = os.environ.get("EVOLFLOW_HOME") or user_data_path("evolflow")
    os.environ.setdefault("PREFECT_HOME", str(Path(home).expanduser().resolve() / "prefect"))
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)


@contextmanager
def opened() -> Iterator[None]:
    """Have a server's address in PREFECT_API_URL for the length of a block."""
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    process = _launch()
    try:
        yield
    finally:
        _drain()
        _end(process)
        del os.environ["PREFECT_API_URL"]


def wait_until_ready() -> None:
    """Return when the server answers.

    Raises:
        RunFault: It does not, for two minutes.
    """
    address = os.environ["PREFECT_API_URL"]
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if _answers(f"{address}/health"):
            return
        time.sleep(_POLL_S)
    raise RunFault(f"no Prefect server answers at {address}; start it, or unset PREFECT_API_URL")


def _launch() -> subprocess.Popen[bytes]:
    Path(os.environ["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "tasks.doors.control_room", str(listener.fileno())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[listener.fileno()],
        # Ctrl-C in the terminal is for the run, which still needs its server to stop cleanly.
        start_new_session=True,
        env={
            **os.environ,
            "PREFECT_UI_ENABLED": "0",
            "PREFECT__SERVER_EPHEMERAL": "1",
            "PREFECT__SERVER_FINAL": "1",
        },
    )
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    listener.close()
    return process


def _drain() -> None:
    """Let Prefect send what it still holds; after its server is gone it would try for a minute."""
    if "prefect" not in sys.modules:
        return
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=_DRAIN_S)
    EventsWorker.drain_all(timeout=_DRAIN_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _serve(listener_fd: int) -> None:
    """Run the server in this process until standard input ends: the parent is gone or says so."""
    import uvicorn
    from prefect.server.api.server import create_app

    logging.disable(logging.ERROR)
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="critical", lifespan="on"))

    def watch_parent() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True
        # Long polls may hold a polite exit up; nobody is left to wait for them.
        time.sleep(2)
        os._exit(0)

    threading.Thread(target=watch_parent, daemon=True).start()
    server.run(sockets=[socket.socket(fileno=listener_fd)])


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
