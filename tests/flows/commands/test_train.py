"""Without the extra `train`: the base install has none of its packages, and says so in one line."""

import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import ROOT, Evolflow
from tests.tasks.exported import finished_run

HEAVY = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "bitsandbytes")


def test_the_base_install_names_no_package_of_fine_tuning() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = " ".join(project["dependencies"])
    assert not [name for name in HEAVY if name in base]
    assert all(any(name in line for line in project["optional-dependencies"]["train"])
               for name in HEAVY[:6])  # fmt: skip


def test_the_commands_import_none_of_them() -> None:
    code = f"import flows.cli, sys; print([n for n in {HEAVY} if n in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


@pytest.mark.skipif(find_spec("trl") is not None, reason="the extra is installed")
def test_what_needs_the_extra_says_so_in_one_line(tmp_path: Path, evolflow: Evolflow) -> None:
    run = finished_run(tmp_path, [("Name a knot.", "Reef."), ("Name two.", "x"), ("Go.", "y")]).root
    model = tmp_path / "model"
    model.mkdir()
    for name in ("config.json", "model.safetensors", "chat_template.jinja"):
        (model / name).write_text("{}")
    for command in (
        ["train", "--data", run, "--out", tmp_path / "m"],
        ["serve", model, "--port", 8013],
        ["predict", "--model", f"local:{model}", "--out", tmp_path / "p"],
    ):
        refused = evolflow(*command)
        assert refused.returncode == 2, refused.stderr
        assert "needs the extra train: pip install 'evolflow[train]'" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not (tmp_path / "m").exists()
