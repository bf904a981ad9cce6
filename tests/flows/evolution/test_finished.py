"""A finished run asked for again: it says so at once, and whatever is not as it was is mended."""

import json
import os
from pathlib import Path

import pytest

from tests.conftest import ROOT, Evolflow, own_seeds, write_seeds
from tests.damage import flip
from tests.flows.runs import data_bytes

_HEAVY = {"prefect", "great_expectations", "litellm", "matplotlib", "sklearn"}


@pytest.fixture(scope="module")
def flags(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The arguments of a run, whose folder is the last of them."""
    folder = tmp_path_factory.mktemp("finished")
    seeds = write_seeds(folder / "seeds.json", own_seeds(3))
    return ["run", "--seeds", str(seeds), "--model", "offline/rewriter", "--epochs", "2",
            "--out", str(folder / "run")]  # fmt: skip


@pytest.fixture(scope="module")
def summary(evolflow_embedded: Evolflow, flags: list[str]) -> str:
    """What the run said when it was done."""
    done = evolflow_embedded(*flags)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_starts_no_server_and_imports_nothing_heavy(
    evolflow_embedded: Evolflow, flags: list[str], summary: str, tmp_path: Path
) -> None:
    """Said by the very process: what it imported when it ended, and that it never had a child."""
    spy = tmp_path / "sitecustomize.py"
    spy.write_text(
        "import atexit, json, resource, sys\n"
        "def tell():\n"
        "    spent = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        f"    with open({str(tmp_path / 'told.json')!r}, 'w') as file:\n"
        "        json.dump([sorted(sys.modules), spent.ru_utime + spent.ru_stime], file)\n"
        "atexit.register(tell)\n"
    )
    again = evolflow_embedded(*flags, PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    assert again.returncode == 0, again.stderr
    assert again.stdout == summary
    modules, childrens_s = json.loads((tmp_path / "told.json").read_text())
    assert not _HEAVY & set(modules)
    assert childrens_s == 0


@pytest.mark.slow
def test_whatever_changed_is_noticed_and_mended(
    evolflow_embedded: Evolflow, flags: list[str], summary: str
) -> None:
    """A damaged part, shard and report, and a part that is gone: all are as they were afterwards."""
    run = Path(flags[-1])
    before = data_bytes(run)
    for pattern in ("dataset/epoch-2/*", "work/epoch-1/screen-*", "report/*"):
        damaged = next(run.glob(pattern))
        flip(damaged, damaged.stat().st_size // 2)
    next(run.glob("dataset/epoch-1/*")).unlink()
    again = evolflow_embedded(*flags)
    assert again.returncode == 0, again.stderr
    assert again.stdout == summary
    assert data_bytes(run) == before
    assert evolflow_embedded("verify", run).returncode == 0
