"""What the documents and the style promise, held against the code."""

import ast
import functools
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import yaml

from flows.cli import cli
from schemas.reasons import Reason
from schemas.rule import Rule
from schemas.tables.mix import Removal
from tasks.evolution.steps.rules import RULES
from tasks.export.formats import FORMATS
from tasks.kinds import KINDS
from tasks.packs.pack_toml import _OperationTable, _PackTable
from tests.conftest import ROOT

SOURCES = sorted(p for floor in ("flows", "tasks", "schemas") for p in (ROOT / floor).rglob("*.py"))
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *(p for f in ("flows", "tasks", "schemas", "deployments", "tests")
                                       for p in (ROOT / f).rglob("*.md"))]
)  # fmt: skip
CHARACTERS = {"README.md": 8_000, "CONTRIBUTING.md": 5_000}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_MEASURED = re.compile(r"\d\s?(s|ms|min|MB|GB)\b|calls a second")
_BENCHMARK = re.compile(r"`make bench[a-z-]*`|tests/bench/LOG\.md")


class Block(NamedTuple):
    """A fenced block of a document."""

    language: str
    text: str


@functools.cache
def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def prose(document: str) -> str:
    return _FENCE.sub("", read(document))


def blocks(document: str, *languages: str) -> list[Block]:
    found = [Block(*match.groups()) for match in _FENCE.finditer(read(document))]
    return [block for block in found if block.language in languages]


def said(document: str) -> Iterator[list[str]]:
    """Give the words of every command that a document shows: in blocks after $, and in backticks."""
    for block in blocks(document, "console", "sh"):
        for line in block.text.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                yield shlex.split(line[2:], comments=True)
    for span in _SPAN.findall(prose(document)):
        if re.match(r"(evolflow|make) [a-z-]", span):
            yield span.split()


def wrong_with(words: list[str]) -> str | None:
    """Say what is wrong with a command that a reader is told to type."""
    while words and re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    if words[:1] == ["make"]:
        return wrong_with_make(words[1:])
    if words[:1] == ["evolflow"]:
        return wrong_with_evolflow(words[1:])
    return None


def wrong_with_make(words: list[str]) -> str | None:
    makefile = read("Makefile")
    for word in words:
        name, is_variable, _ = word.partition("=")
        pattern = rf"^{re.escape(name)} *\??=" if is_variable else rf"^{re.escape(name)}:"
        if not re.search(pattern, makefile, re.MULTILINE):
            return f"make {word}: not in the Makefile"
    return None


def wrong_with_evolflow(words: list[str]) -> str | None:
    command: click.Command = cli
    known, path = flags_of(cli), "evolflow"
    for word in words:
        if isinstance(command, click.Group) and word in command.commands:
            command, path = command.commands[word], f"{path} {word}"
            known |= flags_of(command)
        elif command is cli and not word.startswith("-"):
            return f"{path} {word}: no such command"
        elif word.startswith("--") and word.partition("=")[0] not in known:
            return f"{path}: no such flag {word}"
    return None


def flags_of(command: click.Command) -> set[str]:
    options = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)}
    return options | {"--help", "--help-all", "--version"}


def all_flags(command: click.Command = cli) -> set[str]:
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return flags_of(command).union(*(all_flags(one) for one in below))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_in_a_document_exists_with_its_flags(document: str) -> None:
    assert [wrong for words in said(document) if (wrong := wrong_with(words))] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_flag_in_a_document_belongs_to_a_command(document: str) -> None:
    spans = [span.split() for span in _SPAN.findall(prose(document)) if span.startswith("--")]
    assert {words[0].partition("=")[0] for words in spans} - all_flags() - _FOREIGN_FLAGS == set()


_FOREIGN_FLAGS = {"--require-hashes"}
"""Pip's, named by CONTRIBUTING.md."""


