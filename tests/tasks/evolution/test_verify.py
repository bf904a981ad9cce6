"""Verify: whatever is damaged in a run is named, that and nothing else, and nothing is written."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.calls.ledger_line import encode
from schemas.errors import BadInput, RunFault
from schemas.folders.run import RunFolder
from tasks.doors.storage import lock, shards
from tasks.doors.storage.places import place
from tasks.evolution.report.page import write_report
from tasks.evolution.show import line_text
from tasks.evolution.status import status
from tasks.evolution.verify import checks_of
from tasks.runs.checks import AGAIN, Problem, raise_if_wrong, verify_text
from tests.conftest import Evolflow, own_seeds, write_seeds
from tests.damage import flip, flip_data, tree

EPOCHS = 2


@pytest.fixture(scope="module")
def made(evolflow: Evolflow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of two shards, with a seed that was set aside."""
    home = tmp_path_factory.mktemp("verify")
    seeds = write_seeds(home / "seeds.json", [*own_seeds(6), {"instruction": "", "output": ""}])
    done = evolflow(
        "run", "--seeds", seeds, "--out", home / "run", "--model", "offline/rewriter",
        "--epochs", EPOCHS, "--shard-rows", 3, "--part-rows", 4,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return home / "run"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> RunFolder:
    """A copy of the run, to do harm to."""
    return RunFolder(Path(shutil.copytree(made, tmp_path / "run")))


def problems(folder: RunFolder) -> list[Problem]:
    return [problem for check in checks_of(folder) for problem in check.problems]


def places(folder: RunFolder) -> list[str]:
    return [problem.place for problem in problems(folder)]


@pytest.mark.slow
def test_a_sound_run_has_a_line_for_each_check_and_no_problem(folder: RunFolder) -> None:
    before = tree(folder.root)
    checks = checks_of(folder)
    text = verify_text(checks).splitlines()
    assert tree(folder.root) == before
    assert [check.problems for check in checks] == [[]] * len(checks)
    assert len(text) == len(checks) and all(line.startswith("sound ") for line in text)
    assert [check.name for check in checks] == [
        "run.json", "manifest", "tables", "leftovers", "work shards", "ledger", "validation",
        "ids", "lines", "rows", "calls", "costs", "paid twice",
    ]  # fmt: skip
    assert checks[9].found == "18 verdicts in 3 epochs"
    raise_if_wrong(str(folder.root), checks)


PARQUET = [
    "dataset/epoch-0/part-00000.parquet",
    "dataset/epoch-1/part-00000.parquet",
    "eliminated/epoch-0/part-00000.parquet",
    "calls/epoch-2/part-00001.parquet",
    "work/epoch-0/set-aside.parquet",
    "work/epoch-0/pool-00001.parquet",
    "work/epoch-2/pool-00000.parquet",
    "work/epoch-3/pool-00000.parquet",
    *[
        f"work/epoch-1/{stage}-00001.parquet"
        for stage in ("evolve", "screen", "respond", "eliminate", "advance")
    ],
]


@pytest.mark.slow
@pytest.mark.parametrize("name", PARQUET)
def test_a_flipped_byte_in_a_table_names_that_file_alone(name: str, folder: RunFolder) -> None:
    flip_data(folder.root / name, "key" if name.startswith("calls") else "id")
    (problem,) = problems(folder)
    assert problem.place == name
    assert problem.what.startswith("damaged (")
    assert problem.remedy.startswith(AGAIN)
    with pytest.raises(RunFault, match="1 wrong") as refused:
        raise_if_wrong(str(folder.root), checks_of(folder))
    assert refused.value.exit_code == 1


@pytest.mark.slow
def test_no_byte_of_a_published_table_changes_unseen(folder: RunFolder) -> None:
    """Statistics and names in a footer have no checksum of their own; the manifest has the file's."""
    name = "eliminated/epoch-2/part-00000.parquet"
    whole = (folder.root / name).read_bytes()
    for at in range(0, len(whole), 61):
        flip(folder.root / name, at, 0x20)
        assert places(folder) == [name], at
        (folder.root / name).write_bytes(whole)
    assert places(folder) == []


@pytest.mark.slow
def test_a_damaged_record_is_named_with_its_line(folder: RunFolder) -> None:
    path = folder.ledger(1, 1)
    name = path.relative_to(folder.root).as_posix()
    first = path.read_bytes().index(b"\n") + 1
    flip(path, first + 60)
    (problem,) = problems(folder)
    assert problem.place == f"{name}:2" and "it can be mended" in problem.what
    flip(path, first + 70)
    (problem,) = problems(folder)
    assert problem.place == f"{name}:2" and "beyond mending" in problem.what
    path.write_bytes(path.read_bytes() + b"00000000 torn by a kill")
    assert len(problems(folder)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["run.json", "manifest.json", "validation.json"])
def test_a_document_that_cannot_be_read_is_named_alone(name: str, folder: RunFolder) -> None:
    path = folder.root / name
    flip(path, path.read_bytes().index(b'"'))
    assert places(folder) == [name]


@pytest.mark.slow
def test_a_setting_that_changed_in_one_of_its_two_places_is_found(folder: RunFolder) -> None:
    """A flipped bit makes another number of a number: the file can still be read."""
    text = folder.run_json.read_text()
    folder.run_json.write_text(text.replace('"temperature": 1.0', '"temperature": 1.8', 1))
    (problem,) = problems(folder)
    assert problem.place == "run.json" and "temperature is 1.8 here and 1.0 there" in problem.what
    assert "copy" in problem.remedy


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["status", "show", "report"])
def test_readers_name_a_damaged_file_instead_of_showing_other_rows(
    reader: str, folder: RunFolder
) -> None:
    path = folder.stage_shard(1, "advance", 0)
    (row_id, *_) = shards.read_table(path, ["seed_id"])["seed_id"].to_pylist()
    flip_data(path, "reason")
    flip_data(path, "instruction")
    reading = {
        "status": lambda: status(folder),
        "show": lambda: line_text(folder, row_id),
        "report": lambda: write_report(folder),
    }
    with pytest.raises(RunFault, match=rf"^{path}: damaged .*; run the same command again"):
        reading[reader]()


