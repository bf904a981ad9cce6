"""Whether a server may leave its tables alone: only if this Prefect made them, all of them, here."""

import json
import multiprocessing
import os
import sqlite3
import time
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tasks.doors.prefect import databases, migrations

MIGRATE = "PREFECT_API_DATABASE_MIGRATE_ON_START"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": os.environ["PATH"]})


def make_tables(home: Path, revision: str) -> None:
    with closing(sqlite3.connect(home / "prefect.db")) as database, database:
        database.execute("create table if not exists alembic_version (version_num text)")
        database.execute("delete from alembic_version")
        database.execute("insert into alembic_version values (?)", [revision])


def test_tables_that_were_made_once_are_not_looked_for_again(tmp_path: Path) -> None:
    assert not migrations.leave_out_if_done(tmp_path)
    with migrations.made_once(tmp_path):
        make_tables(tmp_path, "a1")
    assert MIGRATE not in os.environ
    assert migrations.leave_out_if_done(tmp_path)
    assert os.environ[MIGRATE] == "false"


@pytest.mark.parametrize(
    "change",
    [
        lambda home: make_tables(home, "b2"),
        lambda home: (home / "prefect.db").unlink(),
        lambda home: (home / "prefect.db").write_bytes(b""),
        lambda home: (home / "prefect.db").write_bytes(b"no database at all" * 100),
        lambda home: (home / "tables.json").write_text(json.dumps(["0.0.1", "a1"])),
        lambda home: (home / "tables.json").write_text("{"),
        lambda home: (home / "tables.json").unlink(),
        lambda home: os.environ.update({databases.NAME: "postgresql+asyncpg://me@there/x"}),
    ],
    ids=[
        "other tables",
        "gone",
        "empty",
        "broken",
        "older Prefect",
        "torn note",
        "no note",
        "elsewhere",
    ],
)
def test_whatever_is_not_as_noted_is_looked_at(tmp_path: Path, change: object) -> None:
    with migrations.made_once(tmp_path):
        make_tables(tmp_path, "a1")
    assert callable(change)
    change(tmp_path)
    assert not migrations.leave_out_if_done(tmp_path)
    assert MIGRATE not in os.environ


def test_a_block_that_fails_notes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), migrations.made_once(tmp_path):
        make_tables(tmp_path, "a1")
        raise OSError("full")
    assert not migrations.leave_out_if_done(tmp_path)


def test_two_servers_make_their_tables_one_after_the_other(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    inside = spawn.Event()
    other = spawn.Process(target=hold, args=(tmp_path, inside))
    other.start()
    assert inside.wait(60)
    with migrations.made_once(tmp_path):
        assert (tmp_path / "left").exists()
    other.join()


def hold(home: Path, inside: Event) -> None:
    """Be in the block for a while."""
    with migrations.made_once(home):
        inside.set()
        time.sleep(0.5)
        (home / "left").touch()
