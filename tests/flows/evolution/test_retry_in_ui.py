"""A failed shard, in the control room: Retry goes on in the same flow run, with that shard alone."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Evolflow, own_seeds, write_seeds
from tests.flows.evolution.test_retry import ROWS, SHARDS, down_for_shard_3
from tests.flows.runs import run_flags, state_of, wait_for
from tests.servers.browser import chromium
from tests.servers.model_server import ModelServer, plain, serving
from tests.servers.pages import tab
from tests.servers.served import Served, served

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
AGAIN = {"respond-003", "eliminate-003"}
"""What is left of shard 3 when its responder was down."""


@pytest.fixture(scope="module")
def room(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(environment, tmp_path_factory.mktemp("data")) as one:
        yield one


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_seeds(tmp_path_factory.mktemp("seeds") / "seeds.json", own_seeds(ROWS))


def form(model: ModelServer, seeds: Path, out: str, **limits: Any) -> dict[str, Any]:
    return {
        "data": {"seeds": str(seeds), "out": out, "shard_rows": 3},
        "models": {"model": "openai/stand-in", "api_base": model.address},
        "method": {"epochs": 2},
        "limits": {"max_attempts": 2, **limits},
    }


def failed_run(room: Served, model: ModelServer, seeds: Path, out: str) -> str:
    """Make a run of eight shards of which one fails; returns the flow run's id."""
    run = room.start("smoke", form(model, seeds, out))
    ended = room.wait(run)
    assert ended["state"]["name"] == "Failed"
    said = ended["state"]["message"]
    assert "epoch 1: 1 shards failed (respond-003)" in said and "the model is down" in said
    model.script = plain
    return run


def shard_states(room: Served, run: str, epoch: int) -> dict[str, Counter[str]]:
    """Return how the stages of an epoch's shards ended, by task run name, over all tries of a run."""
    tops = room.post("task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
    parents = {"parent_task_run_id": {"any_": [task["id"] for task in tops]}}
    flow_runs = room.post("flow_runs/filter", {"flow_runs": parents})
    ids = [one["id"] for one in flow_runs if one["name"].endswith(f" / epoch {epoch}")]
    tasks = room.post("task_runs/filter", {"flow_runs": {"id": {"any_": ids}}, "limit": 200})
    found: dict[str, Counter[str]] = {}
    for task in tasks:
        if task["name"].rpartition("-")[0] in ("evolve", "screen", "respond", "eliminate"):
            found.setdefault(task["name"], Counter())[task["state"]["name"]] += 1
    return found


def assert_only_shard_3_was_done_again(room: Served, run: str) -> None:
    deadline = time.monotonic() + 60
    # The server records task runs some seconds after they ended.
    while True:
        states = shard_states(room, run, 1)
        if sum(count.total() for count in states.values()) >= 8 * SHARDS - 1:
            break
        assert time.monotonic() < deadline, states
        time.sleep(0.5)
    done_twice = {name for name, ends in states.items() if ends["Completed"] > 1}
    assert done_twice == set()
    for name in {f"{stage}-{n:03d}" for stage in ("evolve", "screen", "respond", "eliminate")
                 for n in range(SHARDS)} - AGAIN:  # fmt: skip
        assert states[name] == Counter(Completed=1, Cached=1), name
    assert states["respond-003"] == Counter(Failed=1, Completed=1)
    assert states["eliminate-003"]["Completed"] == 1


def assert_nothing_bought_twice(model: ModelServer) -> None:
    assert max(model.answered.values()) == 1


@pytest.mark.skipif(chromium() is None, reason="no Chromium is installed")
def test_retry_in_the_ui_does_the_failed_shard_again_and_nothing_else(
    room: Served, seeds: Path
) -> None:
    """Runs of a control room are new processes, and a real browser clicks: that takes its time."""
    with serving(down_for_shard_3) as model:
        run = failed_run(room, model, seeds, "runs/in-ui-{date}-{time}")
        with tab(room.address) as page:
            page.go(f"runs/flow-run/{run}", "Failed")
            page.page.get_by_role("button", name="Retry").first.click()
            page.page.get_by_role("dialog").get_by_role("button", name="Retry").click()
            room.wait(run, "Completed", "Failed", "Crashed")
        ended = room.wait(run, "Completed")
        assert ended["run_count"] == 2
        # The retry comes later, but the folder is that of the scheduled start.
        assert len(list((room.data / "runs").glob("in-ui-*"))) == 1
        assert_nothing_bought_twice(model)
    assert_only_shard_3_was_done_again(room, run)


def test_retry_by_prefects_command_does_the_same(
    room: Served, seeds: Path, environment: dict[str, str]
) -> None:
    """Prefect's own command and a run are new processes, which takes its time."""
    with serving(down_for_shard_3) as model:
        run = failed_run(room, model, seeds, "runs/by-command")
        here = {**environment, "PREFECT_API_URL": f"{room.address}/api"}
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "flow-run", "retry", run],
            cwd=ROOT, env=here, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert room.wait(run, "Completed", "Failed")["run_count"] == 2
        assert room.state(run) == "Completed"
        assert_nothing_bought_twice(model)
    assert_only_shard_3_was_done_again(room, run)


def test_a_failed_run_of_the_control_room_can_be_finished_from_a_shell(
    room: Served, seeds: Path, evolflow: Evolflow
) -> None:
    """A run of the control room is a new process, which takes its time."""
    with serving(down_for_shard_3) as model:
        failed_run(room, model, seeds, "runs/from-shell")
        flags = run_flags(
            model, seeds, room.data / "runs" / "from-shell", shard_rows=3, max_attempts=2
        )
        done = evolflow(*flags, PREFECT_API_URL=f"{room.address}/api")
        assert done.returncode == 0, done.stderr
        assert_nothing_bought_twice(model)


def test_cancel_stops_within_the_drain_deadline_and_a_retry_goes_on(
    room: Served, seeds: Path
) -> None:
    """Not when the longest shard ends: that would take half a minute here."""
    with serving(plain, latency_s=1.0) as model:
        run = room.start("smoke", form(model, seeds, "runs/cancelled", concurrency=2, drain_s=5))
        room.wait(run, "Running")
        deadline = time.monotonic() + 90
        while model.answered.total() < 6:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        began = time.monotonic()
        room.post(f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
        wait_for(lambda: state_of(room.data / "runs" / "cancelled") == "stopped: Interrupted")
        stopped_s = time.monotonic() - began
        room.wait(run, "Cancelled")
        print(f"stopped after {stopped_s:.1f} s, told after {time.monotonic() - began:.1f} s")
        # Some seconds pass until the worker hears of it; half a minute of work was left.
        assert stopped_s < 5 + 10
        sent = model.requests
        time.sleep(2)
        assert model.requests == sent
        model.latency_s = 0.0
        state = {"type": "SCHEDULED", "name": "AwaitingRetry"}
        room.post(f"flow_runs/{run}/set_state", {"state": state})
        assert room.wait(run, "Completed", "Failed")["state"]["name"] == "Completed"
        assert_nothing_bought_twice(model)
