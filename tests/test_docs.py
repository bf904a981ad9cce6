"""What the documents and the style promise, held against the code."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from flows.cli import cli
from schemas.reasons import Reason
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SOURCES = sorted(p for floor in ("flows", "tasks", "schemas") for p in (ROOT / floor).rglob("*.py"))


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_in_the_readme_and_has_help(name: str) -> None:
    assert f"evolflow {name}" in README
    assert cli.commands[name].help


@pytest.mark.parametrize("reason", [r for r in Reason if r is not Reason.KEPT])
def test_every_reason_is_explained_in_the_readme(reason: Reason) -> None:
    assert f"`{reason.value}`" in README


def test_every_dependency_has_its_reason_in_contributing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    names = {re.split(r"[\[<>=]", line)[0] for line in wanted} - {project["name"]}
    assert {name for name in names if name not in CONTRIBUTING} == set()


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
