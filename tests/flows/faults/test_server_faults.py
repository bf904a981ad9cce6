"""Prefect's server dies, does not start, or is not there: the work goes on, or a line says why not."""

import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.faults.conftest import Disk
from tests.flows.runs import assert_rows_conserved, end, run_flags, start_run, state_of, wait_for
from tests.servers.model_server import ModelServer, plain, serving
from tests.servers.prefect_server import brought_along, users_prefect

pytestmark = pytest.mark.long

_LOCKED_S = 20.0


def assert_refused(done: Any, *told: str) -> None:
    """One line, no traceback, exit code 1."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for words in told:
        assert words in done.stderr


def assert_bought_once(server: ModelServer, run: Path, n_seeds: int) -> None:
    assert state_of(run) == "done"
    assert max(server.answered.values()) == 1
    assert_rows_conserved(run, n_seeds, 2)


def test_a_server_that_is_killed_is_replaced_and_nothing_is_bought_twice(
    embedded: dict[str, str], tmp_path: Path
) -> None:
    """It only shows how things stand: its death must cost neither rows nor money."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(9))
    with serving(plain, latency_s=0.5) as server:
        flags = run_flags(server, seeds, tmp_path / "run", concurrency=3)
        process = start_run(embedded, *flags)
        for answers in (5, 25):
            wait_for(lambda n=answers: server.answered.total() >= n, process=process)
            (child,) = brought_along(process.pid)
            child.kill()
            wait_for(lambda old=child: old not in brought_along(process.pid), process=process)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert errors.count("Prefect's own server ended (SIGKILL); starting another") == 2
        assert "Traceback" not in errors
        assert_bought_once(server, tmp_path / "run", 9)


