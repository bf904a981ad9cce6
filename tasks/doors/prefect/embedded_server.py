"""Give the flows a Prefect server: the user's own where PREFECT_API_URL is set, else an embedded one.

The embedded server is a child process on loopback that ends when its parent does, however that ends,
and is started anew when it dies alone or does not answer any more. Everything of Prefect lives in a
home of our own: neither a user's profile nor a file in the working folder steers it. Must be used
before Prefect is imported.
"""

import logging
import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from platformdirs import user_data_path

from schemas.errors import BadInput, RunFault
from schemas.redaction import without_keys
from tasks.doors.prefect.health import LOST_S, Watch, answers
from tasks.doors.processes.children import Child, Program

_KNOCK_S = 6.0
_POLL_S = 0.25
_DRAIN_S = 5
_MOST_REPLACED = 3
"""A server that never answers in between is not started again more often."""
_QUOTED_CHARS = 200
_DISK = re.compile(r"disk|no space|too large|quota|read-?only", re.IGNORECASE)
"""What SQLite and the system call a disk that takes no more."""
_SERVER = "tasks.doors.prefect.prefect_server"
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "evolflow",
    # The command line speaks for itself; Prefect's own lines go to its server.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
}
_LEAN = {
    # Nobody keeps blocks on a server that ends with the run; to offer them, it would import all
    # packages that bring any.
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    "PREFECT_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
}
"""What an embedded server does without."""

log = logging.getLogger("evolflow.control_room")


class UsersServer:
    """The server that PREFECT_API_URL names."""

    def __init__(self, address: str) -> None:
        """Take an address with or without a slash at its end."""
        self.fault: str | None = None
        """Why it cannot be used any more; None while it answers."""
        self.address = address.rstrip("/")
        # What stands before an @ may be a password.
        self._shown = re.sub(r"//[^/]*@", "//", self.address)
        self._watch = Watch(self.address, self._give_up)

    @property
    def is_silent(self) -> bool:
        """Whether it left the last question without an answer."""
        return self._watch.is_silent

    def explain(self, error: BaseException) -> RunFault:
        """Return in one line why Prefect failed."""
        return RunFault(
            f"PREFECT_API_URL: the Prefect server at {self._shown} failed: {_short(error)}; see to "
            "it and run the same command again: what was paid for is kept"
        )

    def knock(self) -> None:
        """Return when the server answers; from then on it is watched.

        Raises:
            RunFault: It does not, for some seconds.
        """
        deadline = time.monotonic() + _KNOCK_S
        while not answers(self.address):
            if time.monotonic() > deadline:
                raise RunFault(
                    f"PREFECT_API_URL: no Prefect server answers at {self._shown}; "
                    "start it, or unset PREFECT_API_URL to have one brought along"
                )
            time.sleep(_POLL_S)
        self._watch.start()

    def leave(self) -> None:
        """Do nothing: it goes on without this process."""

    def close(self) -> None:
        """Leave it as it is."""
        self._watch.close()

    def _give_up(self, _times: int) -> None:
        """Until then it may have been started anew."""
        self.fault = (
            f"PREFECT_API_URL: the Prefect server at {self._shown} has not "
            f"answered for {LOST_S:.0f} s; start it again or unset PREFECT_API_URL, and "
            "run the same command again: what was paid for is kept"
        )


