"""Signals, servers and the graph in Prefect: what a run does to the processes around it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import ROOT, Evolflow, own_seeds, write_seeds
from tests.servers.model_server import plain, serving


def start_run(environment: dict[str, str], *flags: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "run", *map(str, flags)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Any, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_what_is_in_flight_and_the_same_command_goes_on(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path, number: int, code: int
) -> None:
    """Calls in flight are paid for: they are waited for and never bought again."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(20))
    with serving(plain, latency_s=0.3) as server:
        flags = ["--seeds", seeds, "--out", tmp_path / "run", "--model", "openai/stand-in",
                 "--api-base", server.address, "--epochs", 2, "--concurrency", 5]  # fmt: skip
        process = start_run(environment, *flags)
        wait_for(lambda: server.answered.total() >= 12)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == code, errors
        assert "run the same command again" in errors
        assert "Traceback" not in errors
        done = evolflow("run", *flags)
        assert done.returncode == 0, done.stderr
        assert max(server.answered.values()) == 1


@pytest.mark.slow
def test_a_second_runner_on_the_same_folder_is_refused(
    evolflow: Evolflow, environment: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    with serving(plain, latency_s=3) as server:
        flags = ["--seeds", three_seeds, "--out", tmp_path / "run", "--model", "openai/stand-in",
                 "--api-base", server.address, "--epochs", 2]  # fmt: skip
        first = start_run(environment, *flags)
        wait_for(lambda: server.requests > 0)
        second = evolflow("run", *flags)
        assert second.returncode == 2
        assert "is in use by pid" in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1
        first.kill()
        first.communicate()
        server.latency_s = 0
        # The killed runner's lock fell with it.
        assert evolflow("run", *flags).returncode == 0


@pytest.mark.slow
def test_the_embedded_server_ends_with_a_killed_run(
    environment: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    """A server left behind by every kill would hold memory and the database for days."""
    with serving(plain, latency_s=30) as server:
        process = start_run(
            environment, "--seeds", three_seeds, "--out", tmp_path / "run",
            "--model", "openai/stand-in", "--api-base", server.address,
        )  # fmt: skip
        wait_for(lambda: server.requests > 0)
        children = psutil.Process(process.pid).children()
        assert children
        process.kill()
        process.communicate()
        _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []


@pytest.fixture
def users_server(environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """A Prefect server that the user started; yields its API address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**environment, "PREFECT_HOME": str(tmp_path / "prefect"), "DO_NOT_TRACK": "1",
           "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}  # fmt: skip
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}/api"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


@pytest.mark.slow
def test_a_users_own_server_shows_the_graph_by_stage_and_shard(
    evolflow: Evolflow, users_server: str, tmp_path: Path
) -> None:
    """Names in the Prefect UI must say which stage and which shard; and no key may be in there."""
    import httpx

    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(6))
    done = evolflow(
        "run", "--seeds", seeds, "--out", tmp_path / "run", "--model", "offline/rewriter",
        "--epochs", 2, "--shard-rows", 3, PREFECT_API_URL=users_server,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    def names(kind: str) -> list[str]:
        found = httpx.post(f"{users_server}/{kind}/filter", json={"limit": 200}, timeout=30).json()
        return [run["name"] for run in found]

    assert {"epoch-0", "epoch-1", "epoch-2"} <= set(names("flow_runs"))
    wanted = {f"{stage}-{shard:03d}" for stage in ("evolve", "screen", "respond", "eliminate")
              for shard in (0, 1)}  # fmt: skip
    wait_for(lambda: wanted <= set(names("task_runs")))
    database = (tmp_path / "prefect" / "prefect.db").read_bytes()
    assert b"CANARY" not in database
