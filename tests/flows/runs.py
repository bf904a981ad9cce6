"""What the tests of whole runs share: starting the real command, waiting, and reading what came out."""

import hashlib
import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tests.servers import warm
from tests.servers.model_server import ModelServer

_POLL_S = 0.005


def run_flags(server: ModelServer, seeds: Path, out: Path | str, **more: Any) -> list[Any]:
    """Return the arguments of a run of two epochs; further settings may be given with `_` or `-`."""
    flags = {
        "seeds": seeds, "out": out, "model": "openai/stand-in", "api-base": server.address,
        "epochs": 2, **more,
    }  # fmt: skip
    pairs = [(f"--{name.replace('_', '-')}", value) for name, value in flags.items()]
    return ["run", *(part for pair in pairs for part in pair)]


def start_run(environment: Mapping[str, str], *arguments: Any) -> "subprocess.Popen[str]":
    """Start the real command and do not wait for it."""
    started: subprocess.Popen[str] = warm.start(environment, *arguments)
    return started


def wait_for(
    condition: Callable[[], bool],
    seconds: float = 90,
    *,
    process: "subprocess.Popen[str] | None" = None,
) -> None:
    """Return when the condition holds.

    Args:
        condition: Asked again and again.
        seconds: Fail after this long.
        process: Fail at once where this ends first, with what it said.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None:
            raise AssertionError(f"ended too early: {process.communicate()[1]}")
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(_POLL_S)


def end(process: "subprocess.Popen[str]", number: int, *, seconds: float = 60) -> tuple[str, float]:
    """Send a signal and wait.

    Returns:
        What the run said on standard error, and the seconds it took to end.
    """
    began = time.monotonic()
    process.send_signal(number)
    _, errors = process.communicate(timeout=seconds)
    return errors, time.monotonic() - began


def kill(process: "subprocess.Popen[str]") -> None:
    """End a run as a power cut does."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


def data_bytes(run: Path) -> dict[str, str]:
    """Return the hash of every file of dataset/ and eliminated/ by its path in the run."""
    return {
        path.relative_to(run).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for table in ("dataset", "eliminated")
        for path in sorted((run / table).rglob("*.parquet"))
    }


def bought_twice(server: ModelServer, clean: "Counter[str]") -> int:
    """Return how many answers the server gave beyond those of an uninterrupted run."""
    return (server.answered - clean).total()


def unanswered(run: Path, epoch: int) -> dict[str, str]:
    """Return the evidence of every row that an epoch got no whole answer for, by instruction."""
    table = pd.read_parquet(run / "eliminated")
    found = table[table["reason"].isin(["unanswered", "truncated"]) & (table["epoch"] == epoch)]
    return dict(zip(found["instruction"], found["evidence"], strict=True))


def write_prices(path: Path, *, model: str = "openai/stand-in", usd: float = 100.0) -> Path:
    """Write a TOML file with one price for prompt and completion; USD per million tokens."""
    path.write_text(f'[prices."{model}"]\ninput = {usd}\noutput = {usd}\n')
    return path


def state_of(run: Path) -> str:
    """Return how run.json says that a run stands."""
    return str(json.loads((run / "run.json").read_text())["state"])


def assert_rows_conserved(run: Path, n_records: int, epochs: int) -> None:
    """Every epoch judged every line once, and every dataset row's chain reaches a seed."""
    dataset, eliminated = pd.read_parquet(run / "dataset"), pd.read_parquet(run / "eliminated")
    aside = eliminated["reason"].str.startswith("seed_").sum()
    for epoch in range(epochs + 1):
        judged = (dataset["epoch"] == epoch).sum() + (eliminated["epoch"] == epoch).sum()
        assert judged == (n_records if epoch == 0 else n_records - aside)
    assert dataset["id"].is_unique
    known = dict(zip(dataset["id"], dataset["parent_id"], strict=True))
    seeds = set(dataset[dataset["epoch"] == 0]["id"]) | set(
        eliminated[eliminated["epoch"] == 0]["id"]
    )
    for row_id in dataset["id"]:
        step = row_id
        while step not in seeds:
            step = known[step]
