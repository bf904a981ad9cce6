"""What cannot be evaluated is refused in one line: place, value, remedy; nothing is bought."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flows.cli import cli
from schemas.errors import BadInput
from tests.conftest import Evolflow
from tests.flows.evaluations import write_tests

FINE = {"--judge": "offline/rewriter", "--out": "run"}


def refusal(evolflow: Evolflow, folder: Path, *systems: str, **more: Any) -> str:
    flags = {**FINE, "--out": folder / "run", "--tests": folder / "t.jsonl"}
    flags |= {f"--{name.replace('_', '-')}": value for name, value in more.items()}
    given = [part for flag, value in flags.items() if value is not None for part in (flag, value)]
    named = [part for one in systems for part in ("--systems", one)]
    done = evolflow("evaluate", *named, *given)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert not (folder / "run").exists()
    return line


@pytest.mark.parametrize(
    ("systems", "more", "told"),
    [
        ((), {}, "--systems: missing"),
        (("a=offline/rewriter",), {}, "needs 2 to 50 systems"),
        (("a=offline/rewriter", "offline/terse"), {}, "write NAME=MODEL: terse=offline/terse"),
        (("a=offline/rewriter", "a=offline/terse"), {}, "'a' stands twice"),
        (("a=offline/rewriter", "null-model=offline/terse"), {}, "choose another"),
        (("a=offline/rewriter", "b=nothing-known"), {}, "names no provider"),
        (("a=offline/rewriter", "b=none.json"), {}, "systems.b: none.json is not a file"),
        (("a=offline/rewriter", "b=offline/terse"), {"baseline": "c"}, "one of the systems"),
        (("a=offline/rewriter", "b=offline/terse"), {"tests": "none.jsonl"}, "is not a file"),
        (("a=offline/rewriter", "b=offline/terse"), {"judge": None}, "--judge: missing"),
        (("a=offline/rewriter", "b=offline/terse"), {"protocol": "fair"}, "'both-orders' or"),
        (("a=offline/x@http://u:p@h/v1", "b=offline/terse"), {}, "must not carry a user"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(
    evolflow: Evolflow, tmp_path: Path, systems: tuple[str, ...], more: dict[str, Any], told: str
) -> None:
    write_tests(tmp_path / "t.jsonl", 3)
    assert told in refusal(evolflow, tmp_path, *systems, **more)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ('{"Instruction": ""}\n', "record 1 has no instruction"),
        ('{"Instruction": "x"}\n{"a"\n', "record 2: line 2: no JSON"),
        ('{"Instruction": "x", "Difficulty": 11}\n', "difficulty 11 is no whole number"),
        ('{"idx": 1, "Instruction": "x"}\n{"idx": 1, "Instruction": "y"}\n', "have the id '1'"),
    ],
)
def test_a_test_set_that_cannot_be_used_is_named_with_its_record(
    evolflow: Evolflow, tmp_path: Path, content: str, told: str
) -> None:
    (tmp_path / "t.jsonl").write_text(content)
    line = refusal(evolflow, tmp_path, "a=offline/rewriter", "b=offline/terse")
    assert told in line
    assert "t.jsonl" in line


def test_a_file_that_answers_no_test_is_refused(evolflow: Evolflow, tmp_path: Path) -> None:
    write_tests(tmp_path / "t.jsonl", 3)
    answers = [{"instruction": "Something else.", "output": "x"}]
    (tmp_path / "a.json").write_text(json.dumps(answers))
    line = refusal(evolflow, tmp_path, f"a={tmp_path / 'a.json'}", "b=offline/terse")
    assert "systems.a:" in line
    assert "answers none of the 3 tests" in line


@pytest.mark.slow
def test_another_evaluation_or_an_evolution_in_the_folder_is_left_alone(
    evolflow: Evolflow, tmp_path: Path, three_seeds: Path
) -> None:
    write_tests(tmp_path / "t.jsonl", 3)
    run = tmp_path / "run"
    pair = ["--systems", "a=offline/rewriter", "b=offline/terse", "--tests", tmp_path / "t.jsonl"]
    given = ["evaluate", *pair, "--out", run, "--judge", "offline/rewriter"]
    assert evolflow(*given).returncode == 0
    before = (run / "run.json").read_bytes()
    for other, told in (
        (["--protocol", "alternate"], "protocol: run has 'both-orders', given 'alternate'"),
        (["--systems", "c=offline/rewriter"], "systems: other models, or files"),
    ):
        done = evolflow(*given, *other)
        assert done.returncode == 2
        assert told in done.stderr
    (tmp_path / "t.jsonl").write_text('{"Instruction": "x"}\n')
    done = evolflow(*given)
    assert "has other content than the run's test set" in done.stderr
    assert (run / "run.json").read_bytes() == before
    done = evolflow("run", "--seeds", three_seeds, "--out", run, "--model", "offline/rewriter")
    assert done.returncode == 2
    assert "holds a run of another kind (evaluation)" in done.stderr


@pytest.mark.parametrize("many", [1, 2])
def test_models_without_names_are_told_how_to_be_written(many: int) -> None:
    """As a shell user writes them: one --systems, several values."""
    systems = ["offline/terse", "offline/rewriter"][:many]
    refused = CliRunner().invoke(cli, ["evaluate", "--systems", *systems, "--judge", "offline/j"])
    assert isinstance(refused.exception, BadInput)
    assert "write NAME=MODEL: terse=offline/terse" in str(refused.exception)


@pytest.mark.parametrize(
    "system", ["a=openai/m@http://user:hunter2@host/v1", "openai/m@http://user:hunter2@host/v1"]
)
def test_a_refused_address_is_shown_without_its_password(system: str) -> None:
    given = ["evaluate", "--systems", system, "b=offline/terse", "--judge", "offline/j"]
    given += ["--tests", "own", "--out", "none"]
    refused = CliRunner().invoke(cli, given)
    assert isinstance(refused.exception, BadInput)
    assert "hunter2" not in str(refused.exception)
