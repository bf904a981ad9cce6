"""Start the real command as a fork of a warm process (zygote.py), or as a new one where that differs.

A fork is a real process: pid, signals, exit code, pipes, working folder and environment are its own.
What it shares with its siblings is what others wrote, imported; and the seed of Python's hashes.
"""

import json
import os
import re
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests.servers.zygote import LARGEST

ROOT = Path(__file__).parent.parent.parent
COMMAND = "flows.cli"
ANEW = {"PYTHONHASHSEED": "random"}
"""In an environment it changes nothing, but that the command is a new process: it imports by itself."""
_WARM_S = 120.0
# What nobody reads while something is imported. All else, such as PYTHONPATH, needs a new process.
_LATE = re.compile(r"EVOLFLOW_\w+|PREFECT_(API_URL|HOME)|\w+_(API_KEY|PASSWORD)|AWS_\w+|TERM")
_QUIET = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
_SAME = ("PATH", "HOME", "LANG")


def start(
    env: Mapping[str, str],
    *arguments: Any,
    cwd: Path = ROOT,
    leads_session: bool = False,
    before: Callable[[], None] | None = None,
) -> Any:
    """Start the command, its output in pipes, and do not wait for it.

    Args:
        env: The whole environment.
        arguments: Of the command.
        cwd: Its working folder.
        leads_session: Whether it is the first of a session and of a process group.
        before: Run in the process before the program is, which then is a new one.

    Returns:
        What subprocess.Popen gives: a Popen, or a Fork.
    """
    words = [str(one) for one in arguments]
    if before is None and is_late(env):
        return zygote().fork(words, env, cwd, leads_session)
    return subprocess.Popen(
        [sys.executable, "-m", COMMAND, *words],
        cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=leads_session, preexec_fn=before,
    )  # fmt: skip


def run(
    env: Mapping[str, str], *arguments: Any, timeout_s: float = 240, **more: Any
) -> "subprocess.CompletedProcess[str]":
    """Start the command and wait, as subprocess.run does."""
    process = start(env, *arguments, **more)
    try:
        out, errors = process.communicate(timeout=timeout_s)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return subprocess.CompletedProcess(list(arguments), process.returncode, out, errors)


def is_late(env: Mapping[str, str]) -> bool:
    """Tell whether a fork of a warm process sees an environment as a new one would."""
    if not hasattr(os, "pidfd_open"):
        return False
    is_same = all(env.get(name) == os.environ.get(name) for name in _SAME)
    return is_same and all(name in _SAME or _LATE.fullmatch(name) for name in env)


class Fork:
    """A running fork, with what subprocess.Popen has."""

    def __init__(self, link: socket.socket, stdout: int, stderr: int) -> None:
        self._link = link
        self.pid = int(_heard(link, _WARM_S))
        self.returncode: int | None = None
        self.stdout: IO[str] = open(stdout, encoding="utf-8")  # noqa: SIM115
        self.stderr: IO[str] = open(stderr, encoding="utf-8")  # noqa: SIM115
        self._got: dict[Any, bytes] = {self.stdout: b"", self.stderr: b""}

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(timeout=0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code once it has ended; minus a signal's number where one ended it."""
        if self.returncode is None:
            said = _heard(self._link, timeout)
            self.returncode = int(said)
            self._link.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Read both pipes until it closes them, and wait for its end."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with selectors.DefaultSelector() as open_ones:
            for stream in (one for one in self._got if not one.closed):
                open_ones.register(stream, selectors.EVENT_READ)
            while open_ones.get_map():
                ready = open_ones.select(_left(deadline))
                if not ready and _left(deadline) == 0:
                    raise subprocess.TimeoutExpired(COMMAND, timeout or 0)
                for key, _ in ready:
                    data = os.read(key.fd, 65536)
                    self._got[key.fileobj] += data
                    if not data:
                        open_ones.unregister(key.fileobj)
                        key.fileobj.close()
        self.wait(_left(deadline))
        return _text(self._got[self.stdout]), _text(self._got[self.stderr])


class Zygote:
    """The warm process."""

    def __init__(self) -> None:
        """Start it; it imports while the first tests go on."""
        # Where Prefect may write while it is imported.
        self._home = tempfile.TemporaryDirectory(prefix="evolflow-warm-")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ordering = threading.Lock()
        self._is_warm = False
        kept = {name: os.environ[name] for name in _SAME if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.servers.zygote", str(theirs.fileno())],
                cwd=ROOT, env={**kept, **_QUIET, "PREFECT_HOME": self._home.name},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip

    def fork(
        self, arguments: Sequence[str], env: Mapping[str, str], cwd: Path, leads_session: bool
    ) -> Fork:
        """Have it become the command."""
        order = {
            "module": COMMAND, "arguments": list(arguments), "cwd": str(cwd), "env": dict(env),
            "leads_session": leads_session,
        }  # fmt: skip
        text = json.dumps(order).encode()
        assert len(text) < LARGEST
        mine, link = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        (out, write_out), (err, write_err) = os.pipe(), os.pipe()
        with self._ordering, link:
            if not self._is_warm:
                assert _heard(self._control, _WARM_S) == "warm"
                self._is_warm = True
            files = [0, write_out, write_err, link.fileno()]
            socket.send_fds(self._control, [text], files)
        os.close(write_out)
        os.close(write_err)
        return Fork(mine, out, err)

    def close(self) -> None:
        """End it; its forks go on."""
        self._control.close()
        self._process.wait(timeout=30)
        self._home.cleanup()


@cache
def zygote() -> Zygote:
    """Return this process's own; conftest.py closes it."""
    return Zygote()


def close() -> None:
    """End the warm process, where there is one."""
    if zygote.cache_info().currsize:
        zygote().close()
        zygote.cache_clear()


def _heard(link: socket.socket, timeout: float | None) -> str:
    """Return what the zygote says next."""
    ready, _, _ = select.select([link], [], [], timeout)
    if not ready:
        raise subprocess.TimeoutExpired(COMMAND, timeout or 0)
    said = link.recv(100)
    assert said, "the warm process is gone"
    return said.decode()


def _text(written: bytes) -> str:
    """Return text with ends of lines as subprocess.Popen gives it."""
    return written.decode().replace("\r\n", "\n").replace("\r", "\n")


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
