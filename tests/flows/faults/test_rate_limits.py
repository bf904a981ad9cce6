"""Rate limits: all rows arrive, nobody is asked before the time, and the endpoint is not pestered."""

import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import assert_rows_conserved, data_bytes, run_flags
from tests.servers.limits import Bucket, Limit, Window
from tests.servers.model_server import ModelServer, Reply, digest, every_rule, plain, serving

RETRY_AFTER_S = 2
RPM = 1200
BURST = 40


def lot(prompt: str, before: int) -> int:
    """Return 0 to 99 for a prompt and how often it was asked: the same in every run."""
    return int(digest(f"{before}/{prompt}"), 16) % 100


def unreliable(prompt: str, before: int) -> Reply:
    """Fail one request in ten: 5 % are refused, half of them with a time to wait, 5 % break."""
    drawn = lot(prompt, before)
    if drawn < 5:
        wait = {"Retry-After": str(RETRY_AFTER_S)} if drawn < 3 else {}
        return Reply(status=429, error="Slow down.", headers=wait)
    if drawn < 10:
        return Reply(status=500, error="Something broke.")
    return every_rule(prompt, before)


@pytest.mark.slow
def test_one_failure_in_ten_loses_no_row_and_changes_none(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """And a row that was told when to come back does not come before."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(60))
    runs = {"clean": every_rule, "unreliable": unreliable}
    for name, script in runs.items():
        with serving(script, latency_s=0.05) as server:
            done = evolflow(*run_flags(server, seeds, tmp_path / name, concurrency=16))
            assert done.returncode == 0, done.stderr
            assert server.most_in_flight <= 16
    failed = [arrival for arrival in server.arrivals if arrival.status in (429, 500)]
    # 400s are every_rule's own: rows that the provider will not have.
    assert 0.05 < len(failed) / server.requests < 0.2
    assert data_bytes(tmp_path / "unreliable") == data_bytes(tmp_path / "clean")
    assert_rows_conserved(tmp_path / "unreliable", 60, 2)
    assert pd.read_parquet(tmp_path / "unreliable" / "calls")["attempts"].sum() == server.requests
    told = waits(server)
    assert len(told) >= 3
    assert min(told) >= RETRY_AFTER_S


def waits(server: ModelServer) -> list[float]:
    """Return the seconds between each refusal with Retry-After and the row's next request."""
    found = []
    for prompt in server.asked:
        # Rows of two epochs may share a prompt; each asks on its own.
        came = server.of(prompt)
        for number, arrival in enumerate(came[:-1]):
            if arrival.status == 429 and lot(prompt, number) < 3:
                found.append(came[number + 1].at_s - (arrival.done_s or 0.0))
    return found


def limited(evolflow: Evolflow, folder: Path, limit: Limit, **more: Any) -> ModelServer:
    """Run 240 calls against a limit, and say how that went."""
    seeds = write_seeds(folder / "seeds.json", [{"instruction": f"Say {n}.", "output": "It is said."}
                                                for n in range(40)])  # fmt: skip
    with serving(plain, latency_s=0.1, limit=limit) as server:
        done = evolflow(*run_flags(server, seeds, folder / "run", concurrency=32, **more))
        assert done.returncode == 0, done.stderr
    assert server.answered.total() == 240
    assert max(server.answered.values()) == 1
    assert server.most_in_flight <= 32
    dataset = pd.read_parquet(folder / "run" / "dataset")
    assert len(dataset) == 120
    share = server.refused / server.requests
    span_s = server.arrivals[-1].at_s - server.arrivals[0].at_s
    print(f"{server.refused} of {server.requests} requests refused ({share:.1%}); "
          f"240 answers in {span_s:.1f} s, {240 / span_s * 60 / RPM:.0%} of the limit")  # fmt: skip
    return server


@pytest.mark.slow
@pytest.mark.parametrize("how", ["by flag", "by header"])
def test_a_known_limit_is_kept(evolflow: Evolflow, tmp_path: Path, how: str) -> None:
    """Refused requests count against the limit at some providers: fewer than 2 % may be sent."""
    is_told = how == "by header"
    limit = Bucket(rpm=RPM, burst=BURST, telling="openai" if is_told else "nothing")
    more = {} if is_told else {"rpm": RPM}
    server = limited(evolflow, tmp_path, limit, **more)
    assert server.refused < 0.02 * server.requests


@pytest.mark.slow
def test_a_window_told_by_headers_is_kept(evolflow: Evolflow, tmp_path: Path) -> None:
    """Windows of several seconds are waited for, as a provider's minute would be."""
    limit = Window(rpm=RPM, window_s=3.0, telling="openai")
    server = limited(evolflow, tmp_path, limit)
    assert server.refused < 0.02 * server.requests


@pytest.mark.slow
@pytest.mark.parametrize("telling", ["retry-after", "nothing"])
def test_an_unknown_limit_is_found_and_all_rows_arrive(
    evolflow: Evolflow, tmp_path: Path, telling: Any
) -> None:
    """Nobody said what the limit is: it is learnt from refusals, which must stay few."""
    server = limited(evolflow, tmp_path, Bucket(rpm=RPM, burst=BURST, telling=telling))
    assert server.refused < 0.25 * server.requests


@pytest.mark.slow
def test_a_storm_pauses_the_run_says_so_and_passes_by_itself(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """Sixty-four workers that hammer a provider in trouble get a key banned."""
    storm_s, concurrency = 8.0, 16
    began: list[float] = []

    def stormy(prompt: str, before: int) -> Reply:
        if server.answered.total() < 30:
            return plain(prompt, before)
        began.append(time.monotonic())
        is_over = began[-1] - began[0] > storm_s
        return plain(prompt, before) if is_over else Reply(status=429, error="Everybody wait.")

    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(30))
    with serving(stormy, latency_s=0.05) as server:
        done = evolflow(*run_flags(server, seeds, tmp_path / "run", concurrency=concurrency))
    assert done.returncode == 0, done.stderr
    assert max(server.answered.values()) == 1
    turned_away = sum(arrival.status == 429 for arrival in server.arrivals)
    print(f"a storm of {storm_s} s at concurrency {concurrency}: {turned_away} requests in it")
    assert turned_away <= 2 * concurrency + 10
    assert "Everybody wait." in done.stderr
    assert "answers again" in done.stderr
    assert not (pd.read_parquet(tmp_path / "run" / "eliminated")["reason"] == "unanswered").any()
    assert_rows_conserved(tmp_path / "run", 30, 2)
