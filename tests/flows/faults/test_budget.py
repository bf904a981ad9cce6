"""The budget is a hard cap: what the provider charges never passes it, whatever happens."""

import json
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import (
    assert_rows_conserved,
    kill,
    run_flags,
    start_run,
    wait_for,
)
from tests.servers.model_server import ModelServer, Reply, digest, plain, serving

ROWS = 60
USD_PER_MILLION = 10
MAX_TOKENS = 64
MOST_A_CALL_USD = 0.03
"""More than any call here can cost: a stop comes when less than that is left of the budget."""
CONCURRENCY = 4


def costly(prompt: str, before: int) -> Reply:
    """Charge for every answer, and answer one prompt in five with nothing at first."""
    if before == 0 and int(digest(prompt), 16) % 5 == 0:
        return Reply("", completion_tokens=MAX_TOKENS)
    return plain(prompt, before)


def bill_usd(server: ModelServer) -> float:
    """Return what the provider charges: US dollars."""
    return (server.prompt_tokens + server.completion_tokens) * USD_PER_MILLION / 1e6


def priced(path: Path) -> Path:
    """Write the settings that do not change: TOML with one price for prompt and answer."""
    path.write_text(
        f"max_tokens = {MAX_TOKENS}\njudge_max_tokens = {MAX_TOKENS}\n"
        f'[prices."openai/stand-in"]\ninput = {USD_PER_MILLION}\noutput = {USD_PER_MILLION}\n'
    )
    return path


def said_usd(evolflow: Evolflow, run: Path) -> float:
    """Return what the run itself says that it spent; US dollars."""
    totals = json.loads(evolflow("status", run, "--json").stdout)["totals"]
    return float(totals["cost_usd"])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_bill_never_passes_the_cap_over_stops_kills_and_paid_retries(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    """What is spent persists; calls in flight at a kill count at the most that they can cost."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    run = tmp_path / "run"
    config = priced(tmp_path / "run.toml")
    with serving(costly, latency_s=0.1) as server:
        flags = run_flags(server, seeds, run, concurrency=CONCURRENCY)
        flags.insert(1, config)
        for cap_usd, kills in ((0.2, 0), (0.5, 2), (0.65, 0)):
            for _ in range(kills):
                process = start_run(environment, *flags, "--budget-usd", cap_usd)
                wait_for(lambda: server.in_flight == CONCURRENCY, process=process)
                kill(process)
                assert bill_usd(server) <= cap_usd
            stopped = evolflow(*flags, "--budget-usd", cap_usd)
            said = said_usd(evolflow, run)
            print(f"cap {cap_usd}: charged {bill_usd(server):.4f}, said {said:.4f}")
            assert stopped.returncode == 3, stopped.stderr
            assert "raise --budget-usd" in stopped.stderr
            assert "Traceback" not in stopped.stderr
            assert bill_usd(server) <= said + 1e-9
            assert cap_usd - MOST_A_CALL_USD < said <= cap_usd
        # Nothing more may be asked under the cap that was reached.
        asked = server.requests
        assert evolflow(*flags, "--budget-usd", 0.65).returncode == 3
        assert server.requests <= asked + 1
        done = evolflow(*flags, "--budget-usd", 50)
        assert done.returncode == 0, done.stderr
        assert bill_usd(server) <= said_usd(evolflow, run) + 1e-9
    assert_rows_conserved(run, ROWS, 2)
    calls = pd.read_parquet(run / "calls")
    sure = calls[calls["unknown"] == 0]
    expected = (sure["prompt_tokens"] + sure["completion_tokens"]).sum() * USD_PER_MILLION / 1e6
    assert sure["cost_usd"].sum() == pytest.approx(expected)
    assert len(sure) >= len(calls) - 2 * CONCURRENCY


@pytest.mark.slow
def test_a_cap_at_high_concurrency_is_not_passed_by_what_is_in_flight(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """Sixty-four calls that each look affordable alone are not, together."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    config = priced(tmp_path / "run.toml")
    with serving(costly, latency_s=0.2) as server:
        flags = run_flags(server, seeds, tmp_path / "run", concurrency=64, budget_usd=0.3)
        flags.insert(1, config)
        stopped = evolflow(*flags)
        assert stopped.returncode == 3, stopped.stderr
        print(f"cap 0.3 at 64: charged {bill_usd(server):.4f}")
        assert 0.3 - MOST_A_CALL_USD < bill_usd(server) <= 0.3


def is_settled(server: ModelServer) -> bool:
    """Whether nothing arrives any more that was sent before a kill."""
    before = server.requests
    time.sleep(0.5)
    return server.requests == before


@pytest.mark.slow
def test_what_was_bought_before_the_price_was_known_counts_against_a_later_cap(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    """Killed half way without a price, gone on with a price and a cap: the cap is for both."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(24))
    run, config = tmp_path / "run", priced(tmp_path / "run.toml")
    with serving(costly, latency_s=0.05) as server:
        unpriced = run_flags(server, seeds, run, concurrency=CONCURRENCY)
        unpriced += ["--max-tokens", MAX_TOKENS, "--judge-max-tokens", MAX_TOKENS]
        process = start_run(environment, *unpriced)
        wait_for(lambda: server.answered.total() >= 30, process=process)
        kill(process)
        wait_for(lambda: is_settled(server))
        before_usd = bill_usd(server)
        flags = run_flags(server, seeds, run, concurrency=CONCURRENCY)
        flags.insert(1, config)
        asked = server.requests
        refused = evolflow(*flags, "--budget-usd", before_usd)
        assert refused.returncode == 3 and server.requests == asked, refused.stderr
        # What was on the wire when it was killed counts at its most.
        cap_usd = 2 * before_usd
        stopped = evolflow(*flags, "--budget-usd", cap_usd)
        assert stopped.returncode == 3, stopped.stderr
        assert before_usd < bill_usd(server) <= cap_usd
