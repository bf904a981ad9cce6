"""The budget of the tests: measured with all that they start, judged by folder, written and read."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import budget
from tests.budget import Cost, folder_of, joined, overdrawn, read_budget, spent_s, written

COSTLY = "\nsum(n * n for n in range(6_000_000))"


def test_what_a_process_spent_that_was_started_is_counted_whether_it_lives_or_not() -> None:
    before = spent_s()
    subprocess.run([sys.executable, "-c", COSTLY], check=True)
    after = spent_s()
    assert after - before > 0.1
    with subprocess.Popen(
        [sys.executable, "-c", f"{COSTLY}\nprint(flush=True)\ninput()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as living:  # fmt: skip
        assert living.stdout is not None
        living.stdout.readline()
        assert spent_s() - after > 0.1
        living.communicate("\n")


def test_a_folder_that_grew_by_more_than_half_is_named_where_it_was_run_whole() -> None:
    known = {"tests/flows": Cost(10, 1000.0), "tests/schemas": Cost(5, 1.0)}
    assert overdrawn({"tests/flows": Cost(10, 1500.0)}, known) == []
    (line,) = overdrawn({"tests/flows": Cost(11, 1600.0)}, known)
    assert line.startswith("tests/flows: 1600 units of CPU, 1000 in budget.toml")
    assert overdrawn({"tests/flows": Cost(9, 1600.0)}, known) == []
    assert overdrawn({"tests/schemas": Cost(5, 3.0), "tests/new": Cost(5, 3000.0)}, known) == []


def test_a_budget_is_read_as_it_was_written(tmp_path: Path) -> None:
    costs = {"tests/b": Cost(2, 3.5), "tests/a": Cost(1, 0.0)}
    path = tmp_path / "budget.toml"
    path.write_text(written(costs))
    assert read_budget(path) == costs
    assert read_budget(tmp_path / "none.toml") == {}


def test_what_workers_measured_is_added_up() -> None:
    parts = [{"a": Cost(1, 2.0)}, {"a": Cost(2, 3.0), "b": Cost(1, 1.0)}]
    assert joined(parts) == {"a": Cost(3, 5.0), "b": Cost(1, 1.0)}
    assert folder_of("tests/flows/test_x.py::test_y[a/b]") == "tests/flows"


@pytest.mark.long
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_suite_over_its_budget_fails_and_one_within_it_does_not(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """Each is a whole pytest with workers, which takes its time."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    tests = tmp_path / "suite"
    tests.mkdir()
    (tests / "test_one.py").write_text(f"def test_one():\n    {COSTLY.strip()}\n")
    held = tmp_path / "budget.toml"
    code = (
        "import sys, pathlib, pytest\nfrom tests import budget\n"
        f"budget.FILE = pathlib.Path({str(held)!r})\nbudget.SPARE = 0.0\n"
        "sys.exit(pytest.main(sys.argv[1:], plugins=[budget]))"
    )

    def call(*more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", code, str(tests), "-p", "tests.budget", *workers, *more]
        return subprocess.run(
            command, cwd=budget.FILE.parent.parent, capture_output=True, text=True, check=False
        )

    wrote = call("--write-budget")
    assert wrote.returncode == 0, wrote.stdout
    (name,) = read_budget(held)
    assert call().returncode == 0
    held.write_text(written({name: Cost(1, 0.1)}))
    failed = call()
    assert failed.returncode == 1
    assert f"over budget: {name}" in failed.stdout
