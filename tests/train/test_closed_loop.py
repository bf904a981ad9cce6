"""The whole way, offline: seeds grow, a small model learns, it is served, and grows and answers itself.

What such a model writes makes no sense, and need not: it proves the path.
"""

import json
import signal
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds

pytestmark = pytest.mark.slow

LOOK = ["--judge", "offline/rewriter", "--limit", 6]
TRAIN = [
    "--learning-rate",
    "3e-3",
    "--batch-rows",
    "8",
    "--max-length-tokens",
    "768",
]


def test_seeds_become_a_model_that_evolves_seeds_and_is_judged(
    evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    from tests.flows.runs import end
    from tests.train.test_serving import Serving

    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(24))

    def done(*arguments: object) -> str:
        found = evolflow(*arguments, timeout_s=400)
        assert found.returncode == 0, found.stderr
        return found.stdout

    run, mix = tmp_path / "run", tmp_path / "mix"
    whole, lora, model = (tmp_path / name for name in ("whole", "lora", "model"))
    done("run", "--seeds", seeds, "--out", run, "--model", "offline/rewriter", "--epochs", 2)
    done("mix", run, "--out", mix, "--dedup", "minhash", "--decontaminate", "own")
    done("train", "--data", mix, "--out", whole, "--epochs", 6, *TRAIN)
    done("train", "--data", mix, "--out", lora, "--base", whole, "--method", "lora", "--epochs", 1,
         *TRAIN)  # fmt: skip
    done("merge", lora, "--out", model)

    serving = Serving(environment, model)
    base = f"http://127.0.0.1:{serving.port}/v1"
    try:
        again = tmp_path / "again"
        done("run", "--seeds", seeds, "--out", again, "--model", f"openai/{model.name}", "--api-base",
             base, "--epochs", 2, "--max-tokens", 128, "--lane", "litellm")  # fmt: skip
    finally:
        end(serving.process, signal.SIGINT)
    calls = pd.read_parquet(again / "calls")
    assert len(calls) >= 48
    assert set(calls["served_model"].dropna()) == {f"{model.name}@main"}
    rows = pd.concat([pd.read_parquet(again / "dataset"), pd.read_parquet(again / "eliminated")])
    assert set(rows[rows.epoch == 2].seed_id) == set(rows[rows.epoch == 0].seed_id)

    judged = tmp_path / "judged"
    limits = ["--max-tokens", 32, "--canary-items", 2, "--lane", "litellm", "--budget-usd", 1]
    rest = ["terse=offline/terse", *LOOK, *limits, "--out", judged]
    evaluate = ["evaluate", "--systems", f"tiny=local:{model}", *rest]
    said = done(*evaluate)
    assert "terse  against tiny" in said
    assert json.loads((judged / "results.json").read_text())["items"] == 6
    answers = pd.read_parquet(judged / "answers")
    # Some of its answers are empty; what it says was bought for nothing.
    assert answers[answers["system"] == "tiny"]["answer"].notna().any()
    assert json.loads((judged / "run.json").read_text())["state"] == "done"
    # The same command finds the same model at another address, and all done.
    n = len(pd.read_parquet(judged / "calls"))
    done(*evaluate)
    assert len(pd.read_parquet(judged / "calls")) == n

    predicted = tmp_path / "predicted"
    told = done("predict", "--model", f"local:{model}", "--generator", "tiny", "--limit", 6, "--out",
                predicted, "--max-tokens", 32)  # fmt: skip
    outputs = json.loads((predicted / "answers.json").read_text())
    assert f"answers: {len(outputs)}, {6 - len(outputs)} missing" in told
    assert {one["generator"] for one in outputs} == {"tiny"}
    from_file = ["--systems", f"tiny={predicted / 'answers.json'}", "terse=offline/terse"]
    compared = done("evaluate", *from_file, *LOOK, "--out", tmp_path / "from-file")
    assert "terse  against tiny" in compared
    changed = evolflow("evaluate", "--systems", f"tiny=local:{whole}", *rest)
    assert (changed.returncode, "other models" in changed.stderr) == (2, True)