@pytest.mark.slow
def test_a_part_that_is_gone_or_another_is_named(folder: RunFolder) -> None:
    first, second = (folder.part("dataset", epoch, 0) for epoch in (0, 1))
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.unlink()
    assert [(problem.place, problem.what.partition(" (")[0]) for problem in problems(folder)] == [
        ("dataset/epoch-0/part-00000.parquet", "not as manifest.json has it"),
        ("dataset/epoch-1/part-00000.parquet", "missing"),
    ]
    first.write_bytes(content)
    assert places(folder) == ["dataset/epoch-1/part-00000.parquet"]


@pytest.mark.slow
def test_files_that_would_pass_for_results_are_named_with_what_to_do(folder: RunFolder) -> None:
    """pandas reads whatever lies in dataset/: a part that nobody committed would be among it."""
    part = folder.part("dataset", 2, 7)
    shutil.copy(folder.part("dataset", 2, 0), part)
    shutil.copy(part, folder.root / "dataset" / "backup.parquet")
    (folder.root / "calls" / ".draft-12-part-00000.parquet").touch()
    found = {problem.place: problem.remedy for problem in problems(folder)}
    assert found == {
        "dataset/backup.parquet": "move it out of the run folder",
        "dataset/epoch-2/part-00007.parquet": AGAIN,
    }
    with lock.held(folder.lock):
        assert places(folder) == [], "a process that works on the run may be about to commit them"


@pytest.mark.slow
@pytest.mark.parametrize("lacks", ["the last epoch", "all tables", "all but run.json"])
def test_what_a_stopped_run_does_not_have_yet_is_no_problem(lacks: str, folder: RunFolder) -> None:
    record = json.loads(folder.run_json.read_text())
    folder.run_json.write_text(json.dumps({**record, "state": "running"}))
    folder.validation.unlink()
    manifest = json.loads(folder.manifest.read_text())
    gone = [one for one in manifest["files"] if lacks != "the last epoch" or "-2/" in one["path"]]
    for one in gone:
        (folder.root / one["path"]).unlink()
    left = [one for one in manifest["files"] if one not in gone]
    folder.manifest.write_text(json.dumps({**manifest, "files": left}))
    if lacks == "all but run.json":
        shutil.rmtree(folder.work)
        folder.manifest.unlink()
    assert problems(folder) == []


@pytest.mark.slow
def test_a_finished_run_that_lacks_an_epoch_is_not_sound(folder: RunFolder) -> None:
    manifest = json.loads(folder.manifest.read_text())
    gone = [one for one in manifest["files"] if "-1/" in one["path"]]
    for one in gone:
        (folder.root / one["path"]).unlink()
    left = [one for one in manifest["files"] if one not in gone]
    folder.manifest.write_text(json.dumps({**manifest, "files": left}))
    assert ("manifest.json", "lacks epoch 1") in [(one.place, one.what) for one in problems(folder)]


@pytest.mark.slow
def test_tables_that_were_changed_and_signed_anew_do_not_agree(folder: RunFolder) -> None:
    """Checksums that fit are not enough: rows must be conserved and every call accounted for."""
    path = folder.part("eliminated", 2, 0)
    shards.write_table(shards.read_table(path).slice(1), path)
    manifest = json.loads(folder.manifest.read_text())
    name = path.relative_to(folder.root).as_posix()
    (entry,) = [one for one in manifest["files"] if one["path"] == name]
    entry["rows"] -= 1
    entry |= {"bytes": path.stat().st_size, "sha256": shards.sha256_of(path)}
    folder.manifest.write_text(json.dumps(manifest))
    assert places(folder) == ["dataset/epoch-2"]