class OwnServer:
    """A server for the length of a run.

    This process holds the listening socket, so a request that comes while a server boots waits for
    it instead of being refused.
    """

    def __init__(self) -> None:
        """Start it.

        Raises:
            BadInput: Its home cannot be made.
        """
        self._home = _made(Path(os.environ["PREFECT_HOME"]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"
        number = self._listener.fileno()
        self._child = Child(
            Program("Prefect's own server", _SERVER, [str(number)], self._home,
                    _childs_environment(), [number])
        )  # fmt: skip
        self._stuck: str | None = None
        self._watch = Watch(self.address, self._replace, lambda: self._child.is_up)
        self._watch.start()

    @property
    def is_silent(self) -> bool:
        """Whether it left the last question without an answer."""
        return self._watch.is_silent

    @property
    def fault(self) -> str | None:
        """Why there is no server; None while there is one, or one boots."""
        what = self._stuck or self._child.fault
        if what is None:
            return None
        return (
            f"Prefect's own server {what}; its files are in PREFECT_HOME={self._home}: end what "
            "holds them, or move them away (nothing that was paid for is in them), and run the same "
            "command again"
        )

    def explain(self, error: BaseException) -> RunFault:
        """Return in one line why Prefect failed: the server's own words say more than its 500."""
        said = self._child.last_error or _short(error)
        if _DISK.search(said):
            remedy = "make room on that disk, or set EVOLFLOW_HOME to a folder on another"
        else:
            remedy = "see to them, or move them away (nothing that was paid for is in them)"
        return RunFault(
            f"Prefect's own server failed: {_short(said)}; its files are in PREFECT_HOME="
            f"{self._home}: {remedy}, and run the same command again"
        )

    def leave(self) -> None:
        """See to it that it does not outlive this process, which is about to end at once."""
        if self.is_silent:
            # It would not hear that its parent is gone.
            self._child.kill()

    def close(self) -> None:
        """End the server, politely first."""
        self._watch.close()
        self._child.close(_DRAIN_S)
        self._listener.close()

    def _replace(self, times: int) -> None:
        """End it, so that another takes its place."""
        if times > _MOST_REPLACED:
            self._stuck = f"does not answer, although it was started anew {_MOST_REPLACED} times"
            return
        log.warning("Prefect's own server has not answered for %.0f s", LOST_S)
        self._child.kill()


Server = UsersServer | OwnServer


def is_of_prefect(error: BaseException) -> bool:
    """Tell whether Prefect or its client failed, and not what a flow does."""
    from httpx import HTTPError
    from prefect.exceptions import PrefectException

    return isinstance(error, HTTPError | PrefectException)


def prepare_environment() -> None:
    """Set what Prefect reads at import, where the user has not set it."""
    home = os.environ.get("EVOLFLOW_HOME") or user_data_path("evolflow")
    os.environ.setdefault("PREFECT_HOME", str(Path(home).expanduser().resolve() / "prefect"))
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if not is_users():
        # A flow makes some seven clients, and each would ask for a token that ours does not want.
        os.environ.setdefault("PREFECT_CLIENT_CSRF_SUPPORT_ENABLED", "false")
    # Where Prefect cannot send its log lines, it would say so between ours.
    logging.raiseExceptions = False


def is_users() -> bool:
    """Tell whether the user has a server of his own."""
    return bool(os.environ.get("PREFECT_API_URL"))


@contextmanager
def opened() -> Iterator[Server]:
    """Have a server's address in PREFECT_API_URL, and Prefect's home as working folder, for a block.

    Prefect takes settings, classes to run among them, from files in the working folder; a folder
    that somebody sent must not bring its own.

    Raises:
        RunFault: The user's server does not answer.
        BadInput: Prefect's home cannot be made.
    """
    own = os.environ.get("PREFECT_API_URL")
    home = _made(Path(os.environ["PREFECT_HOME"]))
    server: Server = UsersServer(own) if own else OwnServer()
    os.environ["PREFECT_API_URL"] = server.address
    try:
        if isinstance(server, UsersServer):
            server.knock()
        with chdir(home):
            yield server
            _drain()
    finally:
        server.close()
        if own:
            os.environ["PREFECT_API_URL"] = own
        else:
            del os.environ["PREFECT_API_URL"]


def _made(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise BadInput(
            f"PREFECT_HOME: {home} cannot be made ({e.strerror}); set EVOLFLOW_HOME to a folder "
            "that can be written"
        ) from e
    return home


def _childs_environment() -> dict[str, str]:
    """Return what the server needs to know: no model's key is among it."""
    return {
        **without_keys(os.environ),
        "PREFECT_UI_ENABLED": "0",
        "PREFECT__SERVER_EPHEMERAL": "1",
        **_LEAN,
    }


def _short(said: object) -> str:
    # Addresses stand in it, and what comes before an @ there may be a password.
    return re.sub(r"//[^/\s]*@", "//", " ".join(str(said).split()))[:_QUOTED_CHARS]


def _drain() -> None:
    """Let Prefect send what it still holds; after its server is gone it would try for a minute."""
    if "prefect" not in sys.modules:
        return
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=_DRAIN_S)
    EventsWorker.drain_all(timeout=_DRAIN_S)