@pytest.mark.parametrize("words", [
    "evolflow rnu", "evolflow run --modle x", "evolflow rank serve RUN --out x", "make dmeo",
    "make serve PROT=1",
])  # fmt: skip
def test_a_slip_in_a_command_is_found(words: str) -> None:
    assert wrong_with(words.split())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_settings_and_python_in_a_document_can_be_read(document: str) -> None:
    """A TOML block that holds a run's settings names settings that there are."""
    for block in blocks(document, "toml"):
        settings = tomllib.loads(block.text)
        if "out" in settings:
            flags = {f"--{key.replace('_', '-')}" for key in settings} - {"--prices", "--trainer"}
            assert flags - all_flags() == set()
    for block in blocks(document, "python"):
        ast.parse(block.text)
    for block in blocks(document, "yaml"):
        yaml.safe_load(block.text)


def anchors(document: str) -> set[str]:
    """Return the anchors that GitHub gives a document's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead(document: str, link: str) -> bool:
    """Say whether a link within the repository leads nowhere."""
    target, _, anchor = link.partition("#")
    path = ((ROOT / document).parent / target).resolve() if target else ROOT / document
    if not path.is_relative_to(ROOT) or not path.exists() or target.startswith("/"):
        return True
    return bool(anchor) and anchor not in anchors(path.relative_to(ROOT).as_posix())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    links = [link for link in _LINK.findall(prose(document)) if "://" not in link]
    assert [link for link in links if dead(document, link)] == []


@pytest.mark.parametrize("link", ["nobody.md", "README.md#nothing", "/README.md", "../elsewhere"])
def test_a_dead_link_is_found(link: str) -> None:
    assert dead("README.md", link)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_is_there(document: str) -> None:
    """Paths of the repository stand whole: a room's own README may leave its room's name out."""
    whole = re.compile(r"(?:flows|tasks|schemas|tests|deployments|notebooks)/[\w./-]*\w/?$")
    named = {span for span in _SPAN.findall(prose(document)) if whole.match(span)}
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_document_is_reached_from_the_readme() -> None:
    reached, left = set[str](), ["README.md"]
    while left:
        document = left.pop()
        reached.add(document)
        for link in _LINK.findall(prose(document)):
            path = ((ROOT / document).parent / link.partition("#")[0]).resolve()
            path = path / "README.md" if path.is_dir() else path
            name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
            if name in DOCUMENTS and name not in reached:
                left.append(name)
    assert set(DOCUMENTS) - reached == set()


def unnamed_figures(text: str) -> list[str]:
    """Return the paragraphs and tables with measured figures that name no benchmark.

    Measured figures have short units (s, ms, MB); settings and promises have words. A table may be
    introduced by the paragraph before it.
    """
    parts = re.split(r"\n\s*\n", text)
    before = ["", *parts]
    return [
        part
        for part, introduction in zip(parts, before, strict=False)
        if _MEASURED.search(part)
        and not _BENCHMARK.search(part)
        and not (part.startswith("|") and _BENCHMARK.search(introduction))
    ]


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if "bench/" not in name])
def test_figures_name_their_benchmark(document: str) -> None:
    assert unnamed_figures(prose(document)) == []


@pytest.mark.parametrize(
    "text", ["It takes 3 s.", "| a | 20 MB |", "800 calls a second.\n\n`make bench`"]
)
def test_a_figure_without_its_benchmark_is_found(text: str) -> None:
    assert unnamed_figures(text)


def test_the_log_says_of_every_section_what_prints_its_figures() -> None:
    _, *sections = re.split(r"^## ", prose("tests/bench/LOG.md"), flags=re.MULTILINE)
    sources = re.compile(r"`make [a-z-]+|by hand", re.IGNORECASE)
    assert [
        s.splitlines()[0] for s in sections if _MEASURED.search(s) and not sources.search(s)
    ] == []


@pytest.mark.parametrize("document", CHARACTERS)
def test_the_first_documents_are_short(document: str) -> None:
    assert len(read(document)) <= CHARACTERS[document]


def test_the_readme_has_two_pictures_and_they_are_small() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", read("README.md"))
    assert len(pictures) == 2
    assert all((ROOT / picture).stat().st_size < 150_000 for picture in pictures)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_no_place_of_one_machine(document: str) -> None:
    assert re.findall(r"/(?:home|root|work|Users)/\w+", read(document)) == []


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_in_the_readme_and_has_help(name: str) -> None:
    assert f"`evolflow {name}`" in read("README.md")
    assert cli.commands[name].help


@pytest.mark.parametrize("reason", [r for r in Reason if r is not Reason.KEPT])
def test_every_reason_has_its_row_and_a_childs_is_told_in_its_own_words(reason: Reason) -> None:
    """What a reason means is said once, in the code."""
    assert reason.meaning
    is_of_a_seed = reason.value.startswith("seed_")
    said = "" if is_of_a_seed else f"{reason.meaning} |"
    assert f"\n| `{reason.value}` | {said}" in read("tasks/evolution/README.md")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_stands_in_the_profile_that_its_row_says(rule: Rule) -> None:
    """A reason of the paper's profile has a rule there; a strict one has none but strict rules."""
    row = re.search(
        rf"\| `{rule.reason.value}` \| [^|]* \| (\w+)", read("tasks/evolution/README.md")
    )
    # One that stands in place of a rule to the letter is told in that rule's row.
    stands_in = any(one.to_the_letter and one.reason is rule.reason for one in RULES)
    assert row and row[1] == ("strict" if rule.strict and not stands_in else "paper")


