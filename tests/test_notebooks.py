import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

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
def executed(finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NotebookNode:
    monkeypatch.setenv("EVOLFLOW_RUN", str(finished_run))
    # Jupyter and IPython would else leave files in the home folder of whoever runs the tests.
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    notebook = nbformat.read(NOTEBOOKS / "01_one_run.ipynb", as_version=4)
    where = {"metadata": {"path": str(NOTEBOOKS)}}
    return NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()


@pytest.mark.slow
def test_notebook_runs_on_a_finished_run_and_shows_its_rows(
    executed: NotebookNode, finished_run: Path
) -> None:
    manifest = json.loads((finished_run / "manifest.json").read_text(encoding="utf-8"))
    rows = {table: 0 for table in ("dataset", "eliminated", "calls")}
    for entry in manifest["files"]:
        rows[entry["path"].split("/")[0]] += entry["rows"]
    first = next(cell for cell in executed.cells if cell.cell_type == "code")
    shown = first.outputs[0].data["text/plain"].split()
    assert {name: int(shown[shown.index(name) + 1]) for name in rows} == rows


def test_notebooks_are_kept_without_outputs() -> None:
    """Outputs would carry somebody's texts and paths into the repository."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        codes = [cell for cell in cells if cell.cell_type == "code"]
        assert codes, path
        assert all(not cell.outputs and cell.execution_count is None for cell in codes), path
