"""Servers, locks and the graph in Prefect: what a run does to the processes around it."""

import signal
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import end, start_run, wait_for
from tests.flows.searched import places_of
from tests.servers.model_server import plain, serving
from tests.servers.prefect_server import brought_along, users_prefect
from tests.servers.warm import ANEW


@pytest.mark.slow
def test_a_second_runner_on_the_same_folder_is_refused(
    evolflow: Evolflow, environment: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    with serving(plain, latency_s=3) as server:
        flags = ["--seeds", three_seeds, "--out", tmp_path / "run", "--model", "openai/stand-in",
                 "--api-base", server.address, "--epochs", 2]  # fmt: skip
        first = start_run(environment, "run", *flags)
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
    embedded: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    """A server left behind by every kill would hold memory and the database for days."""
    with serving(plain, latency_s=30) as server:
        process = start_run(
            embedded, "run", "--seeds", three_seeds, "--out", tmp_path / "run",
            "--model", "openai/stand-in", "--api-base", server.address,
        )  # fmt: skip
        wait_for(lambda: server.requests > 0)
        children = psutil.Process(process.pid).children()
        assert children
        process.kill()
        process.communicate()
        _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []


@pytest.mark.slow
def test_a_users_own_server_shows_the_graph_by_stage_and_shard(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    """Names in the Prefect UI must say which stage and which shard; and no key may be in there."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(6))
    with users_prefect(environment, tmp_path / "prefect") as server:
        done = evolflow(
            "run", "--seeds", seeds, "--out", tmp_path / "run", "--model", "offline/rewriter",
            "--epochs", 2, "--shard-rows", 3, PREFECT_API_URL=server.address,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

        def names(kind: str) -> set[str]:
            address = f"{server.address}/{kind}/filter"
            found = httpx.post(address, json={"limit": 200}, timeout=30).json()
            return {run["name"] for run in found}

        assert {f"run / epoch {number}" for number in range(3)} <= names("flow_runs")
        stages = ("evolve", "screen", "respond", "eliminate")
        wanted = {f"{stage}-{shard:03d}" for stage in stages for shard in (0, 1)}
        wait_for(lambda: wanted <= names("task_runs"))
    assert places_of("CANARY", tmp_path / "prefect") == []


@pytest.mark.slow
def test_ctrl_c_while_the_server_boots_ends_at_once_and_leaves_no_server(
    embedded: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    flags = ["--seeds", three_seeds, "--out", tmp_path / "run", "--model", "offline/rewriter"]
    process = start_run({**embedded, **ANEW}, "run", *flags)
    wait_for(lambda: bool(brought_along(process.pid)), process=process)
    children = brought_along(process.pid)
    errors, took_s = end(process, signal.SIGINT)
    assert process.returncode == 130
    assert took_s < 10
    assert "stop" in errors
    assert "Traceback" not in errors
    _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []
