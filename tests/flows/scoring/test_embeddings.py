"""A map placed by a model that is asked: the real command, against a real server."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.flows.runs import kill, start_run, state_of, wait_for
from tests.servers.model_server import ModelServer, Reply, digest, serving, vector_for

SEEDS = 30
MODEL = "openai/stand-in"
PAGE = Path("report") / "index.html"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def grown(evolflow: Evolflow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs that the tests of this file copy."""
    place = tmp_path_factory.mktemp("grown")
    seeds = write_seeds(place / "seeds.json", own_seeds(SEEDS))
    flags = {"seeds": seeds, "out": place / "run", "model": "offline/rewriter", "epochs": 2}
    done = evolflow("run", *(part for name, v in flags.items() for part in (f"--{name}", v)))
    assert done.returncode == 0, done.stderr
    return place / "run"


@pytest.fixture
def run(grown: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(grown, tmp_path / "run"))


def scripted(prompt: str, before: int) -> Reply:
    """Score everything; refuse some vectors at first, and make some too short for ever."""
    if "#Score#" in prompt:
        return Reply("#Score#: 5")
    fate = fate_of(prompt)
    if fate == 1 and before == 0:
        return Reply(status=429, error="Rate limit reached", headers={"Retry-After": "0"})
    if fate == 2 and before == 0:
        return Reply(vector=[float("nan"), 0.5])
    return Reply(vector=[0.5, 0.25, 0.125]) if fate == 3 else Reply()


def fate_of(instruction: str) -> int:
    return int(digest(instruction), 16) % 6


def flags_of(run: Path, server: ModelServer, **more: Any) -> list[Any]:
    flags = {"judge": "openai/judge", "api-base": server.address, "embeddings": MODEL,
             "per-epoch": 3, "lines": 0, **more}  # fmt: skip
    pairs = [(f"--{name.replace('_', '-')}", value) for name, value in flags.items()]
    return ["score", run, *(part for pair in pairs for part in pair)]


def bought(server: ModelServer) -> Counter[str]:
    """Vectors that were sent, by instruction."""
    return Counter({text: n for text, n in server.answered.items() if "#Score#" not in text})


def tokens_of(server: ModelServer) -> int:
    return sum(len(text) // 4 + 1 for text in bought(server).elements())


def test_a_killed_map_goes_on_and_all_its_points_are_bought_and_shown(
    environment: dict[str, str], evolflow: Evolflow, run: Path
) -> None:
    """Refusals and spoilt vectors are asked again; one of another length is none, and says so."""
    with serving(scripted, latency_s=0.1) as server:
        flags = flags_of(run, server, concurrency=3)
        process = start_run(environment, *flags)
        wait_for(lambda: bought(server).total() >= 9, process=process)
        kill(process)
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        found = pd.read_parquet(run / "scores" / "embeddings.parquet")
        spoilt = sum(fate_of(text) == 2 for text in found["instruction"])
        assert bought(server).total() <= len(found) + spoilt + 3
        asked = server.requests
        again = evolflow(*flags)
        assert again.returncode == 0, again.stderr
        assert server.requests == asked
    short = found["instruction"].map(fate_of) == 3
    assert 0 < short.sum() < len(found)
    assert found.loc[short, "vector"].isna().all()
    assert set(found.loc[short, "why_unplaced"]) == {"a vector of 3 numbers among vectors of 8"}
    for row in found[~short].itertuples():
        assert list(cast(Any, row.vector)) == pytest.approx(
            vector_for(str(row.instruction)), rel=1e-4
        )
    assert f"{short.sum()} of {len(found)} instructions have no vector" in done.stderr
    calls = pd.read_parquet(run / "scores" / "calls.parquet")
    made = calls[calls["stage"] == "embedding"]
    assert sorted(made["row_id"]) == sorted(found["id"])
    assert set(made["completion_tokens"]) == {0} and (made["prompt_tokens"] > 0).all()
    assert f"Placed by {MODEL}" in (run / PAGE).read_text()
    for folder in (run, run / "scores"):
        assert evolflow("verify", folder).returncode == 0


def test_the_budget_stops_a_map_and_a_larger_one_ends_it(
    evolflow: Evolflow, run: Path, tmp_path: Path
) -> None:
    config = tmp_path / "prices.toml"
    free = '[prices."openai/judge"]\ninput = 0\noutput = 0\n'
    config.write_text(f'{free}[prices."{MODEL}"]\ninput = 100\noutput = 9\n')
    with serving(lambda prompt, _: Reply("#Score#: 5" if "#Score#" in prompt else None)) as server:
        done = evolflow(*flags_of(run, server, config=config, budget_usd=0.03, concurrency=2))
        assert done.returncode == 3, done.stderr
        assert state_of(run / "scores") == "stopped: BudgetReached"
        assert 0 < tokens_of(server) * 100 / 1e6 <= 0.03
        done = evolflow(*flags_of(run, server, config=config, budget_usd=5, concurrency=2))
        assert done.returncode == 0, done.stderr
        tokens = tokens_of(server)
        found = pd.read_parquet(run / "scores" / "embeddings.parquet")
        assert bought(server) == Counter(found["instruction"])
    status = json.loads(evolflow("status", run / "scores", "--json").stdout)
    bill = status["stages"]["embedding"]
    assert bill["cost_usd"] == pytest.approx(tokens * 100 / 1e6)


def test_models_that_make_no_vectors_are_refused_in_one_line(evolflow: Evolflow, run: Path) -> None:
    for name in ("openai/gpt-4.1-mini", "offline/rewriter"):
        done = evolflow("score", run, "--embeddings", name)
        assert done.returncode == 2, done.stderr
        assert "embeddings: " in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
