"""More than one process: the same rows, the same limits, and no more spent, whoever carries shards."""

import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from schemas.folders.run import RunFolder
from tasks.doors.storage import lock
from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import (
    bought_twice,
    data_bytes,
    end,
    kill,
    run_flags,
    start_run,
    state_of,
    wait_for,
    write_prices,
)
from tests.servers.dask_cluster import dask_cluster
from tests.servers.model_server import every_rule, serving

pytestmark = pytest.mark.long

ROWS = 24
MORE: dict[str, Any] = {"shard_rows": 4, "concurrency": 8}
TWO: dict[str, Any] = {"engines": 2}


@pytest.fixture(scope="module")
def clean(
    evolflow: Evolflow, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, "Counter[str]"]:
    """Seeds, a run of them by threads, and its bill."""
    place = tmp_path_factory.mktemp("whole")
    seeds = write_seeds(place / "seeds.json", own_seeds(ROWS))
    with serving(every_rule) as server:
        done = evolflow(*run_flags(server, seeds, place / "run", **MORE))
        assert done.returncode == 0, done.stderr
        return seeds, place / "run", server.answered


Clean = tuple[Path, Path, "Counter[str]"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["processes", "dask", "ray"])
def test_whatever_carries_the_shards_the_rows_are_the_same_and_the_limit_holds(
    evolflow: Evolflow, clean: Clean, tmp_path: Path, kind: str
) -> None:
    """A cluster starts, whose engines import everything by themselves: that takes its time."""
    seeds, whole, bill = clean
    run = tmp_path / "run"
    with serving(every_rule, latency_s=0.05) as server:
        # Few shards: each task costs Ray a second or more.
        more = {**TWO, **MORE, "shard_rows": 8, "task_runner": kind}
        done = evolflow(*run_flags(server, seeds, run, **more), timeout_s=500)
        assert done.returncode == 0, done.stderr
        assert server.answered == bill
        assert 2 < server.most_in_flight <= MORE["concurrency"]
    assert data_bytes(run) == data_bytes(whole)
    assert evolflow("verify", run).returncode == 0


def test_two_processes_together_never_pass_the_budget(
    evolflow: Evolflow, clean: Clean, tmp_path: Path
) -> None:
    """The cap is divided by shards, so that it holds whatever a process does."""
    seeds, _, _ = clean
    run = tmp_path / "run"
    prices = write_prices(tmp_path / "prices.toml", usd=100.0)
    more = {**MORE, **TWO, "task_runner": "processes", "max_tokens": 100, "judge_max_tokens": 100}
    with serving(every_rule) as server:
        flags = run_flags(server, seeds, run, **more)
        command = [flags[0], prices, *flags[1:]]
        stopped = evolflow(*command, "--budget-usd", 1.2)
        assert stopped.returncode == 3, stopped.stderr
        assert "raise --budget-usd" in stopped.stderr.splitlines()[-1]
        spent = 100e-6 * (server.prompt_tokens + server.completion_tokens)
        assert 0 < spent <= 1.2
        done = evolflow(*command, "--budget-usd", 100)
        assert done.returncode == 0, done.stderr
    assert evolflow("verify", run).returncode == 0


def test_sigterm_reaches_every_process_and_nothing_is_bought_twice(
    evolflow: Evolflow, environment: dict[str, str], clean: Clean, tmp_path: Path
) -> None:
    seeds, whole, bill = clean
    run = tmp_path / "run"
    with serving(every_rule, latency_s=0.3) as server:
        flags = run_flags(server, seeds, run, task_runner="processes", **TWO, **MORE)
        process = start_run(environment, *flags)
        wait_for(lambda: server.answered.total() >= bill.total() // 4, process=process)
        errors, took_s = end(process, signal.SIGTERM)
        assert process.returncode == 143, errors
        assert took_s < 30
        assert state_of(run) == "stopped: Interrupted"
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert server.answered == bill
    assert data_bytes(run) == data_bytes(whole)


@pytest.mark.timeout(600)
def test_a_dask_worker_killed_half_way_costs_no_more_than_its_calls_in_flight(
    evolflow: Evolflow, environment: dict[str, str], clean: Clean, tmp_path: Path
) -> None:
    """Two workers in processes of their own; the other one goes on with what the dead one had."""
    seeds, whole, bill = clean
    run = tmp_path / "run"
    with (
        serving(every_rule, latency_s=0.3) as server,
        dask_cluster(environment, tmp_path / "dask", workers=2, threads=4) as cluster,
    ):
        more = {**TWO, **MORE, "task_runner": "dask", "cluster": cluster.address}
        process = start_run(environment, *run_flags(server, seeds, run, **more))
        wait_for(lambda: server.answered.total() >= bill.total() // 2, process=process)
        cluster.kill_worker(0)
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        assert bought_twice(server, bill) <= MORE["concurrency"]
    assert data_bytes(run) == data_bytes(whole)
    assert evolflow("verify", run).returncode == 0


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["processes", "dask", "ray"])
def test_engines_end_with_a_run_that_was_killed_and_the_next_start_waits_for_them(
    evolflow: Evolflow, environment: dict[str, str], clean: Clean, tmp_path: Path, kind: str
) -> None:
    """Takes three whole runs with two engines each, which start anew every time."""
    seeds, whole, bill = clean
    run = tmp_path / "run"
    with serving(every_rule, latency_s=0.5) as server:
        flags = run_flags(server, seeds, run, task_runner=kind, **TWO, **MORE)
        process = start_run(environment, *flags)
        wait_for(lambda: server.answered.total() >= bill.total() // 4, process=process)
        kill(process)
        done = evolflow(*flags, timeout_s=500)
        assert done.returncode == 0, done.stderr
        assert server.most_in_flight <= MORE["concurrency"]
        # Dask and Ray kill their processes themselves, with what these have in flight.
        assert bought_twice(server, bill) <= (0 if kind == "processes" else MORE["concurrency"])
    assert data_bytes(run) == data_bytes(whole)
    assert evolflow("verify", run).returncode == 0


@pytest.mark.long
@pytest.mark.slow
def test_a_killed_run_whose_command_is_not_given_again_buys_nothing_more(
    environment: dict[str, str], clean: Clean, tmp_path: Path
) -> None:
    """Takes the start of a run with two engines, and some seconds in which nothing may come."""
    seeds, _, bill = clean
    run = tmp_path / "run"
    with serving(every_rule, latency_s=0.5) as server:
        more = {**TWO, **MORE, "task_runner": "processes"}
        process = start_run(environment, *run_flags(server, seeds, run, **more))
        wait_for(lambda: server.answered.total() >= bill.total() // 4, process=process)
        kill(process)
        shares = RunFolder(run).lock.with_name("shares")
        wait_for(lambda: not lock.is_held(shares), seconds=20)
        asked = server.requests
        time.sleep(3)
        assert server.requests == asked


def test_limits_that_cannot_be_divided_are_refused_in_one_line(
    evolflow: Evolflow, three_seeds: Path, tmp_path: Path
) -> None:
    for flags, told in (
        (("--engines", 2), "threads share one engine"),
        (("--task-runner", "processes", "--engines", 4, "--rpm", 3), "rpm 3 cannot be divided"),
        (("--task-runner", "slurm"), "--task-runner"),
    ):
        refused = evolflow(
            "run", "--seeds", three_seeds, "--out", tmp_path / "run", "--model", "offline/rewriter",
            *flags,
        )  # fmt: skip
        assert refused.returncode == 2 and told in refused.stderr, refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()
