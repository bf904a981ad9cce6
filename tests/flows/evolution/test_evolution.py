"""The main job, whole: the real command, a real HTTP endpoint, a real Prefect server."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import (
    assert_rows_conserved,
    data_bytes,
    kill,
    run_flags,
    start_run,
    wait_for,
)
from tests.servers.model_server import Reply, every_rule, kind_of, plain, serving


@pytest.mark.slow
def test_three_seeds_and_two_epochs_make_a_whole_run(
    evolflow: Evolflow, three_seeds: Path, tmp_path: Path
) -> None:
    """The run folder is the product: what a user opens in pandas must be all there."""
    run = tmp_path / "run"
    with serving(plain) as server:
        done = evolflow(*run_flags(server, three_seeds, run, epochs=2))
        assert done.returncode == 0, done.stderr
        kinds = Counter(kind_of(body["messages"][-1]["content"]) for body in server.bodies)
    assert kinds == {"evolve": 6, "judge": 6, "respond": 7}
    dataset = pd.read_parquet(run / "dataset")
    assert Counter(dataset["epoch"]) == {0: 3, 1: 3, 2: 3}
    assert dataset["response"].notna().all()
    assert (
        dataset[dataset["epoch"] == 0]["instruction"].iloc[2].endswith("\n\nThe boat is a dinghy.")
    )
    assert json.loads(dataset["extra"].iloc[1]) == {"topic": "boats-1"}
    assert set(dataset[dataset["epoch"] == 2]["attempts"]) == {1}
    assert_rows_conserved(run, 3, 2)
    record = json.loads((run / "run.json").read_text())
    assert record["state"] == "done"
    manifest = json.loads((run / "manifest.json").read_text())
    for entry in manifest["files"]:
        assert hashlib.sha256((run / entry["path"]).read_bytes()).hexdigest() == entry["sha256"]
    validation = json.loads((run / "validation.json").read_text())
    assert validation["success"]
    assert all(result["unexpected"] == 0 for result in validation["results"])
    assert "This run is not finished" not in (run / "report" / "index.html").read_text()


@pytest.mark.slow
def test_sampling_goes_to_the_model_as_the_paper_has_it(
    evolflow: Evolflow, three_seeds: Path, tmp_path: Path
) -> None:
    with serving(plain) as server:
        evolflow(*run_flags(server, three_seeds, tmp_path / "run", epochs=2))
        sent = [b for b in server.bodies if kind_of(b["messages"][-1]["content"]) != "judge"]
    assert len(sent) == 13
    for body in sent:
        assert (body["temperature"], body["top_p"]) == (1.0, 0.9)
        assert body["max_tokens"] == 2048
        assert "frequency_penalty" not in body


@pytest.mark.long
def test_the_data_does_not_depend_on_shard_size_or_concurrency(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """Two runs of 40 seeds, both new processes whose sets have another order, which takes its time."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(40))
    runs = []
    with serving(every_rule) as server:
        for name, shard_rows, concurrency in (("a", 7, 3), ("b", 40, 64)):
            run = tmp_path / name
            more = {"shard-rows": shard_rows, "concurrency": concurrency}
            # Nor on the order of sets, which forks of one process would share.
            done = evolflow(*run_flags(server, seeds, run, **more), PYTHONHASHSEED=str(shard_rows))
            assert done.returncode == 0, done.stderr
            assert server.most_in_flight <= 64
            runs.append(run)
    assert data_bytes(runs[0]) == data_bytes(runs[1])
    eliminated = pd.read_parquet(runs[0] / "eliminated")
    assert set(eliminated["reason"]) == {
        "no_gain", "refused", "empty_response", "copied_prompt", "unscored", "unanswered",
    }  # fmt: skip
    assert eliminated["evidence"].notna().all()
    assert_rows_conserved(runs[0], 40, 2)