@pytest.mark.parametrize("removal", Removal)
def test_every_reason_to_leave_a_row_out_of_a_mix_has_its_row(removal: Removal) -> None:
    assert f"\n| `{removal.value}` | " in read("tasks/mixing/README.md")


@pytest.mark.parametrize("name", FORMATS)
def test_every_export_format_has_its_row(name: str) -> None:
    assert f"\n| `{name}` | " in read("tasks/export/README.md")


def test_every_deployment_has_its_row() -> None:
    deployed = yaml.safe_load(read("deployments/prefect.yaml"))["deployments"]
    rows = set(re.findall(r"^\| `([\w-]+)` \|", read("deployments/README.md"), re.MULTILINE))
    assert {one["name"] for one in deployed} == rows


def test_every_kind_of_job_has_its_row() -> None:
    section = read("tasks/README.md").partition("## Kinds of job")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w ]+)` \|", section, re.MULTILINE)
    assert sorted(rows) == sorted(KINDS)


def test_every_room_has_its_row_and_stands_on_the_floor_that_the_linter_knows() -> None:
    house = read("tasks/README.md")
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c.get("containers") == ["tasks"])
    rooms = {p.parent.name for p in (ROOT / "tasks").glob("*/__init__.py")}
    rows = set(re.findall(r"^\| \W*([a-z]+)/", house, re.MULTILINE))
    drawn = house.partition("## What follows what")[2].partition("```text\n")[2].partition("```")[0]
    assert rooms - rows == set()
    assert [line for line in drawn.splitlines() if line != "kinds"] == [
        line for line in layers if line != "kinds"
    ]


def test_every_key_of_pack_toml_is_in_the_packs_readme() -> None:
    about = read("tasks/packs/README.md")
    of_pack = _PackTable.model_fields.keys() - {"operation"}
    wanted = [*of_pack, *(f"operation.NAME.{key}" for key in _OperationTable.model_fields)]
    assert [key for key in wanted if f"| `{key}` |" not in about] == []


def test_every_dependency_has_its_reason_in_contributing() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    names = {re.split(r"[\[<>=]", line)[0] for line in wanted} - {project["name"]}
    words = set(re.findall(r"[\w-]+", read("CONTRIBUTING.md")))
    assert names - words == set()


@pytest.mark.parametrize(
    "lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name
)
def test_a_lock_names_no_index_and_hashes_everything(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    pinned = [line for line in text.splitlines() if re.match(r"[a-z0-9].*==", line, re.IGNORECASE)]
    assert len(pinned) > 100
    assert text.count("--hash=sha256:") > len(pinned)


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
