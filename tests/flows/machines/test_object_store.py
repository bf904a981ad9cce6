"""Runs whose folder lies on an object store: as safe as on a disk, but for the last second."""

import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from tasks.doors.storage.places import place
from tasks.doors.storage.segments import FLUSH_S
from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import bought_twice, data_bytes, kill, run_flags, start_run, wait_for
from tests.servers.dask_cluster import dask_cluster
from tests.servers.model_server import ModelServer, every_rule, serving
from tests.servers.object_store import ObjectStore
from tests.servers.proxy import Fault, proxying

pytestmark = pytest.mark.long

ROWS = 45
CONCURRENCY = 8
MORE = {"shard_rows": 15, "concurrency": CONCURRENCY}
KILLS = 2
PUT_S = 0.5
"""Longest that a put to a server on loopback takes, on a busy machine."""


def unflushed(server: ModelServer, at_s: float) -> int:
    """Return how many answers were given in the last second before a moment, or on their way."""
    since = at_s - FLUSH_S - PUT_S
    return sum(one.done_s is not None and since < one.done_s <= at_s for one in server.arrivals)


@pytest.mark.timeout(900)
def test_a_run_killed_twice_ends_with_the_bytes_of_a_local_one(
    evolflow: Evolflow, environment: Mapping[str, str], objects: ObjectStore, bucket: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    """No kill costs more than the calls in flight and the answers of the last unflushed second."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    run, whole = f"{bucket}/runs/alpaca", tmp_path / "whole"
    env = objects.environment
    with serving(every_rule) as server:
        done = evolflow(*run_flags(server, seeds, whole, **MORE))
        assert done.returncode == 0, done.stderr
        clean = server.answered
    most = 0
    with serving(every_rule, latency_s=0.1) as server:
        flags = run_flags(server, seeds, run, **MORE)
        for number in range(KILLS):
            process = start_run({**environment, **env}, *flags)
            mark = (number + 1) * clean.total() // (KILLS + 1)
            wait_for(lambda mark=mark: server.answered.total() >= mark, process=process)
            kill(process)
            most += CONCURRENCY + unflushed(server, time.monotonic())
            said = evolflow("status", run, **env)
            assert "stopped: killed" in said.stdout, said.stderr
        # The dead runner's lease is no hindrance on the machine where it died.
        done = evolflow(*flags, **env)
        assert done.returncode == 0, done.stderr
        twice = bought_twice(server, clean)
    print(f"{KILLS} kills at concurrency {CONCURRENCY}: {twice} answers bought twice of "
          f"{clean.total()}; {most} allowed")  # fmt: skip
    assert twice <= most
    assert data_bytes(place(run)) == data_bytes(whole)
    _assert_is_read_by_every_command(evolflow, env, run)
    assert pd.read_parquet(f"{run}/dataset").equals(pd.read_parquet(whole / "dataset"))


def _assert_is_read_by_every_command(evolflow: Evolflow, env: dict[str, str], run: str) -> None:
    row_id = pd.read_parquet(f"{run}/dataset")["id"].iloc[-1]
    for command, said in (
        (["status", run], "in all: "),
        (["verify", run], "sound       calls"),
        (["show", run, row_id], row_id),
        (["report", run], f"{run}/report/index.html"),
    ):
        done = evolflow(*command, **env)
        assert done.returncode == 0 and said in done.stdout, done.stdout + done.stderr
    assert "</html>" in place(f"{run}/report/index.html").read_text()


@pytest.mark.timeout(600)
def test_a_dask_worker_killed_half_way_loses_no_more_than_the_last_unflushed_second(
    evolflow: Evolflow, environment: Mapping[str, str], objects: ObjectStore, bucket: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Two workers in processes of their own meet on the object store alone."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    run, whole = f"{bucket}/run", tmp_path / "whole"
    env = {**environment, **objects.environment}
    with serving(every_rule) as server:
        done = evolflow(*run_flags(server, seeds, whole, **MORE))
        assert done.returncode == 0, done.stderr
        clean = server.answered
    with (
        serving(every_rule, latency_s=0.3) as server,
        dask_cluster(env, tmp_path / "dask", workers=2, threads=4) as cluster,
    ):
        more = {**MORE, "task_runner": "dask", "engines": 2, "cluster": cluster.address}
        process = start_run(env, *run_flags(server, seeds, run, **more))
        wait_for(lambda: server.answered.total() >= clean.total() // 2, 240, process=process)
        cluster.kill_worker(0)
        most = CONCURRENCY + unflushed(server, time.monotonic())
        _, errors = process.communicate(timeout=400)
        assert process.returncode == 0, errors
        twice = bought_twice(server, clean)
    print(f"a worker killed: {twice} answers bought twice of {clean.total()}; {most} allowed")
    assert twice <= most
    assert data_bytes(place(run)) == data_bytes(whole)
    assert evolflow("verify", run, **objects.environment).returncode == 0


@pytest.mark.timeout(600)
def test_a_store_that_goes_away_stops_the_run_with_one_line_and_the_next_start_goes_on(
    evolflow: Evolflow, environment: Mapping[str, str], objects: ObjectStore, bucket: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    is_down = [False]

    def fault(_: int) -> Fault:
        return Fault("reset") if is_down[0] else Fault()

    with serving(every_rule, latency_s=0.2) as server, proxying(objects.address, fault) as proxy:
        env = {**objects.environment, "AWS_ENDPOINT_URL": proxy.address}
        flags = run_flags(server, seeds, f"{bucket}/run", **MORE)
        process = start_run({**environment, **env}, *flags)
        wait_for(lambda: server.answered.total() >= ROWS, process=process)
        is_down[0] = True
        _, errors = process.communicate(timeout=240)
        bought = server.answered.total()
        assert process.returncode == 1, errors
        assert errors.splitlines()[-1].startswith("evolflow: "), errors
        assert "run the same command again" in errors.splitlines()[-1], errors
        is_down[0] = False
        done = evolflow(*flags, **env)
        assert done.returncode == 0, done.stderr
        print(f"{bought} answers when the store was given up; in all {server.answered.total()}")
        assert evolflow("verify", f"{bucket}/run", **env).returncode == 0


def test_a_second_runner_is_refused_while_the_first_works(
    evolflow: Evolflow, environment: Mapping[str, str], objects: ObjectStore, bucket: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Two new processes, and a store on loopback that is asked for every file: that takes its time."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(12))
    env = objects.environment
    with serving(every_rule, latency_s=0.5) as server:
        flags = run_flags(server, seeds, f"{bucket}/run", shard_rows=4, concurrency=2)
        first = start_run({**environment, **env}, *flags)
        wait_for(lambda: server.answered.total() >= 2, process=first)
        second = evolflow(*flags, **env)
        assert second.returncode == 2 and f"in use by pid {first.pid} on" in second.stderr
        _, errors = first.communicate(timeout=120)
        assert first.returncode == 0, errors


def test_what_cannot_be_written_or_is_no_run_is_one_line(
    evolflow: Evolflow, objects: ObjectStore, bucket: str, tmp_path: Path
) -> None:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(3))
    place(f"{bucket}/mine/thesis.txt").write_text("not a run")
    bad = {
        "s3://no-such-bucket-here/run": "s3://no-such-bucket-here/run cannot be written (",
        f"{bucket}/mine": f"out: {bucket}/mine is not empty and no run folder",
        "ftp://host/run": "ftp:// is no known store",
    }
    with serving(every_rule) as server:
        for out, said in bad.items():
            done = evolflow(*run_flags(server, seeds, out), **objects.environment)
            assert done.returncode == 2 and said in done.stderr, done.stderr
            assert len(done.stderr.splitlines()) == 1
        assert server.requests == 0
    done = evolflow("status", f"{bucket}/none", **objects.environment)
    assert done.returncode == 2 and f"is {bucket}/none a run folder?" in done.stderr