@pytest.mark.slow
def test_a_failing_shard_fails_alone_and_the_next_run_finishes_it(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """Nothing bought is bought again, and the result is the one of a run that never failed."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(9))
    run, whole = tmp_path / "run", tmp_path / "whole"
    more = {"shard-rows": 3}
    with serving(plain) as server:
        assert evolflow(*run_flags(server, seeds, whole, **more)).returncode == 0
        flags = run_flags(server, seeds, run, **more)
        first_bill = server.requests
        # A folder where shard 1 wants its file: only that shard cannot be written.
        blocked = run / "work" / "epoch-1" / "evolve-00001.parquet"
        blocked.mkdir(parents=True)
        (run / "run.json").write_text(
            (whole / "run.json").read_text().replace(str(whole), str(run))
        )
        failed = evolflow(*flags)
        assert failed.returncode == 1
        assert "1 shards failed" in failed.stderr
        assert "Traceback" not in failed.stderr
        assert sorted(p.name for p in blocked.parent.glob("eliminate-*")) == [
            "eliminate-00000.parquet", "eliminate-00002.parquet",
        ]  # fmt: skip
        blocked.rmdir()
        assert evolflow(*flags).returncode == 0
        assert server.requests == 2 * first_bill
    assert data_bytes(run) == data_bytes(whole)
    assert_rows_conserved(run, 9, 2)


@pytest.mark.slow
def test_a_killed_run_goes_on_without_asking_for_what_the_ledger_holds(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    """Three runs of 30 seeds begin, of which one is killed: that takes its time."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(30))
    run, whole = tmp_path / "run", tmp_path / "whole"
    concurrency = 4
    with serving(every_rule, latency_s=0.05) as server:
        more = {"shard-rows": 8, "concurrency": concurrency}
        assert evolflow(*run_flags(server, seeds, whole, **more)).returncode == 0
        clean_bill = server.answered.total()
        process = start_run(environment, *run_flags(server, seeds, run, **more))
        wait_for(lambda: server.answered.total() >= clean_bill + 50, process=process)
        kill(process)
        assert evolflow(*run_flags(server, seeds, run, **more)).returncode == 0
        assert server.answered.total() <= 2 * clean_bill + concurrency
    assert data_bytes(run) == data_bytes(whole)


@pytest.mark.slow
def test_a_key_that_is_refused_stops_the_run_with_the_providers_words(
    evolflow: Evolflow, environment: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    """No row is marked failed for it, the key is nowhere, and the same command goes on later."""
    key = environment["OPENAI_API_KEY"]
    run = tmp_path / "run"
    refuse = {"on": True}

    def script(prompt: str, before: int) -> Reply:
        if refuse["on"]:
            return Reply(status=401, error=f"Incorrect API key provided: {key}.")
        return plain(prompt, before)

    with serving(script) as server:
        flags = run_flags(server, three_seeds, run, epochs=2)
        stopped = evolflow(*flags)
        assert stopped.returncode == 4
        assert "Incorrect API key provided" in stopped.stderr
        for path in [p for p in run.rglob("*") if p.is_file()]:
            assert key.encode() not in path.read_bytes(), path
        assert key not in stopped.stderr + stopped.stdout
        refuse["on"] = False
        assert evolflow(*flags).returncode == 0
    assert_rows_conserved(run, 3, 2)


@pytest.mark.slow
def test_a_spent_budget_stops_with_exit_3_and_a_larger_one_goes_on(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(12))
    run = tmp_path / "run"
    config = tmp_path / "run.toml"
    config.write_text('max_tokens = 64\n[prices."openai/stand-in"]\ninput = 100\noutput = 100.0\n')
    with serving(plain) as server:
        flags = run_flags(server, seeds, run, concurrency=4)
        flags.insert(1, config)
        stopped = evolflow(*flags, "--budget-usd", 0.5)
        assert stopped.returncode == 3, stopped.stderr
        assert "raise --budget-usd" in stopped.stderr
        bill = sum(len(b["messages"][0]["content"]) // 4 + 21 for b in server.bodies)
        assert bill * 100 / 1e6 <= 0.5
        assert evolflow(*flags, "--budget-usd", 50).returncode == 0
        assert max(server.answered.values()) == 1
    calls = pd.read_parquet(run / "calls")
    expected = (calls["prompt_tokens"] + calls["completion_tokens"]).sum() * 100 / 1e6
    assert calls["cost_usd"].sum() == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize(("name", "limit"), [("alpaca_5k.jsonl", 300), ("alpaca_zh_1k.json", 100)])
def test_real_seeds_go_through_the_whole_loop_over_http(
    evolflow: Evolflow, shared_data: Path, tmp_path: Path, name: str, limit: int
) -> None:
    run = tmp_path / "run"
    with serving(every_rule, latency_s=0.01) as server:
        more = {"limit": limit, "concurrency": 32}
        done = evolflow(*run_flags(server, shared_data / name, run, epochs=2, **more))
        assert done.returncode == 0, done.stderr
        calls = pd.read_parquet(run / "calls")
        assert len(calls) == server.requests
    assert_rows_conserved(run, limit, 2)
    assert json.loads((run / "validation.json").read_text())["success"]
    eliminated = pd.read_parquet(run / "eliminated")
    assert {"no_gain", "refused", "copied_prompt", "empty_response"} <= set(eliminated["reason"])


@pytest.mark.slow
@pytest.mark.real
def test_real_seeds_go_through_the_offline_model(
    evolflow: Evolflow, shared_data: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    seeds = shared_data / "alpaca_zh_1k.json"
    flags = ["--seeds", seeds, "--out", run, "--model", "offline/rewriter", "--limit", 150]
    done = evolflow("run", *flags, "--epochs", 2, "--rules", "strict")
    assert done.returncode == 0, done.stderr
    assert_rows_conserved(run, 150, 2)
    reasons = set(pd.read_parquet(run / "eliminated")["reason"])
    assert {"boilerplate", "no_gain", "copied_prompt"} <= reasons