def test_a_server_that_is_there_but_silent_is_replaced_and_nothing_is_bought_twice(
    embedded: dict[str, str], tmp_path: Path
) -> None:
    """It takes half a minute until a server that says nothing is given up."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(9))
    with serving(plain, latency_s=0.5) as server:
        process = start_run(embedded, *run_flags(server, seeds, tmp_path / "run", concurrency=3))
        wait_for(lambda: server.answered.total() >= 5, process=process)
        (child,) = brought_along(process.pid)
        child.suspend()
        _, errors = process.communicate(timeout=150)
        assert process.returncode == 0, errors
        assert "Prefect's own server has not answered for 20 s" in errors
        assert errors.count("Prefect's own server ended (SIGKILL); starting another") == 1
        assert "Traceback" not in errors
        assert not child.is_running()
        assert_bought_once(server, tmp_path / "run", 9)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_whose_server_is_silent_hears_signals_and_goes_on_later(
    number: int, evolflow: Evolflow, embedded: dict[str, str], tmp_path: Path
) -> None:
    """What is in flight is finished without the server, which does not outlive the run."""
    seeds, run = write_seeds(tmp_path / "seeds.json", own_seeds(9)), tmp_path / "run"
    with serving(plain, latency_s=0.5) as server:
        flags = run_flags(server, seeds, run, concurrency=3)
        process = start_run(embedded, *flags)
        wait_for(lambda: server.answered.total() >= 5, process=process)
        (child,) = brought_along(process.pid)
        child.suspend()
        errors, took_s = end(process, number)
        assert process.returncode == 128 + number, errors
        assert took_s < 30
        assert errors.splitlines()[-1].startswith("evolflow: stopped; run the same command again")
        assert "Traceback" not in errors
        wait_for(lambda: not child.is_running())
        assert state_of(run) == "stopped: Interrupted"
        assert evolflow(*flags).returncode == 0
        assert_bought_once(server, run, 9)


def test_a_broken_database_is_named_with_a_remedy_and_a_locked_one_is_waited_for(
    evolflow_embedded: Evolflow, embedded: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    """The server is started anew until it is given up, which takes its time."""
    home, run = tmp_path / "home", tmp_path / "run"
    database = home / "prefect" / "prefect.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"no database at all " * 200)
    with serving(plain, latency_s=0.3) as server:
        flags = run_flags(server, three_seeds, run, concurrency=1)
        began = time.monotonic()
        done = evolflow_embedded(*flags, EVOLFLOW_HOME=str(home))
        assert time.monotonic() - began < 60
        assert_refused(done, "file is not a database", f"PREFECT_HOME={home / 'prefect'}")
        assert server.requests == 0
        assert not run.exists()
        database.unlink()
        process = start_run({**embedded, "EVOLFLOW_HOME": str(home)}, *flags)
        wait_for(lambda: server.requests > 2, process=process)
        with sqlite3.connect(database, isolation_level=None) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            time.sleep(_LOCKED_S)
            lock.execute("ROLLBACK")
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
        assert_bought_once(server, run, 3)


def test_a_disk_that_prefect_fills_up_is_named_and_the_run_goes_on_when_there_is_room(
    embedded: dict[str, str], disk: Disk, tmp_path: Path
) -> None:
    """Two starts with a database of their own: Prefect tries a server that fails again and again."""
    seeds, run = write_seeds(tmp_path / "seeds.json", own_seeds(9)), tmp_path / "run"
    assert disk.mount("remount,size=24m")
    env, ballast = {**embedded, "EVOLFLOW_HOME": str(disk.place)}, disk.place / "ballast"
    with serving(plain, latency_s=0.5) as server:
        flags = run_flags(server, seeds, run, concurrency=3)
        process = start_run(env, *flags)
        wait_for(lambda: server.answered.total() >= 5, process=process)
        with pytest.raises(OSError, match="No space left"):
            ballast.write_bytes(bytes(24 * 1024**2))
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 1, errors
        assert "Traceback" not in errors
        last = errors.splitlines()[-1]
        assert last.startswith("evolflow: Prefect's own server failed: ")
        for words in ("disk is full", f"PREFECT_HOME={disk.place / 'prefect'}", "make room"):
            assert words in last
        assert state_of(run).startswith("stopped: ")
        ballast.unlink()
        process = start_run(env, *flags)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert_bought_once(server, run, 9)


def test_an_address_where_nobody_answers_is_told_within_seconds(
    evolflow: Evolflow, three_seeds: Path, tmp_path: Path
) -> None:
    with serving(plain) as server:
        flags = run_flags(server, three_seeds, tmp_path / "run")
        began = time.monotonic()
        done = evolflow(*flags, PREFECT_API_URL="http://me:hush@127.0.0.1:9/api/")
        assert time.monotonic() - began < 30
        assert_refused(done, "PREFECT_API_URL", "http://127.0.0.1:9/api", "unset")
        assert "hush" not in done.stderr
        assert server.requests == 0
    assert not (tmp_path / "run").exists()


def test_a_users_server_that_goes_away_stops_the_run_which_goes_on_without_it(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    """Prefect's client alone would try for minutes, and then say so in pages."""
    seeds, run = write_seeds(tmp_path / "seeds.json", own_seeds(6)), tmp_path / "run"
    with (
        users_prefect(environment, tmp_path / "prefect") as prefect,
        serving(plain, latency_s=0.5) as server,
    ):
        flags = run_flags(server, seeds, run, concurrency=2)
        # With a slash at its end, as it is often written.
        env = {**environment, "PREFECT_API_URL": f"{prefect.address}/"}
        process = start_run(env, *flags)
        wait_for(lambda: server.answered.total() >= 5, process=process)
        prefect.kill()
        began = time.monotonic()
        _, errors = process.communicate(timeout=120)
        assert time.monotonic() - began < 60
        assert process.returncode == 1, errors
        said = [line for line in errors.splitlines() if line.startswith("evolflow: ")]
        assert len(said) == 1
        assert f"PREFECT_API_URL: the Prefect server at {prefect.address}" in said[0]
        assert "Traceback" not in errors
        assert state_of(run) == "stopped: RunFault"
        assert evolflow(*flags).returncode == 0
        assert_bought_once(server, run, 6)
