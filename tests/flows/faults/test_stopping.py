"""Ctrl-C and SIGTERM: what is in flight is saved, what waits is dropped, and it never takes long."""

import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import end, run_flags, start_run, state_of, wait_for
from tests.servers.model_server import ModelServer, Reply, Script, plain, serving
from tests.servers.warm import ANEW

ROWS = 20
CONCURRENCY = 5
GO_ON = "run the same command again"


class Stage:
    """A script that answers well, and from some answer on does as told."""

    def __init__(self, after: int, then: Script) -> None:
        self.after, self.then = after, then
        self.server: ModelServer | None = None

    def __call__(self, prompt: str, before: int) -> Reply:
        assert self.server is not None
        is_over = self.server.answered.total() >= self.after
        return self.then(prompt, before) if is_over else plain(prompt, before)


def hang(_prompt: str, _before: int) -> Reply:
    return Reply(breaks="silent")


def refuse(_prompt: str, _before: int) -> Reply:
    return Reply(status=429, error="Slow down.")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_what_is_in_flight_and_the_same_command_goes_on(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path, number: int, code: int
) -> None:
    """Calls in flight are paid for: they are waited for and never bought again."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    with serving(plain, latency_s=0.5) as server:
        flags = run_flags(server, seeds, tmp_path / "run", concurrency=CONCURRENCY)
        process = start_run(environment, *flags)
        wait_for(lambda: server.answered.total() >= 12, process=process)
        asked = server.requests
        errors, took_s = end(process, number)
        assert process.returncode == code, errors
        assert GO_ON in errors
        assert "Traceback" not in errors
        assert server.requests <= asked + CONCURRENCY
        assert server.answered.total() == server.requests
        assert took_s < 10
        assert state_of(tmp_path / "run") == "stopped: Interrupted"
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert max(server.answered.values()) == 1


@pytest.mark.slow
def test_calls_longer_than_the_deadline_are_dropped_when_it_is_over(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    """A silent endpoint must not hold a stop up for longer than the user allows."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    script = Stage(12, hang)
    with serving(script) as server:
        script.server = server
        flags = run_flags(
            server, seeds, tmp_path / "run", concurrency=CONCURRENCY, drain_s=2, timeout_s=300
        )
        process = start_run(environment, *flags)
        wait_for(lambda: server.in_flight == CONCURRENCY, process=process)
        errors, took_s = end(process, signal.SIGTERM)
        print(f"a drain of 2 s took {took_s:.1f} s")
        assert process.returncode == 143, errors
        assert GO_ON in errors
        assert "Traceback" not in errors
        assert 2 <= took_s < 10
        script.after = 10**9
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert max(server.answered.values()) == 1
        assert server.requests == server.answered.total() + CONCURRENCY


@pytest.mark.slow
def test_a_second_signal_ends_it_at_once_and_loses_nothing_that_was_answered(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    script = Stage(12, hang)
    with serving(script) as server:
        script.server = server
        flags = run_flags(
            server, seeds, tmp_path / "run", concurrency=CONCURRENCY, drain_s=300, timeout_s=300
        )
        process = start_run(environment, *flags)
        wait_for(lambda: server.in_flight == CONCURRENCY, process=process)
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert process.poll() is None, "the first signal should wait for calls in flight"
        errors, took_s = end(process, signal.SIGINT)
        print(f"the second signal took {took_s:.1f} s")
        assert process.returncode == 130, errors
        assert took_s < 3
        assert "Traceback" not in errors
        script.after = 10**9
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert max(server.answered.values()) == 1


def wait_until(moment: str, process: "subprocess.Popen[str]", run: Path) -> None:
    """Return at a moment of start-up: while Python imports, while Prefect's server boots, and after."""
    if moment == "importing":
        time.sleep(1)
    elif moment == "opening":
        wait_for(lambda: run.exists(), process=process)
    else:
        wait_for(lambda: bool(psutil.Process(process.pid).children()), process=process)
        time.sleep({"booting": 0.2, "booted": 2.5}[moment])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("importing", signal.SIGINT),
        ("booting", signal.SIGINT),
        ("booting", signal.SIGTERM),
        ("booted", signal.SIGINT),
        ("opening", signal.SIGTERM),
    ],
)
def test_a_signal_during_start_up_ends_it_in_seconds(
    embedded: dict[str, str], tmp_path: Path, moment: str, number: int
) -> None:
    """Imports and the Prefect server take seconds, and a mistyped command is stopped just then."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    with serving(hang) as server:
        process = start_run(
            {**embedded, **ANEW}, *run_flags(server, seeds, tmp_path / "run", drain_s=0)
        )
        wait_until(moment, process, tmp_path / "run")
        errors, took_s = end(process, number)
    print(f"signal {number} while {moment} took {took_s:.1f} s")
    # Before Python has read the program, the signal itself ends it: a shell says the same.
    assert process.returncode in (128 + number, -number), errors
    assert "Traceback" not in errors
    assert took_s < 8


@pytest.mark.slow
def test_a_signal_during_a_storms_pause_ends_it_in_seconds(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    """Nothing is in flight then, so there is nothing to wait for."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    script = Stage(12, refuse)
    with serving(script) as server:
        script.server = server
        flags = run_flags(server, seeds, tmp_path / "run", concurrency=12)
        process = start_run(environment, *flags)
        wait_for(lambda: bool(refused(server)), process=process)
        time.sleep(4)
        errors, took_s = end(process, signal.SIGINT)
        print(f"a signal in a storm took {took_s:.1f} s")
        assert process.returncode == 130, errors
        assert GO_ON in errors
        assert took_s < 8
        script.after = 10**9
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert max(server.answered.values()) == 1


def refused(server: ModelServer) -> list[str]:
    return [arrival.prompt for arrival in server.arrivals if arrival.status == 429]
