"""A scoring as a user's Prefect server shows it, and of a run that lies on an object store."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from tasks.doors.storage.places import place
from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.evolution.test_glance import artifact, ask
from tests.flows.scoring.test_scoring import LINES, PER_EPOCH, fair, flags_of
from tests.servers.model_server import serving
from tests.servers.object_store import ObjectStore
from tests.servers.prefect_server import users_prefect

SEEDS = 30

pytestmark = pytest.mark.long


def grow(evolflow: Evolflow, seeds: Path, out: str, **env: str) -> None:
    flags = {"seeds": seeds, "out": out, "model": "offline/rewriter", "epochs": 2}
    done = evolflow("run", *(part for n, v in flags.items() for part in (f"--{n}", v)), **env)
    assert done.returncode == 0, done.stderr


def test_prefect_shows_a_task_a_shard_the_scores_and_the_way_to_the_report(
    environment: dict[str, str], evolflow: Evolflow, tmp_path: Path
) -> None:
    run = tmp_path / "My_Run"
    grow(evolflow, write_seeds(tmp_path / "seeds.json", own_seeds(SEEDS)), str(run))
    with users_prefect(environment, tmp_path / "home") as prefect, serving(fair) as server:
        for _ in range(2):
            done = evolflow(*flags_of(run, server), PREFECT_API_URL=prefect.address)
            assert done.returncode == 0, done.stderr
        rows = json.loads(artifact(prefect, "my-run-scores-by-epoch")["data"])
        link = artifact(prefect, "my-run-report")
        flows = Counter(one["name"] for one in ask(prefect, "flow_runs") if one["name"] == "scores")
        tasks = Counter(one["name"] for one in ask(prefect, "task_runs", limit=200))
    shown = {(row["score"], row["epoch"]): row for row in rows}
    difficulty = pd.read_parquet(run / "scores" / "difficulty.parquet")
    for epoch in range(3):
        mean = difficulty[difficulty["epoch"] == epoch]["score"].mean()
        assert shown["difficulty", epoch]["mean"] == f"{mean:.2f}"
        assert shown["difficulty", epoch]["n"] == PER_EPOCH
    assert ("quality", 2) in shown
    assert str(run / "report" / "index.html") in link["data"]
    # Named as its folder.
    assert flows["scores"] == 2
    assert {f"difficulty-{n:03}" for n in range(8)} <= set(tasks)
    assert {f"complexity-{n:03}" for n in range(8, 16)} <= set(tasks)


@pytest.mark.timeout(600)
def test_a_run_on_an_object_store_is_scored_there(
    evolflow: Evolflow, objects: ObjectStore, bucket: str, tmp_path: Path
) -> None:
    run = f"{bucket}/runs/boats"
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(SEEDS))
    grow(evolflow, seeds, run, **objects.environment)
    with serving(fair) as server:
        for _ in range(2):
            done = evolflow(*flags_of(run, server), **objects.environment)
            assert done.returncode == 0, done.stderr
        assert server.requests == 3 * PER_EPOCH + 2 * LINES
    assert evolflow("verify", f"{run}/scores", **objects.environment).returncode == 0
    assert "Scored by openai/judge" in place(f"{run}/report/index.html").read_text()
