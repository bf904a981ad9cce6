"""One shard anew: because its model was down, or because its user wants other answers for it."""

from pathlib import Path

import pandas as pd
import pytest

from schemas.folders.run import RunFolder
from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import data_bytes, run_flags, state_of
from tests.servers.model_server import Reply, kind_of, plain, serving

SHARDS = 8
ROWS = 3 * SHARDS
DOWN = [f"Name {n + 2} uses" for n in (9, 10, 11)]
"""What the rows of shard 3 begin with."""


def is_of_shard_3(prompt: str) -> bool:
    return any(begin in prompt for begin in DOWN)


def down_for_shard_3(prompt: str, before: int) -> Reply:
    """Answer nobody who asks for a response to one of shard 3's children."""
    is_hit = kind_of(prompt) == "respond" and is_of_shard_3(prompt) and "Mention" in prompt
    return Reply(status=503, error="the model is down") if is_hit else plain(prompt, before)


def works(run: Path) -> dict[str, int]:
    """Return when each shard of epoch 1 was written, by file name."""
    return {p.name: p.stat().st_mtime_ns for p in (run / "work" / "epoch-1").glob("*-*.parquet")}


@pytest.mark.long
def test_a_shard_whose_model_is_down_fails_alone_and_alone_is_done_again(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """No row is marked for what the endpoint did, and no answer is bought twice."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    run, whole = tmp_path / "run", tmp_path / "whole"
    more = {"shard_rows": 3, "max_attempts": 2}
    with serving(plain) as server:
        assert evolflow(*run_flags(server, seeds, whole, **more)).returncode == 0
        clean = server.answered
    with serving(down_for_shard_3) as server:
        flags = run_flags(server, seeds, run, **more)
        failed = evolflow(*flags)
        assert failed.returncode == 1
        said = failed.stderr.splitlines()[-1]
        assert "epoch 1: 1 shards failed (respond-003)" in said
        assert "answered none of 3 rows" in said and "the model is down" in said
        assert state_of(run) == "stopped: ShardsFailed"
        before = works(run)
        stages = ("evolve", "screen", "respond", "eliminate")
        assert set(before) == {
            *(f"{stage}-{n:05d}.parquet" for stage in stages for n in range(SHARDS)),
            *(f"pool-{n:05d}.parquet" for n in range(SHARDS)),
        } - {"respond-00003.parquet", "eliminate-00003.parquet"}
        server.script = plain
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert server.answered == clean
    after = works(run)
    assert {name: after[name] for name in before} == before
    assert data_bytes(run) == data_bytes(whole)


def otherwise_the_second_time(prompt: str, before: int) -> Reply:
    """Answer evolvers and responders in other words when they ask again."""
    reply = plain(prompt, before)
    if before and kind_of(prompt) != "judge":
        return Reply(f"{reply.text} Said anew.")
    return reply


def rows_of(run: Path, table: str = "dataset") -> pd.DataFrame:
    return pd.read_parquet(run / table).set_index("id").sort_index()


def seeds_of_shard(run: Path, shard: int) -> set[str]:
    return set(pd.read_parquet(RunFolder(run).pool_shard(0, shard))["id"])


@pytest.mark.slow
def test_retry_buys_a_shards_responses_anew_and_replaces_its_rows(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """What they cost before stays on the bill; of other rows nothing changes."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(9))
    run = tmp_path / "run"
    with serving(otherwise_the_second_time) as server:
        assert evolflow(*run_flags(server, seeds, run, shard_rows=3)).returncode == 0
        old, bill = rows_of(run), server.answered.copy()
        done = evolflow("retry", run, "--epoch", 1, "--shard", 1, "--stage", "respond")
        assert done.returncode == 0, done.stderr
        assert "3 answers given up" in done.stderr
        bought = server.answered - bill
    assert bought.total() == 3
    assert {kind_of(prompt) for prompt in bought} == {"respond"}
    new = rows_of(run)
    assert list(new.index) == list(old.index)
    changed = new[new["response"] != old["response"]]
    assert set(changed["seed_id"]) == seeds_of_shard(run, 1) and set(changed["epoch"]) == {1}
    assert changed["response"].str.endswith("Said anew.").all()
    calls = pd.read_parquet(run / "calls")
    again = calls[calls["attempts"] == 2]
    assert set(again["stage"]) == {"respond"} and len(again) == 3
    assert calls["attempts"].sum() == bill.total() + 3
    assert evolflow("verify", run).returncode == 0


@pytest.mark.slow
def test_retry_from_the_first_stage_renews_the_line_in_later_epochs_too(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(9))
    run = tmp_path / "run"
    with serving(otherwise_the_second_time) as server:
        assert evolflow(*run_flags(server, seeds, run, shard_rows=3)).returncode == 0
        old, bill = rows_of(run), server.answered.copy()
        done = evolflow("retry", run, "--epoch", 1, "--shard", 2)
        assert done.returncode == 0, done.stderr
        bought = server.answered - bill
        # Epoch 1 and what hangs on it: three rows, three stages that buy, two epochs.
        assert bought.total() == 18
    new = rows_of(run)
    changed = new[new["instruction"] != old["instruction"].reindex(new.index)]
    assert set(changed["seed_id"]) == seeds_of_shard(run, 2) and set(changed["epoch"]) == {1, 2}
    assert changed["instruction"].str.contains("Said anew.").all()
    verified = evolflow("verify", run)
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.slow
def test_what_cannot_be_retried_is_said_in_one_line_and_nothing_is_given_up(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(9))
    run = tmp_path / "run"
    with serving(plain) as server:
        assert evolflow(*run_flags(server, seeds, run, shard_rows=3)).returncode == 0
        before = server.requests
    kept = data_bytes(run)
    for flags, told in (
        (("--epoch", 3, "--shard", 0), "--epoch: the run has the epochs 0 to 2; given 3"),
        (("--epoch", 1, "--shard", 3), "--shard: epoch 1 has the shards 0 to 2; given 3"),
        (("--epoch", 1, "--shard", -1), "--shard: epoch 1 has the shards 0 to 2; given -1"),
        (("--epoch", 1, "--shard", 0, "--stage", "answer"), "--stage"),
        (("--epoch", 1, "--shard", 0, "--budget-usd", 0), "--budget-usd"),
    ):
        refused = evolflow("retry", run, *flags)
        assert refused.returncode == 2 and told in refused.stderr, refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    assert data_bytes(run) == kept and server.requests == before


def test_a_folder_that_is_no_run_cannot_be_retried(evolflow: Evolflow, tmp_path: Path) -> None:
    refused = evolflow("retry", tmp_path, "--epoch", 1, "--shard", 0)
    assert refused.returncode == 2
    assert f"missing; is {tmp_path} a run folder?" in refused.stderr
