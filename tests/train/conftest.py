"""What tests of fine-tuning share: a finished run to learn from, and one trained model a session."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import Evolflow
from tests.tasks.exported import finished_run

# They run where the extra is installed: `make test-train`.
collect_ignore_glob = [] if find_spec("trl") else ["test_*.py"]

LINES = 24
QUICK = ["--learning-rate", "3e-3", "--batch-rows", "8", "--max-length-tokens", "256"]
"""What a small model needs to learn something in seconds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let trainers' packages warn of one another: which ones do changes with every release."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 72 rows over three epochs, seeds included, with an alphabet or two."""
    texts: list[tuple[str, str | None]] = [
        (f"Explain knot {n} in {n % 5} steps, naïvely. 绳", f"Step {n % 5}: tie knot {n}. 🎉")
        for n in range(LINES)
    ]
    return finished_run(tmp_path_factory.mktemp("grown"), texts).root


@pytest.fixture(scope="session")
def trained(grown: Path, evolflow: Evolflow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished fine-tuning of all weights; nobody may change it."""
    out = tmp_path_factory.mktemp("trained") / "whole"
    done = evolflow(
        "train", "--data", grown, "--out", out, "--epochs", 2, "--held-out-rows", 8, *QUICK
    )
    assert done.returncode == 0, done.stderr
    assert "loss:" in done.stdout
    return out
