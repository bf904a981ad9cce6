"""An evaluation that is not as it was made is told apart from one that is."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.folders.evaluation import EvaluationFolder, EvaluationTable
from schemas.tables.evaluation import ANSWERS, JUDGMENTS, Judgment, SystemAnswer
from schemas.tables.row import to_table
from tasks.doors.storage import shards
from tasks.evaluation.answering.answers import parts, read_answers
from tasks.evaluation.judging.tables import read_judgments
from tasks.evaluation.judging.verify import evaluation_checks
from tasks.runs.manifest import entry_of, read_manifest
from tests.tasks.evaluated import BASELINE, evaluated, new_evaluation


@pytest.fixture
def folder(tmp_path: Path) -> EvaluationFolder:
    return evaluated(tmp_path, BASELINE, "other", count=6)


def problems(folder: EvaluationFolder) -> list[str]:
    return [problem.what for check in evaluation_checks(folder) for problem in check.problems]


def put(folder: EvaluationFolder, name: EvaluationTable, made: Callable[[Path], None]) -> None:
    """Change a table, and let the manifest say that it is so."""
    (path,) = parts(folder, name)
    made(path)
    manifest = read_manifest(folder)
    others = [one for one in manifest.files if not one.path.startswith(name)]
    files = [*others, entry_of(folder, path)]
    shards.write_json(manifest.model_copy(update={"files": files}), folder.manifest)


def put_games(folder: EvaluationFolder, games: list[Judgment]) -> None:
    put(folder, "judgments", lambda path: shards.write_table(to_table(games, JUDGMENTS), path))


def test_a_sound_evaluation_has_no_problem_nor_has_one_that_is_not_published(
    folder: EvaluationFolder, tmp_path: Path
) -> None:
    assert problems(folder) == []
    assert problems(new_evaluation(tmp_path, BASELINE, "other", name="new")) == []


def test_a_changed_or_strange_file_is_named(folder: EvaluationFolder) -> None:
    (path,) = parts(folder, "answers")
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))
    path.with_name("part-00007.parquet").write_bytes(b"stranger")
    assert problems(folder) == ["not as manifest.json has it", "not in manifest.json"]


def test_a_game_that_stands_twice_or_about_nothing_is_named(folder: EvaluationFolder) -> None:
    games = read_judgments(folder)
    put_games(folder, [*games, games[0]])
    (what,) = problems(folder)
    assert what.startswith("two games")
    put_games(folder, [replace(games[0], item_id="nobody"), *games[1:]])
    assert any("'nobody', which is no item" in what for what in problems(folder))


def test_a_verdict_on_an_answer_that_was_never_given_is_named(folder: EvaluationFolder) -> None:
    answers = read_answers(folder)
    silent: list[SystemAnswer] = [
        replace(one, answer=None) if one.system == "other" and one.position == 2 else one
        for one in answers
    ]
    put(folder, "answers", lambda path: shards.write_table(to_table(silent, ANSWERS), path))
    assert {what.partition(",")[0] for what in problems(folder)} == {"a verdict on '3'"}


def test_figures_that_do_not_follow_from_the_games_are_named(folder: EvaluationFolder) -> None:
    results = json.loads(folder.results.read_text())
    results["pairs"][0]["n"] += 1
    folder.results.write_text(json.dumps(results))
    (what,) = problems(folder)
    assert "were judged" in what
    folder.results.write_text("[]")
    assert problems(folder) == ["not as evolflow wrote it"]
