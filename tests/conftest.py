"""What tests share: seeds in the tests' own words, the real command, and runs made once a session."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.servers import warm
from tests.servers.object_store import ObjectStore, object_store
from tests.servers.shared_prefect import shared_prefect

ROOT = warm.ROOT
SHARED_DATA = ROOT.parent / "shared" / "data"

Evolflow = Callable[..., subprocess.CompletedProcess[str]]


pytest_plugins = ["tests.budget", "tests.workers"]

# A shell that starts us in the background has us ignore Ctrl-C, and children would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _no_warm_process_is_left() -> Iterator[None]:
    yield
    warm.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for Prefect that all tests share: its database is made once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def environment(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a user with a Prefect server, and with a key that must appear nowhere.

    All tests share the server, whose files are in the home. What is about the server that a run
    brings along takes the environment `embedded`.
    """
    own = users_own(home)
    place = tmp_path_factory.getbasetemp()
    # A worker's own folder is in that of all workers.
    common = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    with shared_prefect(own, home / "prefect", common) as address:
        yield {**own, "PREFECT_API_URL": address}


@pytest.fixture(scope="session")
def embedded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the servers that runs bring along: one at a time has it."""
    return tmp_path_factory.mktemp("embedded-home")


@pytest.fixture(scope="session")
def embedded(embedded_home: Path) -> dict[str, str]:
    """The environment of a user who has set nothing: every run brings its own server along."""
    return users_own(embedded_home)


def users_own(home: Path) -> dict[str, str]:
    """Return what stands in the environment of a user whose things are in a home."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "EVOLFLOW_HOME": str(home), "OPENAI_API_KEY": "sk-CANARY-0123456789abcdef"}


@pytest.fixture(scope="session")
def evolflow(environment: dict[str, str]) -> Evolflow:
    """The real command, as a process of its own."""
    return in_environment(environment)


@pytest.fixture(scope="session")
def evolflow_embedded(embedded: dict[str, str]) -> Evolflow:
    """The real command of a user who has no Prefect server."""
    return in_environment(embedded)


def in_environment(environment: Mapping[str, str]) -> Evolflow:
    """Return a function that runs the command in an environment and waits for it."""

    def call(
        *arguments: Any, timeout_s: float = 240, **env: str
    ) -> "subprocess.CompletedProcess[str]":
        return warm.run({**environment, **env}, *arguments, timeout_s=timeout_s)

    return call


@pytest.fixture
def three_seeds(tmp_path: Path) -> Path:
    """Three seeds, one of them without a response and one with an input."""
    return write_seeds(tmp_path / "seeds.json", own_seeds(3))


def own_seeds(count: int) -> list[dict[str, str]]:
    """Return seeds in the tests' own words: Alpaca fields, the middle one of three unanswered."""
    return [
        {
            "instruction": f"Name {n + 2} uses of a rope on a boat.",
            "input": "The boat is a dinghy." if n % 3 == 2 else "",
            "output": "" if n % 3 == 1 else f"Mooring, towing and {n} more.",
            "topic": f"boats-{n}",
        }
        for n in range(count)
    ]


def write_seeds(path: Path, seeds: list[dict[str, str]]) -> Path:
    """Write seeds as a JSON array."""
    path.write_text(json.dumps(seeds, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def shared_data() -> Iterator[Path]:
    """Real rows for measuring; tests that need them are skipped where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared data folder is not here")
    yield SHARED_DATA


@pytest.fixture(scope="session")
def objects() -> Iterator[ObjectStore]:
    """An object store that all tests share."""
    with object_store() as store:
        yield store


@pytest.fixture
def bucket(objects: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket, which this process and its children can reach."""
    for name, value in objects.environment.items():
        monkeypatch.setenv(name, value)
    return objects.new_bucket()
