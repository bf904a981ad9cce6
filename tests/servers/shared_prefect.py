"""The Prefect server that all tests share which are not about the one that a run brings along.

Making Prefect's database takes 7 s of CPU, so what one server of these tests made is copied for others.
"""

import fcntl
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from tasks.doors.processes.children import Child, Program

_START_S = 120.0
_DRAIN_S = 5.0


_DATABASE = "prefect.db"
_EMPTY = "migrated.db"
"""A database with all tables and without a row that anybody wrote; beside Prefect's home."""


@contextmanager
def shared_prefect(environment: Mapping[str, str], home: Path, common: Path) -> Iterator[str]:
    """Serve for the length of a block; gives the address as PREFECT_API_URL has it.

    It is the product's own program, started as the product does: a process that ends with this one.

    Args:
        environment: Of the tests.
        home: Prefect's.
        common: A folder that other workers have too: the first one makes a database for all.
    """
    home.mkdir(parents=True)
    with (common / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = common / _EMPTY
        if made.exists():
            shutil.copy(made, home / _DATABASE)
            fcntl.flock(lock, fcntl.LOCK_UN)
        with _serving(environment, home) as address:
            if not made.exists():
                _copy(home / _DATABASE, made)
            fcntl.flock(lock, fcntl.LOCK_UN)
            shutil.copy(made, home.with_name(_EMPTY))
            yield address


def take_database(environment: Mapping[str, str], home: Path) -> None:
    """Give another server of these tests a database, where one was made already."""
    made = Path(environment["EVOLFLOW_HOME"]) / _EMPTY
    if made.exists() and not (home / _DATABASE).exists():
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, home / _DATABASE)


def _copy(database: Path, to: Path) -> None:
    """Copy a database that is in use."""
    draft = to.with_suffix(".draft")
    with closing(sqlite3.connect(database)) as one, closing(sqlite3.connect(draft)) as other:
        one.backup(other)
    draft.rename(to)


@contextmanager
def _serving(environment: Mapping[str, str], home: Path) -> Iterator[str]:
    own = {
        **{name: environment[name] for name in ("PATH", "HOME", "LANG") if name in environment},
        "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1", "PREFECT_UI_ENABLED": "0",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT__SERVER_EPHEMERAL": "1",
        "PREFECT__SERVER_FINAL": "1",
    }  # fmt: skip
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        os.set_inheritable(listener.fileno(), True)
        number = listener.fileno()
        child = Child(
            Program("the tests' server", "tasks.doors.prefect.prefect_server", [str(number)], home,
                    own, [number])
        )  # fmt: skip
        try:
            assert child.ready.wait(_START_S), child.fault
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        finally:
            child.close(_DRAIN_S)
