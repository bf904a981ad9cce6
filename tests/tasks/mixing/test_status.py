"""A mix says what it holds, and `verify` finds what is not as it was mixed."""

from pathlib import Path

import pytest

from schemas.folders.mix import MixFolder
from schemas.settings.mixing import MixSettings
from tasks.mixing.mix import mix
from tasks.mixing.status import mix_checks, mix_status, mix_text
from tests.tasks.mixing.test_mix import many


@pytest.fixture
def folder(tmp_path: Path) -> MixFolder:
    run = many(tmp_path, 6)
    out = tmp_path / "mix"
    mix(MixSettings(runs=(str(run),), out=str(out), sample=4))
    return MixFolder(out)


def wrong(folder: MixFolder) -> list[str]:
    return [problem.place for check in mix_checks(folder) for problem in check.problems]


def test_rows_mixed_and_removed_are_counted(folder: MixFolder) -> None:
    assert mix_status(folder).rows == 4
    said = mix_text(folder)
    assert said.startswith("6 rows: 4 mixed, 2 removed")
    assert f"evolflow train --data {folder.root}" in said


def test_a_whole_mix_is_sound(folder: MixFolder) -> None:
    assert [check.name for check in mix_checks(folder)] == ["mix.json", "files", "rows"]
    assert wrong(folder) == []


def test_a_damaged_a_missing_and_a_foreign_file_are_named(folder: MixFolder) -> None:
    part = folder.part(folder.data, 0)
    content = part.read_bytes()
    part.write_bytes(content[:-1])
    assert wrong(folder) == ["data/part-00000.parquet"]
    part.write_bytes(content)
    folder.part(folder.removed, 0).unlink()
    assert wrong(folder) == ["removed/part-00000.parquet"]
    (folder.root / "data" / "notes.txt").write_text("mine")
    assert wrong(folder) == ["removed/part-00000.parquet", "data/notes.txt"]


def test_counts_that_do_not_fit_the_rows_are_named(folder: MixFolder) -> None:
    text = folder.mix_json.read_text()
    folder.mix_json.write_text(text.replace('"rows": 4,', '"rows": 5,', 1))
    assert "mix.json" in wrong(folder)
