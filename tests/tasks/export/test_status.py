"""An export says what it holds, and `verify` finds what is not as it was exported."""

from pathlib import Path

import pytest

from schemas.folders.export import ExportFolder
from schemas.settings.export import ExportForm
from tasks.export.export import hand_on, wanted_of
from tasks.export.status import export_checks, export_status, export_text
from tests.tasks.mixing.test_mix import many


@pytest.fixture
def folder(tmp_path: Path) -> ExportFolder:
    run = many(tmp_path, 3)
    out = tmp_path / "export"
    hand_on(run, wanted_of(ExportForm(source=str(run), format="alpaca", out=str(out), card=True)))
    return ExportFolder(out)


def wrong(folder: ExportFolder) -> list[str]:
    return [problem.place for check in export_checks(folder) for problem in check.problems]


def test_format_rows_and_source_are_said(folder: ExportFolder) -> None:
    assert export_status(folder).rows == 3
    assert export_text(folder) == f"alpaca: 3 rows in 1 files: {folder.root}"
    assert export_checks(folder)[0].found.endswith(" of run")


def test_a_whole_export_is_sound_and_a_changed_card_is_named(folder: ExportFolder) -> None:
    assert wrong(folder) == []
    folder.card.write_text("another")
    assert wrong(folder) == ["README.md"]
    folder.card.unlink()
    assert wrong(folder) == ["README.md"]
