"""`evolflow export`: what it prints, and bad input in one line that leaves nothing behind."""

import json
import shutil
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pytest
from click.testing import CliRunner

from flows.cli import cli
from schemas.errors import BadInput, RunFault
from schemas.folders.run import RunFolder
from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.tasks.exported import finished_run

TEXTS = [("a", "b"), ("c", None), ("d", "e")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return finished_run(tmp_path_factory.mktemp("made"), TEXTS)


@pytest.fixture
def run(made: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(made.root, tmp_path / "run")))


def refusal(source: Path, out: Path, *more: str, name: str = "alpaca") -> str:
    given = ["export", str(source), "--format", name, "--out", str(out), *more]
    fault = CliRunner().invoke(cli, given, standalone_mode=False).exception
    assert isinstance(fault, RunFault), fault
    assert len(str(fault).splitlines()) == 1
    assert not list(out.parent.glob(".draft*"))
    return str(fault)


def record_with(run: RunFolder, **changed: Any) -> Path:
    record = json.loads(run.run_json.read_text())
    run.run_json.write_text(json.dumps({**record, **changed}))
    return run.root


def test_it_says_what_was_written_and_what_was_left_out(run: RunFolder, tmp_path: Path) -> None:
    given = ["export", str(run.root), "--format", "csv", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, given, standalone_mode=False)
    said = f"csv: 6 rows in 1 files: {tmp_path / 'out'}\nleft out, without response: 3\n"
    assert done.output == said
    again = CliRunner().invoke(cli, given, standalone_mode=False)
    assert "there already, whole; nothing was written" in again.output


def test_an_unfinished_run_says_how_to_go_on(run: RunFolder, tmp_path: Path) -> None:
    source = record_with(run, state="stopped: BudgetReached")
    said = refusal(source, tmp_path / "out")
    assert "is not finished (stopped: BudgetReached); the same `evolflow run` goes on" in said


def test_a_folder_of_another_kind_is_refused(run: RunFolder, tmp_path: Path) -> None:
    source = record_with(run, kind="imported evaluation", settings={})
    assert "holds another kind of run (imported evaluation)" in refusal(source, tmp_path / "out")


def test_a_folder_that_holds_nothing_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path / "nothing", tmp_path / "out")
    assert "holds neither run.json nor mix.json; name a run folder or a mix" in said


@pytest.mark.parametrize("text", ["", "[1]", '{"settings": 3}', "\x00"])
def test_a_damaged_record_is_one_line(run: RunFolder, tmp_path: Path, text: str) -> None:
    run.run_json.write_text(text)
    assert "run.json" in refusal(run.root, tmp_path / "out")


def test_a_place_that_holds_something_else_is_not_touched(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert "is there already" in refusal(run.root, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
    (tmp_path / "file").write_text("mine")
    assert "is there already" in refusal(run.root, tmp_path / "file")


def test_a_place_in_the_run_itself_is_refused(run: RunFolder) -> None:
    assert "which keeps to itself" in refusal(run.root, run.root / "out")


def test_a_place_that_cannot_be_written_is_refused(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written (Not a directory)" in refusal(run.root, tmp_path / "file" / "out")


def test_a_store_is_no_place_for_an_export(run: RunFolder) -> None:
    given = ["export", str(run.root), "--format", "csv", "--out", "s3://bucket/out"]
    fault = CliRunner().invoke(cli, given, standalone_mode=False).exception
    assert isinstance(fault, BadInput)
    assert "an export is a folder on a disk" in str(fault)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--license", "mit"], "give --card, too"),
        (["--card", "--license", "My own\nlicence"], "write it like cc-by-4.0"),
    ],
)
def test_a_licence_must_be_one_and_have_its_card(
    run: RunFolder, tmp_path: Path, more: list[str], told: str
) -> None:
    assert told in refusal(run.root, tmp_path / "out", *more)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("more", [["--format", "excel"], ["--shard-rows", "0"]])
def test_unknown_formats_and_counts_are_refused(
    run: RunFolder, tmp_path: Path, more: list[str]
) -> None:
    given = ["export", str(run.root), "--format", "csv", "--out", str(tmp_path / "out"), *more]
    fault = CliRunner().invoke(cli, given, standalone_mode=False).exception
    assert isinstance(fault, click.ClickException)


@pytest.mark.slow
def test_a_real_run_is_exported_whole_and_stays_as_it_was(
    evolflow: Evolflow, tmp_path: Path
) -> None:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(3))
    out = tmp_path / "out"
    flags = ["--out", tmp_path / "run", "--model", "offline/rewriter", "--epochs", 2]
    assert evolflow("run", "--seeds", seeds, *flags).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")}
    done = evolflow("export", tmp_path / "run", "--format", "parquet", "--out", out, "--card")
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")} == before
    rows, found = pd.read_parquet(tmp_path / "run" / "dataset"), pd.read_parquet(out / "train")
    assert found["id"].tolist() == rows["id"].tolist()
    texts = zip(rows["instruction"], rows["response"], strict=True)
    said = [tuple(turn["content"] for turn in turns) for turns in found["messages"]]
    assert said == list(texts)
