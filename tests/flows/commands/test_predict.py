"""Answers to a test file: bought once, for others to judge; kills and budgets as in a run."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Evolflow
from tests.flows.evaluations import strong, write_tests
from tests.flows.runs import kill, start_run, wait_for
from tests.servers.model_server import ModelServer, serving

ITEMS = 9


def flags(server: ModelServer, tests: Path, out: Path, *more: object) -> list[object]:
    return [
        "predict", "--model", "openai/stand-in", "--api-base", server.address, "--tests", tests,
        "--out", out, "--shard-rows", 3, "--generator", "mine", *more,
    ]  # fmt: skip


def test_every_item_is_answered_once_and_handed_to_an_evaluation(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    tests, out = write_tests(tmp_path / "t.jsonl", ITEMS), tmp_path / "p"
    with serving(strong) as server:
        done = evolflow(*flags(server, tests, out))
        assert done.returncode == 0, done.stderr
        assert f"answers: {ITEMS}, 0 missing" in done.stdout
        assert server.requests == ITEMS
        again = evolflow(*flags(server, tests, out))
        assert (again.returncode, server.requests) == (0, ITEMS)
    outputs = json.loads((out / "answers.json").read_text())
    asked = [json.loads(line)["Instruction"] for line in tests.read_text().splitlines()]
    assert [one["instruction"] for one in outputs] == asked
    assert {one["generator"] for one in outputs} == {"mine"}
    assert pd.read_parquet(out / "answers")["answer"].tolist() == [one["output"] for one in outputs]
    assert len(pd.read_parquet(out / "calls")) == ITEMS
    assert evolflow("verify", out).returncode == 0
    assert "done" in evolflow("status", out).stdout
    refused = evolflow("report", out)
    assert (refused.returncode, "evolflow evaluate" in refused.stderr) == (2, True)
    systems = ["--systems", f"mine={out / 'answers.json'}", "terse=offline/terse"]
    judged = evolflow(
        "evaluate",
        *systems,
        "--judge",
        "offline/rewriter",
        "--tests",
        tests,
        "--out",
        tmp_path / "e",
    )
    assert judged.returncode == 0, judged.stderr


def test_a_killed_prediction_goes_on_without_buying_an_answer_twice(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    tests, out = write_tests(tmp_path / "t.jsonl", ITEMS), tmp_path / "p"
    with serving(strong, latency_s=0.3) as server:
        more = ["--concurrency", 2]
        process = start_run(environment, *flags(server, tests, out, *more))
        wait_for(lambda: server.requests >= 4, process=process)
        kill(process)
        done = evolflow(*flags(server, tests, out, *more))
        assert done.returncode == 0, done.stderr
        assert ITEMS <= server.requests <= ITEMS + 2
    assert len(json.loads((out / "answers.json").read_text())) == ITEMS


def test_a_budget_stops_it_and_a_larger_one_lets_it_go_on(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    tests, out = write_tests(tmp_path / "t.jsonl", ITEMS), tmp_path / "p"
    config = tmp_path / "c.toml"
    config.write_text('[prices."openai/stand-in"]\ninput = 1000.0\noutput = 1000.0\n')
    with serving(strong) as server:
        command = flags(server, tests, out, "--max-tokens", 64)
        stopped = evolflow(command[0], config, *command[1:], "--budget-usd", 0.15)
        assert stopped.returncode == 3, stopped.stderr
        done = evolflow(command[0], config, *command[1:], "--budget-usd", 100)
        assert done.returncode == 0, done.stderr
        assert server.requests == ITEMS


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--model", "answers.json"], "is a file of answers"),
        (["--model", "local:nowhere"], "no folder of a model"),
        (["--tests", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--generator", "null-model"], "cannot be a system's name"),
        (["--limit", "0"], "--limit"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    evolflow: Evolflow, tmp_path: Path, more: list[str], said: str
) -> None:
    out = tmp_path / "p"
    refused = evolflow("predict", "--model", "offline/rewriter", "--out", out, *more)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (out / "run.json").exists()


def test_another_model_or_test_set_is_another_prediction(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    out = tmp_path / "p"
    first = ["predict", "--model", "offline/rewriter", "--out", out, "--limit", 3]
    assert evolflow(*first).returncode == 0
    for more, said in (
        (["--model", "offline/terse"], "another model"),
        (["--tests", write_tests(tmp_path / "t.jsonl", 3)], "other content"),
        (["--limit", 4], "limit: run has 3, given 4"),
    ):
        refused = evolflow(*first, *more)
        assert refused.returncode == 2
        assert said in refused.stderr
