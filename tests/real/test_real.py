"""A real small model learns to follow instructions somewhat, and carries a run as all three roles.

Its texts are bad, which is the point: no rule of ours may let traces of our own prompts into a dataset.
"""

import json
import signal
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.documents.training import HELD_OUT
from schemas.folders.trained import TrainedFolder
from tests.conftest import Evolflow, write_seeds
from tests.flows.runs import end
from tests.real.conftest import PACK
from tests.train.test_serving import Serving

pytestmark = [pytest.mark.long, pytest.mark.timeout(3 * 3600)]
SEEDS, RUN_S, LONGEST_ASKED = 20, 3600, 160
OURS = (
    "#Given Prompt#",
    "#Rewritten Prompt#",
    "#Created Prompt#",
    "### Response",
    "prompt rewriter",
)


def test_fine_tuning_lowers_the_loss_of_rows_that_were_held_out(
    tuned: Path, say: list[str]
) -> None:
    """Takes minutes: 270 million parameters learn on the CPU."""
    rows = pq.read_table(TrainedFolder(tuned).losses).to_pylist()
    held_out = [row["loss"] for row in rows if row["part"] == HELD_OUT]
    say.append(f"held-out loss: {' -> '.join(f'{loss:.3f}' for loss in held_out)}")
    assert held_out[-1] < held_out[0]


def test_it_carries_a_run_through_litellm_and_leaves_no_trace_of_our_prompts(
    model: Path, environment: dict[str, str], evolflow: Evolflow, tmp_path: Path, say: list[str]
) -> None:
    """Takes minutes: it writes some ten tokens a second, for 20 seeds and their children."""
    seeds = map(json.loads, (PACK / "seeds.jsonl").read_text(encoding="utf-8").splitlines())
    short = [one for one in seeds if one["output"] and len(one["instruction"]) < LONGEST_ASKED]
    path = write_seeds(tmp_path / "seeds.json", short[:SEEDS])
    run, serving = tmp_path / "run", Serving(environment, model)
    try:
        done = evolflow(
            "run", "--seeds", path, "--out", run, "--model", f"openai/{model.name}",
            "--api-base", f"http://127.0.0.1:{serving.port}/v1", "--lane", "litellm",
            "--epochs", 1, "--max-tokens", 160, "--rules", "strict", "--concurrency", 2,
            "--timeout-s", 900, timeout_s=RUN_S,
        )  # fmt: skip
    finally:
        end(serving.process, signal.SIGINT)
    assert done.returncode == 0, done.stderr
    kept = pq.read_table(run / "dataset" / "epoch-1").to_pylist()
    gone = pq.read_table(run / "eliminated" / "epoch-1").to_pylist()
    assert len(kept) + len(gone) == SEEDS
    say.append(f"kept {len(kept)} of {SEEDS}; {dict(Counter(row['reason'] for row in gone))}")
    for row in kept:
        assert not [trace for trace in OURS if trace in f"{row['instruction']} {row['response']}"]
