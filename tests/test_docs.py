"""What the documents and the style promise, held against the code."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from flows.cli import cli
from schemas.reasons import Reason
from tasks.packs.pack_toml import _OperationTable, _PackTable
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
READMES = [README, *(p.read_text("utf-8") for p in (ROOT / "tasks").rglob("README.md"))]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SOURCES = sorted(p for floor in ("flows", "tasks", "schemas") for p in (ROOT / floor).rglob("*.py"))


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_in_the_readme_and_has_help(name: str) -> None:
    assert f"evolflow {name}" in README
    assert cli.commands[name].help


@pytest.mark.parametrize("reason", [r for r in Reason if r is not Reason.KEPT])
def test_every_reason_is_named_in_a_readme_and_a_childs_in_its_own_words(reason: Reason) -> None:
    """What a reason means is said once, in the code."""
    assert reason.meaning
    is_of_a_seed = reason.value.startswith("seed_")
    said = f"`{reason.value}`" if is_of_a_seed else f"| `{reason.value}` | {reason.meaning} |"
    assert any(said in text for text in READMES)


def test_every_key_of_pack_toml_is_in_the_packs_readme() -> None:
    about = (ROOT / "tasks" / "packs" / "README.md").read_text(encoding="utf-8")
    of_pack = _PackTable.model_fields.keys() - {"operation"}
    wanted = [*of_pack, *(f"operation.NAME.{key}" for key in _OperationTable.model_fields)]
    assert [key for key in wanted if f"| `{key}` |" not in about] == []


def test_every_dependency_has_its_reason_in_contributing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    names = {re.split(r"[\[<>=]", line)[0] for line in wanted} - {project["name"]}
    assert {name for name in names if name not in CONTRIBUTING} == set()


def test_the_lock_names_no_index_and_hashes_everything() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pinned = [line for line in lock.splitlines() if re.match(r"[a-z0-9].*==", line, re.IGNORECASE)]
    assert len(pinned) > 100
    assert lock.count("--hash=sha256:") > len(pinned)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_can_be_read_in_one_sitting(path: Path) -> None:
    """At most 300 lines a file and 50 a function; a module says what it is for."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= 300
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name
