"""How an evaluation stands: plain numbers, and a warning in words where its judge fails."""

import json
from pathlib import Path

import pytest

from schemas.documents.status import EvaluationStatus
from tasks.doors.storage import shards
from tasks.doors.storage.shards import json_text
from tasks.evaluation.judging.status import evaluation_status, evaluation_text
from tests.tasks.evaluated import evaluated


@pytest.mark.parametrize(("lead", "is_warned"), [(-6.0, False), (6.0, True)])
def test_a_judge_that_lets_the_constant_answer_win_is_warned_of(
    tmp_path: Path, lead: float, is_warned: bool
) -> None:
    folder = evaluated(tmp_path, "base", "ours", "third", canary=lead)
    text = evaluation_text(folder)
    assert ("WARNING: a constant answer did not lose" in text) is is_warned
    assert ("cannot be trusted" in text) is is_warned
    assert str(folder.results) in text and str(folder.report) in text
    assert text.count("against base: win ") == 2


def test_where_no_constant_answer_was_played_nothing_is_said_of_it(tmp_path: Path) -> None:
    folder = evaluated(tmp_path, "base", "ours")
    results = json.loads(folder.results.read_text())
    shards.write_json({**results, "canary": None}, folder.results)
    assert "WARNING" not in evaluation_text(folder)


def test_status_is_plain_numbers(tmp_path: Path) -> None:
    found = evaluation_status(evaluated(tmp_path, "base", "ours"))
    assert EvaluationStatus.model_validate(json.loads(json_text(found))) == found
    assert (found.kind, found.state, found.items) == ("evaluation", "done", 24)


def test_an_unfinished_evaluation_promises_no_results(tmp_path: Path) -> None:
    folder = evaluated(tmp_path, "base", "ours")
    folder.results.unlink()
    text = evaluation_text(folder)
    assert "report:" not in text and "win rate" not in text
