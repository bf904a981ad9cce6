"""What the server is asked for, how often, and what becomes of a run where it says no."""

import logging
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.exceptions import ObjectNotFound

from tasks.doors.prefect import artifacts
from tests.conftest import ROOT
from tests.flows.runs import wait_for
from tests.servers.prefect_server import UsersPrefect, users_prefect


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        ObjectNotFound(ValueError("gone")),
        httpx.ConnectError("no 'http://me:hush@127.0.0.1:9/api/artifacts/' there"),
        httpx.RemoteProtocolError("two\nlines \x1b[2J" + " and more" * 500),
    ],
)
def test_what_the_server_does_not_take_is_told_in_one_line(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), artifacts.optional("the bill"):
        raise fault
    (line,) = caplog.messages
    assert line.startswith(f"Prefect's UI will not show the bill ({type(fault).__name__}: ")
    assert line.isprintable()
    assert "hush" not in line
    assert len(line) < 300


def test_a_mistake_of_our_own_is_not_taken_for_the_servers() -> None:
    with pytest.raises(KeyError), artifacts.optional("the bill"):
        raise KeyError("stage")


def test_tags_outside_of_a_flow_run_are_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="inside"):
        artifacts.tag(["evolflow"])


@pytest.fixture(scope="module")
def prefect(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UsersPrefect]:
    with users_prefect(environment, tmp_path_factory.mktemp("prefect") / "home") as server:
        yield server


def ask(prefect: UsersPrefect, what: str, **body: Any) -> Any:
    return httpx.post(f"{prefect.address}/{what}/filter", json=body, timeout=30).json()


def carry_out(script: str, environment: dict[str, str], prefect: UsersPrefect) -> None:
    """Run a script in a process of its own, to its end."""
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, check=True, timeout=120,
        env={**environment, "PREFECT_API_URL": prefect.address},
    )  # fmt: skip


@pytest.mark.slow
def test_events_are_sent_before_the_process_ends_and_those_told_again_count_once(
    prefect: UsersPrefect, environment: dict[str, str]
) -> None:
    """A worker's process ends right after its flow; and a run that goes on tells the same again."""
    script = """
        from tasks.doors.prefect import artifacts

        for kept in (1, 2):
            artifacts.tell("evolflow.test.once", run="a", facts={"kept": kept}, once=f"a/{kept}")
        artifacts.tell("evolflow.test.each", run="a", facts={})
    """

    def told(event: str) -> list[dict[str, Any]]:
        named = {"event": {"name": [event]}, "order": "ASC"}
        return list(ask(prefect, "events", limit=50, filter=named)["events"])

    for times in (1, 2):
        carry_out(script, environment, prefect)
        wait_for(lambda times=times: len(told("evolflow.test.each")) == times)
        assert [one["payload"] for one in told("evolflow.test.once")] == [{"kept": 1}, {"kept": 2}]
    assert told("evolflow.test.each")[0]["resource"] == {
        "prefect.resource.id": "evolflow.run.a", "prefect.resource.name": "a",
    }  # fmt: skip


@pytest.mark.slow
def test_a_bar_that_is_told_256_times_moves_every_two_seconds_and_at_its_end(
    prefect: UsersPrefect, environment: dict[str, str]
) -> None:
    """Each move is a request, and an event that the server has to digest."""
    script = """
        from prefect import flow
        from tasks.doors.prefect.artifacts import Gauge

        @flow
        def shards():
            now = 0.0
            whole = Gauge("whole", 256, "all of them", clock=lambda: now)
            for done in range(257):
                now = done / 50
                whole.show(done)
            whole.settle(256)
            part = Gauge("part", 256, "stopped", clock=lambda: now)
            part.show(3)
            part.settle(64)

        shards()
    """
    carry_out(script, environment, prefect)
    bars = {one["key"]: one for one in ask(prefect, "artifacts")}
    assert {key: bar["data"] for key, bar in bars.items()} == {"whole": 100, "part": 25}

    def moves() -> dict[str, list[float]]:
        updated = {"event": {"name": ["prefect.artifact.updated"]}, "order": "ASC"}
        told = ask(prefect, "events", limit=50, filter=updated)["events"]
        return {
            key: [
                float(one["payload"]["data"])
                for one in told
                if one["resource"]["prefect.resource.id"] == f"prefect.artifact.{bar['id']}"
            ]
            for key, bar in bars.items()
        }

    # At 2, 4 and a little over 5 seconds.
    steps = [100 * done / 256 for done in (100, 200, 256)]
    wait_for(lambda: moves() == {"whole": steps, "part": [25.0]})


@pytest.mark.slow
def test_a_bar_that_the_server_does_not_take_is_told_of_once(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """A server that is gone would else be asked, and waited for, at every shard."""
    script = """
        from tasks.doors.prefect.artifacts import Gauge

        now = 0.0
        gauge = Gauge("whole", 4, "all of them", clock=lambda: now)
        for done in range(5):
            now += 10
            gauge.show(done)
        gauge.settle(4)
    """
    env = {**environment, "PREFECT_API_URL": "http://127.0.0.1:9/api", "PYTHONWARNINGS": "ignore",
           "PREFECT_CLIENT_MAX_RETRIES": "1", "PREFECT_HOME": str(tmp_path)}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, env=env, check=True,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stderr.count("Prefect's UI will not show whole (ConnectError") == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
