"""`evolflow serve`: how it is refused, how it ends, and what becomes of runs that were killed."""

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import wait_for
from tests.servers import postgres
from tests.servers.loopback import free_port
from tests.servers.model_server import ModelServer, plain, serving
from tests.servers.served import Served, of_data, served

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with serving(plain, latency_s=1.0) as one:
        yield one


def slow_form(model: ModelServer, folder: Path, *, count: int = 24) -> dict[str, Any]:
    """Return the form of a run that takes a while: 24 seeds, 2 epochs, 4 calls in flight."""
    seeds = write_seeds(folder / "seeds.json", own_seeds(count))
    return {
        "data": {"seeds": str(seeds), "out": "runs/slow"},
        "models": {"model": "openai/stand-in", "api_base": model.address},
        "method": {"epochs": 2},
        "limits": {"concurrency": 4, "drain_s": 10},
    }


def test_a_port_in_use_is_one_line(evolflow: Evolflow, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = evolflow("serve", "--port", port, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert str(port) in done.stderr
    assert of_data(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_one_line(evolflow: Evolflow, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = evolflow("serve", "--port", free_port(), "--data", tmp_path / "file" / "data")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "--data" in done.stderr


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("postgresql+asyncpg://me:PG-CANARY@127.0.0.1:{port}/prefect", "127.0.0.1:{port}"),
        ("mysql://me:PG-CANARY@127.0.0.1:{port}/prefect", "mysql://"),
        ("postgresql+asyncpg://me:PG-CANARY@127.0.0.1:99999/prefect", "DATABASE_CONNECTION_URL"),
    ],
    ids=["nobody there", "another kind", "no port"],
)
def test_a_database_that_does_not_answer_is_one_line_without_its_password(
    evolflow: Evolflow, tmp_path: Path, address: str, named: str
) -> None:
    port = free_port()
    done = evolflow(
        "serve", "--port", free_port(), "--data", tmp_path / "data",
        PREFECT_SERVER_DATABASE_CONNECTION_URL=address.format(port=port),
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert named.format(port=port) in done.stderr
    assert "PG-CANARY" not in done.stderr + done.stdout


def test_ctrl_c_ends_everything_and_the_run_in_hand_saves_what_is_in_flight(
    environment: dict[str, str], tmp_path: Path, model: ModelServer
) -> None:
    """A control room starts, works and ends for this test alone, which takes its time."""
    data = tmp_path / "data"
    with served(environment, data) as room:
        run = room.start("smoke", slow_form(model, tmp_path))
        wait_for(lambda: model.answered.total() > 8, 120, process=room.process)
        family = room.family()
        room.process.send_signal(signal.SIGINT)
        assert room.process.wait(timeout=90) == 0
        assert psutil.wait_procs(family, timeout=30)[1] == []
    assert of_data(data) == []
    assert json.loads((data / "runs" / "slow" / "run.json").read_text())["state"] != "running"
    answered = model.answered.copy()
    model.latency_s = 0.05
    with served(environment, data) as room:
        if room.state(run) in ("Crashed", "Failed"):
            retry(room, run)
        room.wait(run, "Completed")
    assert max(model.answered.values()) == 1, "nothing that was drained is bought twice"
    assert model.answered.total() > answered.total()


def test_killed_it_leaves_no_process(
    environment: dict[str, str], tmp_path: Path, model: ModelServer
) -> None:
    """A control room starts and dies for this test alone, which takes its time."""
    data = tmp_path / "data"
    with served(environment, data) as room:
        room.start("smoke", slow_form(model, tmp_path))
        wait_for(lambda: model.answered.total() > 4, 120, process=room.process)
        room.process.kill()
        room.process.wait()
        wait_for(lambda: not of_data(data), 120)


def test_a_run_whose_worker_and_process_were_killed_shows_as_crashed_and_retry_finishes_it(
    environment: dict[str, str], tmp_path: Path, model: ModelServer
) -> None:
    data = tmp_path / "data"
    with served(environment, data) as room:
        run = room.start("smoke", slow_form(model, tmp_path))
        wait_for(lambda: model.answered.total() > 12, 120, process=room.process)
        room.until(lambda: heartbeats(room) > 0, 60)
        in_flight = 4
        # Worker first: it would tell what became of its run.
        for part in ("prefect_worker", "prefect.engine", "_workspace_supervisor"):
            for one in [p for p in of_data(data) if any(part in w for w in p.cmdline())]:
                one.kill()
        assert room.wait(run, "Crashed", seconds=200)["state"]["name"] == "Crashed"
        assert "heartbeat" in room.run(run)["state"]["message"]
        room.until(lambda: "Running" not in states_of_epochs(room), 120)
        model.latency_s = 0.05
        retry(room, run)
        assert room.wait(run, "Completed")["run_count"] == 2
        assert "Running" not in states_of_epochs(room)
    assert sum(count - 1 for count in model.answered.values()) <= in_flight


def retry(room: Served, run: str) -> None:
    """Press Retry, as the UI does."""
    state = {"type": "SCHEDULED", "name": "AwaitingRetry"}
    room.post(f"flow_runs/{run}/set_state", {"state": state, "force": False})


def heartbeats(room: Served) -> int:
    events = {"filter": {"event": {"name": ["prefect.flow-run.heartbeat"]}}}
    return int(room.post("events/filter", events)["total"])


def states_of_epochs(room: Served) -> list[str]:
    runs = room.post("flow_runs/filter", {"flows": {"name": {"any_": ["epoch"]}}})
    return [str(run["state"]["name"]) for run in runs]


def test_it_works_on_postgresql(environment: dict[str, str], tmp_path: Path) -> None:
    """A control room starts on a real PostgreSQL, whose tables are made: that takes its time."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL's initdb is not installed here")
    data = tmp_path / "data"
    with postgres.postgres() as address:
        here = {**environment, "PREFECT_SERVER_DATABASE_CONNECTION_URL": address}
        with served(here, data) as room:
            assert not list(data.rglob("*.db")), "nothing goes to SQLite"
            form = {
                "data": {"seeds": "seeds/own-seeds.jsonl", "out": "runs/pg", "limit": 3},
                "models": {"model": "offline/rewriter"},
                "method": {"epochs": 2},
            }
            assert room.wait(room.start("smoke", form))["state"]["name"] == "Completed"
            assert postgres.PASSWORD not in "\n".join(room.said + room.told)
            assert all(
                postgres.PASSWORD not in str(one.environ())
                for one in room.family()
                if "tasks.doors.prefect.prefect_worker" in one.cmdline()
            )
    assert (data / "runs" / "pg" / "dataset").is_dir()


def test_a_schedule_that_was_switched_on_stays_on_when_it_is_started_again(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """A control room starts twice, which takes its time."""
    data = tmp_path / "data"
    with served(environment, data) as room:
        nightly = room.deployment("nightly")
        path = f"deployments/{nightly['id']}/schedules/{nightly['schedules'][0]['id']}"
        assert room.ask("PATCH", path, {"active": True}).is_success
    with served(environment, data) as room:
        (schedule,) = room.deployment("nightly")["schedules"]
        assert schedule["active"] is True
        automations = room.post("automations/filter")
        assert [one["name"] for one in automations] == ["crash-silent-runs"]
