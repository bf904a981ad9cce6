"""What Prefect shows of an evaluation: the graph, who won, how the judge did; and one shard's rerun."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Evolflow
from tests.flows.evaluations import (
    assert_all_judged,
    fair,
    flags_of,
    is_judging,
    results_of,
    three,
    write_tests,
)
from tests.servers.model_server import Reply
from tests.servers.prefect_server import UsersPrefect, users_prefect

ITEMS = 9

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def prefect(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UsersPrefect]:
    with users_prefect(environment, tmp_path_factory.mktemp("prefect") / "home") as server:
        yield server


def ask(prefect: UsersPrefect, what: str, **body: Any) -> Any:
    answer = httpx.post(f"{prefect.address}/{what}/filter", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json()


def data_of(prefect: UsersPrefect, key: str) -> Any:
    (found,) = ask(prefect, "artifacts/latest", artifacts={"key": {"any_": [key]}})
    return found["data"]


def test_the_ui_shows_who_won_by_skill_and_difficulty_and_links_to_the_report(
    prefect: UsersPrefect, evolflow: Evolflow, tmp_path: Path
) -> None:
    run, tests = tmp_path / "Who_won", write_tests(tmp_path / "t.jsonl", ITEMS)
    text = tests.read_text().replace("Code Debug", "[x](http://a.example) <b>")
    tests.write_text(text)
    with three() as servers:
        flags = flags_of(servers, tests, run, shard_rows=3)
        done = evolflow(*flags, PREFECT_API_URL=prefect.address)
    assert done.returncode == 0, done.stderr
    won = json.loads(data_of(prefect, "who-won-who-won"))
    assert [(row["system"], row["n"], row["lose"]) for row in won] == [
        ("weak", ITEMS, ITEMS), ("(constant answer)", 2, 2),
    ]  # fmt: skip
    assert won[0]["win rate"] == "0.0% (0.0% to 29.9%)"
    assert won[0]["of its score"].startswith("62.5%")
    skills = json.loads(data_of(prefect, "who-won-skills"))
    assert {row["skill"] for row in skills} == {"History", "Math", "·x·(http·//a.example) ·b·"}
    bands = json.loads(data_of(prefect, "who-won-difficulties"))
    assert [row["band"] for row in bands] == ["1-4", "5-7", "8-10"]
    (judge,) = json.loads(data_of(prefect, "who-won-judge"))
    assert judge["constant answer lost"] == "yes"
    assert data_of(prefect, "who-won-progress") == 100
    assert (run / "report" / "index.html").as_uri() in data_of(prefect, "who-won-report")
    tags = {one["name"]: set(one["tags"]) for one in ask(prefect, "flow_runs")}
    assert tags[run.name] == {"evolflow", "openai/judge", "evaluation"}
    names = {one["name"] for one in ask(prefect, "task_runs", limit=200)}
    assert {"tests", "answer-000", "answer-002", "judge-000", "judge-002", "conclude"} <= names


def test_a_shard_that_nobody_judged_fails_alone_and_is_all_that_is_bought_again(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    """The judge is down for the items of the second shard, then back."""
    run, tests = tmp_path / "run", write_tests(tmp_path / "t.jsonl", ITEMS)
    down = [True]

    def judge(prompt: str, before: int) -> Reply:
        if down[0] and any(f"knot number {n} " in prompt for n in (3, 4, 5)):
            return Reply(status=503, error="down for maintenance")
        return fair(prompt, before)

    with three(judge) as servers:
        flags = flags_of(servers, tests, run, shard_rows=3, max_attempts=2, canary_items=1)
        done = evolflow(*flags)
        assert done.returncode == 1, done.stderr
        assert "evaluation: 1 shards failed (judge-001)" in done.stderr
        assert "HTTP 503" in done.stderr
        assert not (run / "results.json").exists()
        down[0] = False
        before = {prompt: n for prompt, n in servers.judge.answered.items() if is_judging(prompt)}
        assert evolflow(*flags).returncode == 0
        assert all(servers.judge.answered[prompt] == n for prompt, n in before.items())
        assert servers.judge.answered.total() == 2 * ITEMS + 2
        assert servers.strong.answered.total() == servers.weak.answered.total() == ITEMS
    assert_all_judged(run, ITEMS, canaries=1)
    assert results_of(run)["pairs"][0]["unscored"] == 0
