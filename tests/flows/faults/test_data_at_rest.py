"""Data at rest: what a disk does to a run is found and named, and the same command mends it."""

import resource
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.folders.run import RunFolder
from tests.conftest import ROOT, Evolflow, own_seeds, write_seeds
from tests.damage import flip, flip_data, tree
from tests.flows.faults.conftest import Disk
from tests.flows.runs import (
    assert_rows_conserved,
    bought_twice,
    data_bytes,
    run_flags,
    start_run,
    state_of,
    wait_for,
)
from tests.servers.model_server import Reply, every_rule, kind_of, plain, serving

ROWS = 9
CONCURRENCY = 4
SETTINGS: dict[str, Any] = {"shard_rows": 3, "part_rows": 5, "concurrency": CONCURRENCY}


class Whole(NamedTuple):
    """A run that nothing happened to."""

    run: Path
    seeds: Path
    bill: "Counter[str]"
    """Answers given, by prompt."""


@pytest.fixture(scope="module")
def whole(evolflow: Evolflow, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    home = tmp_path_factory.mktemp("whole")
    records = [*own_seeds(ROWS), {"instruction": "", "output": "", "input": "", "topic": ""}]
    seeds = write_seeds(home / "seeds.json", records)
    with serving(every_rule) as server:
        done = evolflow(*run_flags(server, seeds, home / "run", **SETTINGS))
        assert done.returncode == 0, done.stderr
        return Whole(home / "run", seeds, server.answered)


def wrong(evolflow: Evolflow, run: Path) -> list[str]:
    """Return the places that `evolflow verify` names; its exit code must say the same."""
    done = evolflow("verify", run)
    lines = done.stdout.splitlines()
    named = lines[lines.index("") + 1 :] if "" in lines else []
    assert done.returncode == (1 if named else 0), done.stderr
    assert len(done.stderr.splitlines()) == (1 if named else 0)
    return sorted(line.partition(": ")[0] for line in named)


def assert_one_line(errors: str, *told: str) -> None:
    """What stopped a run is said in one line, after the log, without a traceback."""
    assert "Traceback" not in errors
    last = errors.splitlines()[-1]
    assert last.startswith("evolflow: ")
    for part in told:
        assert part in last, errors


def ledger_with_records(folder: RunFolder, epoch: int, shard: int) -> Path:
    path = folder.ledger(epoch, shard)
    assert path.read_bytes().count(b"\n") > 1
    return path


def damage_everything(folder: RunFolder) -> list[str]:
    """Change a byte in a file of every kind; returns their places."""
    files = [
        folder.part("dataset", 0, 0),
        folder.part("dataset", 2, 0),
        folder.part("eliminated", 1, 0),
        folder.part("calls", 1, 0),
        folder.pool_shard(0, 1),
        folder.pool_shard(2, 0),
        folder.pool_shard(3, 2),
        folder.set_aside(),
        folder.stage_shard(0, "respond", 1),
        folder.stage_shard(1, "evolve", 0),
        folder.stage_shard(1, "screen", 1),
        folder.stage_shard(2, "respond", 2),
        folder.stage_shard(2, "eliminate", 0),
        folder.stage_shard(1, "advance", 2),
    ]
    for path in files:
        flip_data(path, "key" if "calls" in path.parts else "id")
    flip(folder.validation, folder.validation.read_bytes().index(b'"'))
    ledgers = [ledger_with_records(folder, 1, 0), ledger_with_records(folder, 2, 2)]
    for path in ledgers:
        flip(path, path.read_bytes().index(b"\n") + 90)
    leftover = folder.part("calls", 2, 9)
    shutil.copy(folder.part("calls", 2, 0), leftover)
    harmed = [*files, folder.validation, leftover]
    named = [path.relative_to(folder.root).as_posix() for path in harmed]
    return sorted([*named, *(f"{path.relative_to(folder.root).as_posix()}:2" for path in ledgers)])


@pytest.mark.long
def test_what_a_disk_did_to_a_finished_run_is_named_and_the_same_command_mends_it(
    evolflow: Evolflow, whole: Whole, home: Path, tmp_path: Path
) -> None:
    """Not one answer is bought for it: what was paid for is in the ledger."""
    run = Path(shutil.copytree(whole.run, tmp_path / "run"))
    assert wrong(evolflow, run) == []
    damaged = damage_everything(RunFolder(run))
    before = tree(run)
    assert wrong(evolflow, run) == damaged
    assert tree(run) == before, "looking changed something"
    opened = watch_opens(tmp_path)
    # Other tests share this home, and a flow that failed leaves its exception there.
    storage = home / "prefect" / "storage"
    stored = tree(storage)
    with serving(every_rule) as server:
        flags = run_flags(server, whole.seeds, run, **SETTINGS)
        done = evolflow(*flags, PYTHONPATH=str(opened.parent), OPENED=str(opened))
        assert done.returncode == 0, done.stderr
        assert server.requests == 0
    for path in ("work/epoch-1/evolve-00000.parquet", "ledger/epoch-1/shard-00000.jsonl:2"):
        assert f"{path}: damaged" in done.stderr
    assert wrong(evolflow, run) == []
    assert data_bytes(run) == data_bytes(whole.run)
    # A result file of Prefect's may name the pickle format, and so run code: there is none to read.
    names = opened.read_text().splitlines()
    assert str(run / "run.json") in names
    assert not [name for name in names if name.startswith(str(storage))]
    assert tree(storage) == stored


WATCHER = """
import os, sys

def note(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[0] != os.environ["OPENED"]:
        with open(os.environ["OPENED"], "a", errors="replace") as file:
            file.write(arguments[0] + chr(10))

if "OPENED" in os.environ:
    sys.addaudithook(note)
"""


def watch_opens(place: Path) -> Path:
    """Make a folder for PYTHONPATH whose processes note each file that they open; returns the note."""
    (place / "watcher").mkdir()
    (place / "watcher" / "sitecustomize.py").write_text(WATCHER)
    return place / "watcher" / "opened.txt"


@pytest.mark.slow
def test_a_damaged_manifest_is_named_and_made_anew(
    evolflow: Evolflow, whole: Whole, tmp_path: Path
) -> None:
    """It says which files are the result, and what was spent so far."""
    run = Path(shutil.copytree(whole.run, tmp_path / "run"))
    manifest = RunFolder(run).manifest
    flip(manifest, manifest.read_bytes().index(b'"'))
    assert wrong(evolflow, run) == ["manifest.json"]
    with serving(every_rule) as server:
        done = evolflow(*run_flags(server, whole.seeds, run, **SETTINGS))
        assert done.returncode == 0, done.stderr
        assert server.requests == 0
    assert wrong(evolflow, run) == []
    assert data_bytes(run) == data_bytes(whole.run)


@pytest.mark.slow
def test_a_damaged_run_json_is_named_and_nothing_is_bought_or_lost(
    evolflow: Evolflow, whole: Whole, tmp_path: Path
) -> None:
    """Without it nobody knows which run lies here: it is refused, and goes on when put back."""
    run = Path(shutil.copytree(whole.run, tmp_path / "run"))
    record = RunFolder(run).run_json
    content = record.read_bytes()
    flip(record, content.index(b'"'))
    before = tree(run)
    assert wrong(evolflow, run) == ["run.json"]
    with serving(every_rule) as server:
        refused = evolflow(*run_flags(server, whole.seeds, run, **SETTINGS))
        assert refused.returncode in (1, 2)
        assert_one_line(refused.stderr, str(record))
        assert server.requests == 0
    assert tree(run) == before
    record.write_bytes(content)
    assert wrong(evolflow, run) == []


KILLER = """
import os, signal, sys
left = [int(os.environ.get("KILL_AT_DRAFT", "0"))]

def note(event, arguments):
    if event == "os.rename" and str(arguments[0]).endswith(".parquet") and "/.draft-" in str(
        arguments[0]
    ):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

if left[0]:
    sys.addaudithook(note)
"""


@pytest.mark.slow
def test_a_run_that_was_killed_while_it_wrote_and_then_damaged_ends_as_if_nothing_had_happened(
    evolflow: Evolflow, whole: Whole, tmp_path: Path
) -> None:
    """Killed between a written draft and its name, in the last epoch; a stopped run can be checked."""
    (tmp_path / "killer").mkdir()
    (tmp_path / "killer" / "sitecustomize.py").write_text(KILLER)
    run = tmp_path / "run"
    folder = RunFolder(run)
    with serving(every_rule) as server:
        flags = run_flags(server, whole.seeds, run, **SETTINGS)
        killed = evolflow(*flags, PYTHONPATH=str(tmp_path / "killer"), KILL_AT_DRAFT="54")
        assert killed.returncode == -9
        assert state_of(run) == "running"
        assert list(run.rglob(".draft-*"))
        assert wrong(evolflow, run) == []
        assert (run / "dataset" / "epoch-1").exists() and not (run / "dataset" / "epoch-2").exists()
        files = [folder.stage_shard(1, "eliminate", 1), folder.pool_shard(2, 1),
                 folder.part("dataset", 1, 0)]  # fmt: skip
        for path in files:
            flip_data(path)
        book = ledger_with_records(folder, 2, 0)
        flip(book, 40)
        assert wrong(evolflow, run) == sorted(
            [*(path.relative_to(run).as_posix() for path in files),
             f"{book.relative_to(run).as_posix()}:1"]
        )  # fmt: skip
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert bought_twice(server, whole.bill) <= CONCURRENCY
    assert wrong(evolflow, run) == []
    assert list(run.rglob(".draft-*")) == []
    assert data_bytes(run) == data_bytes(whole.run)


@pytest.mark.slow
def test_a_full_disk_stops_the_run_with_a_line_and_it_goes_on_when_there_is_room(
    evolflow: Evolflow, whole: Whole, disk: Disk
) -> None:
    run = disk.place / "run"
    ballast = disk.place / "ballast"
    ballast.write_bytes(b"\0" * 150_000)
    with serving(every_rule) as server:
        flags = run_flags(server, whole.seeds, run, **SETTINGS)
        stopped = evolflow(*flags)
        assert stopped.returncode == 1
        assert_one_line(stopped.stderr, str(run), "No space left on device", "same command again")
        assert wrong(evolflow, run) == []
        ballast.unlink()
        assert disk.mount("remount,size=16m")
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        assert bought_twice(server, whole.bill) <= CONCURRENCY
    assert wrong(evolflow, run) == []
    assert data_bytes(run) == data_bytes(whole.run)


def long_answers(prompt: str, before: int) -> Reply:
    """Answer well, and at length."""
    reply = plain(prompt, before)
    if kind_of(prompt) == "respond":
        return Reply(f"{reply.text} " * 16_000)
    return reply


@pytest.mark.long
def test_a_file_that_may_not_grow_further_stops_the_run_as_a_full_disk_does(
    evolflow: Evolflow, embedded: dict[str, str], tmp_path: Path
) -> None:
    """A limit on the size of files is to be had everywhere."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(ROWS))
    run = tmp_path / "run"
    largest = 6 * 1024**2
    with serving(long_answers) as server:
        flags = run_flags(server, seeds, run, **{**SETTINGS, "shard_rows": ROWS})
        # Prefect's own database must stay below the limit, so it starts empty.
        own = {**embedded, "EVOLFLOW_HOME": str(tmp_path / "home")}
        stopped = subprocess.run(
            [sys.executable, "-m", "flows.cli", *map(str, flags)],
            cwd=ROOT, env=own, capture_output=True, text=True, timeout=120, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
        )  # fmt: skip
        assert stopped.returncode == 1, stopped.stderr
        assert_one_line(stopped.stderr, str(run / "work"), "File too large", "same command again")
        assert wrong(evolflow, run) == []
        answered = server.answered.copy()
        done = evolflow(*flags)
        assert done.returncode == 0, done.stderr
        again = sum(server.answered[prompt] - 1 for prompt in answered)
        assert 0 < again <= CONCURRENCY
    assert wrong(evolflow, run) == []
    assert_rows_conserved(run, ROWS, 2)


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_refused_at_once_and_can_still_be_looked_at(
    evolflow: Evolflow, whole: Whole, disk: Disk
) -> None:
    assert disk.mount("remount,size=16m")
    shutil.copytree(whole.run, disk.place / "run")
    assert disk.mount("remount,ro")
    with serving(every_rule) as server:
        for name in ("run", "new"):
            refused = evolflow(*run_flags(server, whole.seeds, disk.place / name, **SETTINGS))
            assert refused.returncode == 2
            (line,) = refused.stderr.splitlines()
            assert line.startswith(f"evolflow: out: {disk.place / name}")
            assert "Read-only file system" in line
        assert server.requests == 0
    assert wrong(evolflow, disk.place / "run") == []
    assert evolflow("status", disk.place / "run").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["work", "."])
def test_a_folder_that_vanishes_while_the_run_goes_on_stops_it_with_a_line(
    gone: str, environment: dict[str, str], whole: Whole, tmp_path: Path
) -> None:
    """A removed file takes what is written to it without a word: answers would be paid for nothing."""
    run = tmp_path / "run"
    with serving(every_rule, latency_s=0.2) as server:
        flags = run_flags(server, whole.seeds, run, **SETTINGS)
        process = start_run(environment, *flags)
        wait_for(lambda: server.answered.total() >= 8, process=process)
        while (run / gone).exists():
            shutil.rmtree(run / gone, ignore_errors=True)
        asked = server.requests
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (1, 2)
        assert_one_line(errors, str(run), "run")
        assert server.requests <= asked + 2 * CONCURRENCY
