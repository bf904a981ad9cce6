"""A seal holds while nothing has changed, and never when anything has."""

import fcntl
from pathlib import Path
from typing import Any

import pytest

from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from tasks.doors.storage import shards
from tasks.runs import seal
from tasks.runs.run_json import versions


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    return RunSettings(
        seeds=tmp_path / "seeds.json", out=str(tmp_path / "run"), model="offline/rewriter"
    )


@pytest.fixture
def folder(settings: RunSettings) -> RunFolder:
    """A folder whose run is done, sealed."""
    folder = RunFolder(Path(settings.out))
    write_record(folder, settings)
    for path in (folder.part("dataset", 0, 0), folder.report, folder.log, folder.lock):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    seal.put(folder)
    return folder


def write_record(folder: RunFolder, settings: RunSettings, **more: Any) -> None:
    record = {
        "run_id": "r", "kind": "evolution", "state": "done", "created_at": "", "changed_at": "",
        "settings": settings.model_dump(mode="json"), "fixed": settings.fixed_part(),
        "seeds_sha256": "s", "pack": {"name": "general", "sha256": "p", "files": {}},
        "versions": versions(), **more,
    }  # fmt: skip
    shards.write_json(record, folder.run_json)


def test_it_holds_while_all_is_as_it_was(folder: RunFolder, settings: RunSettings) -> None:
    assert seal.holds(folder, settings)


def test_the_log_and_the_lock_say_nothing_of_what_was_made(
    folder: RunFolder, settings: RunSettings
) -> None:
    folder.log.write_text("one line more")
    folder.lock.write_text("pid 1")
    assert seal.holds(folder, settings)


def test_a_changed_byte_breaks_it(folder: RunFolder, settings: RunSettings) -> None:
    folder.report.write_text("index.htmL")
    assert not seal.holds(folder, settings)


def test_a_file_less_breaks_it(folder: RunFolder, settings: RunSettings) -> None:
    folder.part("dataset", 0, 0).unlink()
    assert not seal.holds(folder, settings)


def test_a_file_more_breaks_it(folder: RunFolder, settings: RunSettings) -> None:
    folder.part("dataset", 0, 1).write_text("")
    assert not seal.holds(folder, settings)


def test_another_setting_breaks_it_though_the_run_may_go_on_with_it(
    folder: RunFolder, settings: RunSettings
) -> None:
    assert not seal.holds(folder, settings.model_copy(update={"concurrency": 3}))


@pytest.mark.parametrize("more", [{"state": "running"}, {"versions": {"python": "2.7"}}])
def test_a_run_that_is_not_done_or_was_done_by_others_has_none(
    folder: RunFolder, settings: RunSettings, more: dict[str, Any]
) -> None:
    write_record(folder, settings, **more)
    seal.put(folder)
    assert not seal.holds(folder, settings)


@pytest.mark.parametrize("text", ["", "null", '{"files": {}}', "\0"])
def test_a_damaged_seal_holds_nothing(folder: RunFolder, settings: RunSettings, text: str) -> None:
    folder.seal.write_text(text)
    assert not seal.holds(folder, settings)


def test_none_holds_while_a_process_works_there(folder: RunFolder, settings: RunSettings) -> None:
    with folder.lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert not seal.holds(folder, settings)


def test_a_folder_without_one_goes_its_usual_way(folder: RunFolder, settings: RunSettings) -> None:
    folder.seal.unlink()
    assert not seal.holds(folder, settings)
