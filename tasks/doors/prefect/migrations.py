"""Know whether the database in a home of Prefect's has all its tables, and have them made once.

A server looks itself, and takes a second for it whenever it starts; two that look at once in a new
home both make the tables, and one of them fails. A note beside the database says which Prefect made
which tables; it is believed while both are the same. Knows the database as a file alone, and must be
used before Prefect is imported.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

from tasks.doors.prefect import databases

_DATABASE = "prefect.db"
_NOTE = "tables.json"
_LOCK = "tables.lock"
_MIGRATE = "PREFECT_API_DATABASE_MIGRATE_ON_START"


def leave_out_if_done(home: Path) -> bool:
    """Tell a server that is about to be imported not to look for tables that are there.

    Args:
        home: Prefect's home, where the database is if none is named elsewhere.

    Returns:
        Whether they are there.
    """
    is_done = databases.NAME not in os.environ and _noted(home) == _found(home) is not None
    if is_done:
        os.environ.setdefault(_MIGRATE, "false")
    return is_done


@contextmanager
def made_once(home: Path) -> Iterator[None]:
    """Let no other server of this home begin during a block, in which tables are made; then note it."""
    with (home / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        if found := _found(home):
            (home / _NOTE).write_text(json.dumps(found))


def _found(home: Path) -> list[str] | None:
    """Return which Prefect is here and which tables the database has; None where it has none."""
    path = home / _DATABASE
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute("select version_num from alembic_version").fetchall()
    except sqlite3.Error:
        return None
    return [version("prefect"), *(str(number) for (number,) in rows)] if rows else None


def _noted(home: Path) -> object:
    try:
        return json.loads((home / _NOTE).read_text())
    except (OSError, ValueError):
        return None
