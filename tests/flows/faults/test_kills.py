"""kill -9 at any moment: the same command goes on, and what was paid for is not paid for again."""

import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import (
    assert_rows_conserved,
    bought_twice,
    data_bytes,
    kill,
    run_flags,
    start_run,
    wait_for,
)
from tests.servers.model_server import ModelServer, every_rule, serving

KILLS = 20
ROWS = 60
CONCURRENCY = 8
PRINTED = "possibly paid twice: 1 call"


def clean_run(evolflow: Evolflow, seeds: Path, out: Path, **more: Any) -> "Counter[str]":
    """Make a run that nobody interrupts; returns its bill by prompt."""
    with serving(every_rule) as server:
        done = evolflow(*run_flags(server, seeds, out, **more))
        assert done.returncode == 0, done.stderr
        return server.answered


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_killed_at_twenty_random_points_ends_as_if_it_never_was(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    """Not a byte differs, and no kill costs more than the calls that were in flight."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    run, whole = tmp_path / "run", tmp_path / "whole"
    more = {"shard_rows": 7, "concurrency": CONCURRENCY}
    clean = clean_run(evolflow, seeds, whole, **more)
    rng = random.Random(20)
    with serving(every_rule, latency_s=0.1) as server:
        flags = run_flags(server, seeds, run, **more)
        most = int(1.4 * clean.total() / KILLS)
        for _ in range(KILLS):
            process = start_run(environment, *flags)
            mark = server.answered.total() + rng.randint(1, most)
            wait_for(lambda mark=mark: server.answered.total() >= mark, process=process)
            # Half of the kills fall between two answers, when shards are written.
            time.sleep(rng.choice([0.0, rng.uniform(0.0, 0.1)]))
            assert process.poll() is None, "the run was over before its last kill"
            kill(process)
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        twice = bought_twice(server, clean)
    print(f"{KILLS} kills at concurrency {CONCURRENCY}: {twice} answers bought twice "
          f"of {clean.total()}")  # fmt: skip
    assert data_bytes(run) == data_bytes(whole)
    assert 0 < twice <= KILLS * CONCURRENCY
    assert pd.read_parquet(run / "dataset")["id"].is_unique
    assert_rows_conserved(run, ROWS, 2)


def killed_at(
    evolflow: Evolflow, server: ModelServer, flags: list[Any], failpoint: str
) -> tuple[int, str]:
    """Run until a failpoint kills it, then to its end.

    Returns:
        Answers given before the kill, and all that the next run and `status` said.
    """
    killed = evolflow(*flags, EVOLFLOW_FAILPOINT=failpoint)
    assert killed.returncode == -9, killed.stderr
    answered = server.answered.total()
    done = evolflow(*flags)
    assert done.returncode == 0, done.stderr
    out = flags[flags.index("--out") + 1]
    return answered, done.stdout + done.stderr + evolflow("status", out).stdout


@pytest.mark.slow
def test_an_answer_that_came_but_was_not_kept_is_bought_once_more_and_said(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """Between the wire and the ledger lies the one moment where money can be lost: it is named."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(6))
    run, whole = tmp_path / "run", tmp_path / "whole"
    more = {"shard_rows": 3, "concurrency": 1}
    clean = clean_run(evolflow, seeds, whole, **more)
    with serving(every_rule) as server:
        flags = run_flags(server, seeds, run, **more)
        answered, said = killed_at(evolflow, server, flags, "answer-received:7")
        assert answered == 7
        assert bought_twice(server, clean) == 1
    assert PRINTED in said
    assert data_bytes(run) == data_bytes(whole)


@pytest.mark.slow
def test_an_answer_in_the_ledger_is_not_bought_again_though_its_shard_was_not_written(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(6))
    run, whole = tmp_path / "run", tmp_path / "whole"
    more = {"shard_rows": 3, "concurrency": 1}
    clean = clean_run(evolflow, seeds, whole, **more)
    with serving(every_rule) as server:
        flags = run_flags(server, seeds, run, **more)
        answered, said = killed_at(evolflow, server, flags, "answer-kept:5")
        assert answered > 0
        # The other shard may have had its one call on the wire: that nobody knows of.
        assert bought_twice(server, clean) <= 1
        assert not clean - server.answered
    assert "paid twice" not in said or "paid twice: 1 call" in said
    assert data_bytes(run) == data_bytes(whole)
