"""Who answers better: whole evaluations through the real command, against real servers."""

import json
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from tasks.doors.storage.places import place
from tests.conftest import Evolflow
from tests.flows.evaluations import (
    assert_all_judged,
    fair,
    flags_of,
    results_of,
    shown,
    three,
    worth,
    write_tests,
)
from tests.flows.runs import kill, start_run, state_of, wait_for
from tests.servers.model_server import Reply
from tests.servers.object_store import ObjectStore

ITEMS = 12

pytestmark = pytest.mark.slow


def test_systems_at_their_own_addresses_are_answered_and_judged_in_both_orders(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    with three() as servers:
        done = evolflow(*flags_of(servers, write_tests(tmp_path / "t.jsonl", ITEMS), run))
        assert done.returncode == 0, done.stderr
        assert servers.strong.requests == servers.weak.requests == ITEMS
        assert servers.judge.requests == 2 * ITEMS + 4
        assert max(servers.judge.asked.values()) == 1
        first = Counter(worth(shown(prompt)[0]) for prompt in servers.judge.asked)
    games = assert_all_judged(run, ITEMS)
    # Twelve games and the two canaries began with the strong one, twelve with the weak one.
    assert first == {8: ITEMS + 2, 5: ITEMS, 1: 2}
    assert set(games["outcome"]) == {"lose"}
    results = results_of(run)
    (pair,) = results["pairs"]
    assert (pair["win"], pair["tie"], pair["lose"], pair["unscored"]) == (0, 0, ITEMS, 0)
    assert pair["capacity"] == 5 / 8
    # Twelve items lost of twelve do not prove that none could be won.
    assert pair["ci95"] == [0, pytest.approx(0.2425, abs=1e-4)]
    assert [(s["skill"], s["n"]) for s in results["skills"]] == [
        ("Code Debug", 4), ("History", 4), ("Math", 4),
    ]  # fmt: skip
    assert all(cell["is_small"] for cell in results["skills"])
    assert [(d["band"], d["n"]) for d in results["difficulties"]] == [
        ("1-4", 6), ("5-7", 3), ("8-10", 3),
    ]  # fmt: skip
    assert results["canary"]["has_lost"]
    assert results["judge_health"]["position_consistency"] == 1
    page = (run / "report" / "index.html").read_text()
    assert page.count("<h1") == 1
    assert "is not finished" not in page
    assert "win rate 0.0%" in done.stdout
    calls = pd.read_parquet(run / "calls")
    assert len(calls) == 4 * ITEMS + 4
    assert "sk-CANARY" not in "".join(
        path.read_text(errors="replace") for path in run.rglob("*") if path.is_file()
    )


def knot_of(prompt: str) -> int:
    found = re.search(r"knot number (\d+)", prompt)
    assert found is not None
    return int(found[1])


def troubled(prompt: str, before: int) -> Reply:
    """Refuse and break off at first, for some items; babble for ever for others."""
    fate = knot_of(prompt) % 6
    if fate == 0 and before == 0:
        return Reply(status=429, error="Rate limit reached", headers={"Retry-After": "0"})
    if fate == 1 and before == 0:
        return Reply("half an answer", breaks="cut")
    if fate == 2:
        return Reply("Both have their merits. Verdict: 9 1. [[A]]")
    return fair(prompt, before)


def test_refusals_cut_answers_and_garbage_verdicts_lose_nothing(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """What cannot be read is unscored, with its reason and the judge's words, and never a loss."""
    run = tmp_path / "run"
    with three(troubled) as servers:
        done = evolflow(*flags_of(servers, write_tests(tmp_path / "t.jsonl", 40), run))
        assert done.returncode == 0, done.stderr
        babbled = sum(
            asked for prompt, asked in servers.judge.answered.items()
            if knot_of(prompt) % 6 == 2
        )  # fmt: skip
    games = assert_all_judged(run, 40)
    unscored = games[games["outcome"] == "unscored"]
    assert len(unscored) == 2 * len(range(2, 40, 6))
    assert (unscored["why_unscored"] == "no line with the verdict and its mark").all()
    assert unscored["verdict"].str.contains("merits").all()
    assert unscored[["preference", "score_system", "score_baseline"]].isna().all(axis=None)
    assert set(games["outcome"]) == {"lose", "unscored"}
    # Whoever babbled was asked once more, with another mark; the canary, on items 0 and 20, too.
    assert babbled == 2 * (len(unscored) + 2)
    (pair,) = results_of(run)["pairs"]
    assert pair["win_rate"] == 0
    assert pair["unscored"] == len(range(2, 40, 6))


def test_a_killed_evaluation_goes_on_and_buys_at_most_what_was_in_flight_again(
    environment: dict[str, str], evolflow: Evolflow, tmp_path: Path
) -> None:
    run, tests = tmp_path / "run", write_tests(tmp_path / "t.jsonl", 30)
    with three(latency_s=0.1) as servers:
        flags = flags_of(servers, tests, run, concurrency=4, shard_rows=10)
        for answers in (10, 40):
            process = start_run(environment, *flags)
            wait_for(lambda n=answers: servers.judge.answered.total() >= n, process=process)
            kill(process)
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        bought = sum(server.answered.total() for server in servers)
        assert bought - (4 * 30 + 4) <= 2 * 4
    assert_all_judged(run, 30)
    assert state_of(run) == "done"
    results = (run / "results.json").read_bytes()
    with three() as others:
        again = evolflow(*flags_of(others, tests, run, concurrency=4, shard_rows=10))
        assert again.returncode == 0, again.stderr
        assert sum(server.requests for server in others) == 0
    assert (run / "results.json").read_bytes() == results


def test_the_budget_stops_an_evaluation_and_a_larger_one_ends_it(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    config = tmp_path / "prices.toml"
    config.write_text(
        "max_tokens = 64\njudge_max_tokens = 64\n"
        + "".join(
            f'[prices."openai/{name}"]\ninput = 10\noutput = 10\n'
            for name in ("strong", "weak", "judge")
        )
    )
    run, tests = tmp_path / "run", write_tests(tmp_path / "t.jsonl", ITEMS)
    with three() as servers:
        small = flags_of(servers, tests, run, config=config, budget_usd=0.05, concurrency=2)
        done = evolflow(*small)
        assert done.returncode == 3, done.stderr
        assert len(done.stderr.strip().splitlines()[-1:]) == 1
        tokens = sum(one.prompt_tokens + one.completion_tokens for one in servers)
        assert 0 < tokens * 10 / 1e6 <= 0.05
        done = evolflow(*flags_of(servers, tests, run, config=config, budget_usd=1, concurrency=2))
        assert done.returncode == 0, done.stderr
        assert all(max(server.answered.values()) == 1 for server in servers)
    assert_all_judged(run, ITEMS)


def test_files_of_answers_and_models_are_compared_each_with_each(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """The paper's protocol: one game a pair, the judged system first on odd ids."""
    tests, run = write_tests(tmp_path / "t.jsonl", 6), tmp_path / "run"
    items = [json.loads(line) for line in tests.read_text().splitlines()]
    outputs = [
        {"instruction": item["Instruction"].upper(), "output": "Weakly put.", "generator": "w"}
        for item in items[:5]
    ]
    (tmp_path / "outputs.json").write_text(json.dumps(outputs))
    with three() as servers:
        done = evolflow(
            "evaluate", "--tests", tests, "--out", run, "--judge", "openai/judge",
            "--judge-api-base", servers.judge.address, "--protocol", "alternate",
            "--systems", f"weak={tmp_path / 'outputs.json'}", "null=offline/terse",
            f"strong=openai/strong@{servers.strong.address}", "--baseline", "strong",
            "--pairs", "all", "--canary-items", 1,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    games = pd.read_parquet(run / "judgments")
    games = games[games["system"] != "null-model"]
    assert len(games) == 3 * 6
    assert (games["is_system_first"] == (games["item_id"].astype(int) % 2 == 1)).all()
    results = results_of(run)
    assert {(p["system"], p["baseline"]) for p in results["pairs"]} == {
        ("weak", "strong"), ("null", "strong"), ("null", "weak"),
    }  # fmt: skip
    assert [one["system"] for one in results["ratings"]] == ["strong", "weak", "null"]
    unanswered = games[games["item_id"] == "6"]
    assert unanswered["why_unscored"].str.contains("no answer of weak").sum() == 2
    assert results["judge_health"]["position_consistency"] is None


def test_processes_of_this_machine_carry_the_shards_to_the_same_figures(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    tests = write_tests(tmp_path / "t.jsonl", ITEMS)
    figures = []
    with three() as servers:
        for name, more in (("one", {}), ("two", {"task_runner": "processes", "engines": 2})):
            run = tmp_path / name
            done = evolflow(*flags_of(servers, tests, run, shard_rows=4, **more))
            assert done.returncode == 0, done.stderr
            figures.append(results_of(run))
    assert figures[0] == figures[1]


def test_a_judge_that_likes_the_null_model_is_shown_up(evolflow: Evolflow, tmp_path: Path) -> None:
    run = tmp_path / "run"

    def first_wins(prompt: str, _before: int) -> Reply:
        mark = prompt.rpartition("Verdict ")[2].partition(":")[0]
        return Reply(f"Verdict {mark}: 9 3")

    with three(first_wins) as servers:
        done = evolflow(*flags_of(servers, write_tests(tmp_path / "t.jsonl", 6), run))
    assert done.returncode == 0, done.stderr
    results = results_of(run)
    (pair,) = results["pairs"]
    assert (pair["tie"], pair["n"]) == (6, 6)
    assert results["judge_health"]["position_consistency"] == 0
    assert results["judge_health"]["first_slot_rate"] == 1
    assert not results["canary"]["has_lost"]
    assert "WARNING: a constant answer did not lose" in done.stdout


def test_an_evaluation_on_an_object_store_is_as_one_on_a_disk(
    evolflow: Evolflow, objects: ObjectStore, bucket: str, tmp_path: Path
) -> None:
    tests, run = write_tests(tmp_path / "t.jsonl", ITEMS), tmp_path / "run"
    with three() as servers:
        assert evolflow(*flags_of(servers, tests, run)).returncode == 0
        flags = flags_of(servers, tests, run)
        flags[flags.index("--out") + 1] = f"{bucket}/run"
        done = evolflow(*flags, **objects.environment)
        assert done.returncode == 0, done.stderr
        asked = sum(server.requests for server in servers)
        again = evolflow(*flags, **objects.environment)
        assert again.returncode == 0, again.stderr
        assert sum(server.requests for server in servers) == asked
    stored = json.loads((place(f"{bucket}/run") / "results.json").read_text())
    assert stored == results_of(run)
    checked = evolflow("verify", f"{bucket}/run", **objects.environment)
    assert checked.returncode == 0, checked.stdout