HOSTILE: list[Callable[[dict[str, Any]], Any]] = [
    lambda manifest: [],
    lambda manifest: {"files": "all"},
    lambda manifest: {"files": [1, 2]},
    lambda manifest: {"files": [*manifest["files"], {"path": "../../etc/passwd"}]},
    lambda manifest: {"files": [*manifest["files"], {"path": "dataset/\x1b[2J"}]},
]


@pytest.mark.slow
@pytest.mark.parametrize("change", HOSTILE)
def test_a_manifest_from_a_stranger_steers_nothing(
    change: Callable[[dict[str, Any]], Any], folder: RunFolder
) -> None:
    folder.manifest.write_text(json.dumps(change(json.loads(folder.manifest.read_text()))))
    assert set(places(folder)) == {"manifest.json"}
    text = verify_text(checks_of(folder))
    assert "\x1b" not in text and "1 wrong" in text


def test_a_folder_that_is_no_run_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"is .* a run folder"):
        checks_of(RunFolder(tmp_path / "none"))


def uploaded(folder: RunFolder, bucket: str) -> RunFolder:
    """Return the run as it would lie on an object store: each ledger is a segment in a folder."""
    far = RunFolder(place(f"{bucket}/run"))
    for path in folder.root.rglob("*"):
        if path.is_file() and path not in (folder.lock, folder.log):
            name = path.relative_to(folder.root).as_posix()
            (far.root / name.replace(".jsonl", "/000001-aa.jsonl")).write_bytes(path.read_bytes())
    return far


@pytest.mark.slow
def test_a_run_on_an_object_store_is_checked_as_one_on_a_disk(
    folder: RunFolder, bucket: str
) -> None:
    far = uploaded(folder, bucket)
    assert verify_text(checks_of(far)) == verify_text(checks_of(folder))
    assert status(far).epochs == status(folder).epochs
    part = far.part("dataset", 1, 0)
    for path in (part, far.ledger(1, 0) / "000001-aa.jsonl"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    named = places(far)
    assert "dataset/epoch-1/part-00000.parquet" in named
    assert sum(one.startswith("work/ledger/epoch-1/shard-00000:") for one in named) == 1
    (far.root / "dataset" / "epoch-1" / "stray.parquet").write_bytes(b"")
    assert "dataset/epoch-1/stray.parquet" in places(far)


OWN = ["run.json", "manifest.json", "validation.json"]
SHAPES = ["[" * 100_000, '{"a":' * 100_000, '{"a": ' + "9" * 5_000 + "}", "[]", "7", "null", "{}",
          '{"success": true, "results": 3}', "", "\0"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("text", SHAPES, ids=range(len(SHAPES)))
@pytest.mark.parametrize("name", OWN)
def test_a_file_of_another_shape_is_one_line_for_every_reader(
    folder: RunFolder, name: str, text: str
) -> None:
    path = folder.root / name
    path.write_text(text)
    for read in (status, write_report):
        try:
            read(folder)
        except RunFault as e:
            assert str(path) in str(e) and "\n" not in str(e)
    # An object alone is no shape for any of them but says true of itself in one.
    if (name, text) != ("validation.json", SHAPES[7]):
        assert name in places(folder)


@pytest.mark.slow
def test_a_pipe_in_the_place_of_a_file_is_named_at_once(folder: RunFolder) -> None:
    bought = folder.ledgers(1)[0]
    for path in (folder.validation, bought):
        path.unlink()
        os.mkfifo(path)
    named = places(folder)
    assert "validation.json" in named and bought.relative_to(folder.root).as_posix() in named


@pytest.mark.slow
@pytest.mark.parametrize("record", [{"a": 1}, {"pending": 3}, {"key": [], "answer": {}}])
def test_a_record_that_nobody_of_ours_wrote_is_named_by_its_line(
    folder: RunFolder, record: dict[str, object]
) -> None:
    bought = folder.ledgers(1)[0]
    n_lines = len(bought.read_bytes().splitlines())
    with bought.open("ab") as file:
        file.write(encode(record))
    (problem, *_) = problems(folder)
    assert problem.place == f"{bought.relative_to(folder.root).as_posix()}:{n_lines + 1}"
    assert "of another shape" in problem.what


@pytest.mark.slow
@pytest.mark.parametrize("name", ["epoch-x", "epoch-", "epoch-01", "epoch-99999999999999999999"])
def test_a_folder_that_is_no_epoch_is_named_and_read_by_nobody(
    folder: RunFolder, name: str
) -> None:
    (folder.work / "ledger" / name).mkdir()
    assert places(folder) == [f"work/ledger/{name}"]
    status(folder)
