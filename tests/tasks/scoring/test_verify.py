"""A scoring that is not as it was made is told apart from one that is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.documents.manifest import Manifest
from schemas.folders.scoring import ScoringFolder
from schemas.settings.scoring import ScoringSettings
from schemas.tables.row import CALLS, to_table
from schemas.tables.scoring import (
    DIFFICULTIES,
    VERSIONS,
    Difficulty,
    Version,
    difficulties_of,
    versions_of,
)
from tasks.doors.storage import shards
from tasks.runs.manifest import entry_of
from tasks.scoring.kind import SCORING
from tasks.scoring.verify import scoring_checks


@pytest.fixture
def folder(tmp_path: Path) -> ScoringFolder:
    """A scoring of three instructions and two lines, for which nothing had to be bought."""
    (tmp_path / "t.json").write_text('["Name a knot.", "Name two.", "Name three."]')
    settings = ScoringSettings(source=str(tmp_path / "t.json"), out=str(tmp_path / "s"), judge="m")
    made = SCORING.start(settings)
    rows = [Difficulty(n, f"r{n}", f"s{n}", 0, "Name.", "m", score)
            for n, score in enumerate((1.0, None, 10.0))]  # fmt: skip
    versions = [
        Version(3 * n + v, f"r{n}-{v}", f"s{n}", v, "Name.", "So.", "m", 3, 3 - v, v + 1.0, None)
        for n in range(2)
        for v in range(3)
    ]
    write(made, rows, versions)
    return made


def write(folder: ScoringFolder, rows: list[Difficulty], versions: list[Version]) -> None:
    shards.write_table(to_table(rows, DIFFICULTIES), folder.scored("difficulty"))
    shards.write_table(to_table(versions, VERSIONS), folder.scored("versions"))
    shards.write_table(CALLS.empty_table(), folder.scored("calls"))
    paths = [folder.scored(name) for name in ("difficulty", "versions", "calls")]
    files = [entry_of(folder, path) for path in paths]
    shards.write_json(Manifest(files=files, made_from={"scoring": "key"}), folder.manifest)


def problems(folder: ScoringFolder) -> list[str]:
    return [problem.what for check in scoring_checks(folder) for problem in check.problems]


def test_a_sound_scoring_has_no_problem_nor_has_one_that_is_not_published(
    folder: ScoringFolder,
) -> None:
    assert problems(folder) == []
    folder.manifest.unlink()
    assert problems(folder) == []


def test_a_changed_byte_is_found_in_its_file(folder: ScoringFolder) -> None:
    path = folder.scored("versions")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    (check,) = [check for check in scoring_checks(folder) if check.problems]
    assert [problem.place for problem in check.problems] == ["versions.parquet"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows, versions: ([replace(rows[0], score=11.0)], versions), "difficulty of 'r0'"),
        (lambda rows, versions: (rows, [replace(versions[0], complexity=4.0), *versions[1:]]),
         "line 's0'"),
        (lambda rows, versions: (rows, versions[:-1]), "line 's1'"),
        (lambda rows, versions: (rows, [replace(versions[0], shown=2), *versions[1:]]), "line 's0'"),
    ],
)  # fmt: skip
def test_scores_off_their_scale_and_lines_that_are_not_whole_are_named(
    folder: ScoringFolder,
    change: Callable[..., tuple[list[Difficulty], list[Version]]],
    said: str,
) -> None:
    rows = difficulties_of(shards.read_table(folder.scored("difficulty")))
    versions = versions_of(shards.read_table(folder.scored("versions")))
    write(folder, *change(rows, versions))
    (found,) = problems(folder)
    assert said in found
