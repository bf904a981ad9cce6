"""The notebooks: they run on a user's own folders, and say the same as the program."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from schemas.folders.evaluation import EvaluationFolder
from schemas.settings.mixing import MixSettings
from schemas.tables.evaluation import Judgment, Outcome
from tasks.mixing.mix import mix
from tests.tasks.evaluated import (
    answers_of,
    evaluated,
    games_of,
    items_of,
    new_evaluation,
    publish_all,
)

Execute = Callable[[str, Path], list[NotebookNode]]

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SEEDS = [
    {"instruction": "Name three rivers of Europe and the seas they flow into.", "output": "Rhine."},
    {"instruction": "请用三句话介绍一座你喜欢的城市。"},
    {"instruction": "Work out 17 percent of 340 and show each step."},
    {"instruction": "Write a short note that thanks a neighbour for watering the plants."},
]


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run made by the command that a user types."""
    place = tmp_path_factory.mktemp("notebook-run")
    seeds = place / "seeds.jsonl"
    seeds.write_text("\n".join(json.dumps(seed) for seed in SEEDS), encoding="utf-8")
    command = [
        sys.executable, "-m", "flows.cli", "run", "--seeds", str(seeds), "--out",
        str(place / "run"), "--model", "offline/rewriter", "--epochs", "2",
    ]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=NOTEBOOKS.parent,
        env={**os.environ, "EVOLFLOW_HOME": str(place / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return place / "run"


@pytest.fixture
def execute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Execute:
    """Run a notebook on a folder; returns its cells of code."""
    # Jupyter and IPython would else leave files in the home folder of whoever runs the tests.
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))

    def executed(name: str, folder: Path) -> list[NotebookNode]:
        monkeypatch.setenv("EVOLFLOW_RUN", str(folder))
        notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
        where = {"metadata": {"path": str(NOTEBOOKS)}}
        done = NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources=where
        ).execute()
        return [cell for cell in done.cells if cell.cell_type == "code"]

    return executed


def words_of(cell: NotebookNode) -> list[str]:
    """What a cell shows last, as words."""
    return str(cell.outputs[-1].data["text/plain"]).split()


@pytest.mark.long
def test_notebook_runs_on_a_finished_run_and_shows_its_rows(
    execute: Execute, finished_run: Path
) -> None:
    manifest = json.loads((finished_run / "manifest.json").read_text(encoding="utf-8"))
    rows = {table: 0 for table in ("dataset", "eliminated", "calls")}
    for entry in manifest["files"]:
        rows[entry["path"].split("/")[0]] += entry["rows"]
    shown = words_of(execute("01_one_run.ipynb", finished_run)[0])
    assert {name: int(shown[shown.index(name) + 1]) for name in rows} == rows


def unread(games: list[Judgment]) -> list[Judgment]:
    """The same games, every ninth without a verdict that can be read."""
    nothing: dict[str, Any] = {"preference": None, "score_system": None, "score_baseline": None}
    return [
        replace(game, outcome=Outcome.UNSCORED, why_unscored="no verdict", **nothing)
        if place % 9 == 4
        else game
        for place, game in enumerate(games)
    ]


@pytest.fixture(params=["scores", "no scores"])
def evaluation(request: pytest.FixtureRequest, tmp_path: Path) -> EvaluationFolder:
    """Three systems on thirty items, with scores or as imported judgments are."""
    names = ("base", "ours", "theirs")
    folder = new_evaluation(tmp_path, *names)
    items = items_of(30) if request.param == "scores" else items_of(30, ("",))
    games = unread(games_of(items, names, scored=request.param == "scores"))
    publish_all(folder, items, answers_of(items, names), games, names)
    return folder


def same_of(cells: list[NotebookNode]) -> dict[str, str]:
    """What the notebook says of each part of results.json: True where it came to the same."""
    shown = next(cell for cell in cells if "same.to_frame()" in cell.source)
    lines = str(shown.outputs[-1].data["text/plain"]).splitlines()[1:]
    return {line.rsplit(maxsplit=1)[0].strip(): line.split()[-1] for line in lines}


@pytest.mark.slow
def test_notebook_makes_an_evaluation_s_figures_anew_from_its_games(
    execute: Execute, evaluation: EvaluationFolder
) -> None:
    """A second reckoning, in another library, that a reader can follow."""
    cells = execute("03_who_wins.ipynb", evaluation.root)
    parts = ["pairs", "skills", "difficulties", "judge", "games", "constant answer"]
    assert same_of(cells) == dict.fromkeys(parts, "True")
    drawn = [out for cell in cells for out in cell.outputs if "image/png" in out.get("data", {})]
    assert len(drawn) >= 3


@pytest.mark.slow
def test_notebook_sees_figures_that_do_not_follow_from_the_games(
    execute: Execute, tmp_path: Path
) -> None:
    """Else the test above could not fail."""
    folder = evaluated(tmp_path, "base", "ours")
    results = json.loads(folder.results.read_text(encoding="utf-8"))
    results["pairs"][0]["win"] += 1
    results["skills"][0]["win_rate"] += 0.01
    results["difficulties"].pop()
    results["judge_health"]["position_consistency"] = 0.123
    results["judge_health"]["unscored"] += 1
    results["canary"]["lose"] += 1
    folder.results.write_text(json.dumps(results), encoding="utf-8")
    assert set(same_of(execute("03_who_wins.ipynb", folder.root)).values()) == {"False"}


@pytest.mark.slow
@pytest.mark.parametrize("is_small", [False, True])
def test_notebook_counts_a_mix_anew_and_draws_it(
    execute: Execute, finished_run: Path, tmp_path: Path, is_small: bool
) -> None:
    """All steps at work, and none: a mix from which nothing was removed."""
    tests = tmp_path / "tests.json"
    tests.write_text(json.dumps([seed["instruction"] for seed in SEEDS[:1]]))
    more = {"dedup": "none"} if is_small else {"dedup": "minhash", "decontaminate": (str(tests),)}
    mix(MixSettings(runs=(str(finished_run),), out=str(tmp_path / "mix"), **more))
    cells = execute("02_what_to_train_on.ipynb", tmp_path / "mix")
    assert same_of(cells) == dict.fromkeys(["rows", "removed", "once", "places"], "True")
    drawn = [out for cell in cells for out in cell.outputs if "image/png" in out.get("data", {})]
    assert len(drawn) == 2


def test_notebooks_are_kept_without_outputs() -> None:
    """Outputs would carry somebody's texts and paths into the repository."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        codes = [cell for cell in cells if cell.cell_type == "code"]
        assert codes, path
        assert all(not cell.outputs and cell.execution_count is None for cell in codes), path
