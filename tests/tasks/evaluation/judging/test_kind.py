"""Opening an evaluation's folder: the same one goes on, anything else in it is left alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.settings.evaluation import EvaluationSettings
from schemas.settings.evolution import RunSettings
from tasks.evaluation.judging.kind import EVALUATION
from tasks.runs.run_json import Inputs, open_record, read_record

ASKED = ["Name a river.", "Name a lake.", "Name a sea."]


def evaluation(place: Path, **more: Any) -> EvaluationSettings:
    """Two systems, one of them a file of answers; three items."""
    tests, answers = place / "tests.json", place / "a.json"
    if not tests.exists():
        tests.write_text(json.dumps(ASKED))
        answers.write_text(json.dumps([{"instruction": t, "output": "Yes."} for t in ASKED]))
    given = {
        "systems": {"a": str(answers), "b": "m/b"}, "judge": "m/j",
        "tests": str(tests), "out": str(place / "run"),
    }  # fmt: skip
    return EvaluationSettings.model_validate({**given, **more})


def refusal(settings: EvaluationSettings) -> str:
    with pytest.raises(BadInput) as refused:
        EVALUATION.check(settings)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_checking_leaves_nothing_and_starting_writes_the_record(tmp_path: Path) -> None:
    EVALUATION.check(evaluation(tmp_path))
    assert not (tmp_path / "run").exists()
    record = read_record(EVALUATION.start(evaluation(tmp_path)))
    assert (record.kind, record.state) == ("evaluation", "new")
    systems = record.named("systems")
    assert isinstance(systems, dict)
    assert systems["b"] == "m/b" and systems["a"].startswith("file ")


def test_the_same_evaluation_goes_on_with_other_limits_and_places(tmp_path: Path) -> None:
    before = read_record(EVALUATION.start(evaluation(tmp_path)))
    (tmp_path / "a.json").rename(tmp_path / "moved.json")
    systems = {"a": str(tmp_path / "moved.json"), "b": "m/b@http://h/v1"}
    other = evaluation(tmp_path, systems=systems, concurrency=3, budget_usd=1)
    EVALUATION.check(other)
    after = read_record(EVALUATION.start(other))
    assert after.run_id == before.run_id and after.settings["concurrency"] == 3


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"protocol": "alternate"}, "protocol: run has 'both-orders', given 'alternate'"),
        ({"judge": "m/other"}, "judge: run has 'm/j'"),
        ({"systems": {"b": "m/b", "c": "m/c"}}, "systems: other models"),
    ],
)
def test_another_evaluation_is_refused_and_the_record_left_as_it_was(
    tmp_path: Path, more: dict[str, Any], told: str
) -> None:
    folder = EVALUATION.start(evaluation(tmp_path))
    before = folder.run_json.read_bytes()
    assert told in refusal(evaluation(tmp_path, **more))
    assert folder.run_json.read_bytes() == before


def test_changed_files_are_another_evaluation(tmp_path: Path) -> None:
    EVALUATION.start(evaluation(tmp_path))
    answers = [{"instruction": text, "output": "No."} for text in ASKED]
    (tmp_path / "a.json").write_text(json.dumps(answers))
    assert "files with other content" in refusal(evaluation(tmp_path))
    (tmp_path / "tests.json").write_text(json.dumps(ASKED[:2]))
    assert "has other content than the run's test set" in refusal(evaluation(tmp_path))


def test_an_evolution_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    run = str(tmp_path / "run")
    evolution = RunSettings.model_validate({"seeds": "s.json", "out": run, "model": "m"})
    content: dict[str, object] = {
        "seeds_sha256": "0",
        "pack": {"name": "general", "sha256": "0", "files": {}},
    }
    folder = RunFolder(tmp_path / "run")
    open_record(folder, evolution, Inputs("evolution", content, {}))
    before = folder.run_json.read_bytes()
    assert "a run of another kind (evolution)" in refusal(evaluation(tmp_path))
    assert folder.run_json.read_bytes() == before


def test_one_model_at_two_addresses_is_refused(tmp_path: Path) -> None:
    """The key and the address are known by the model's name: one of the two would be asked twice."""
    systems = {"a": "m/x@http://one/v1", "b": "m/x@http://two/v1"}
    assert "systems.b: m/x is asked at two addresses" in refusal(
        evaluation(tmp_path, systems=systems)
    )


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    settings = evaluation(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("mine")
    assert "is not empty and no run folder" in refusal(settings)


def test_paths_are_whole_and_models_and_the_own_set_stay_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    systems = {"b": "m/b", "a": "a.json", "c": "m/c@http://h/v1"}
    whole = EVALUATION.whole(evaluation(tmp_path, systems=systems, out="run", tests="own"))
    assert list(whole.systems.items()) == [
        ("b", "m/b"), ("a", str(tmp_path / "a.json")), ("c", "m/c@http://h/v1")
    ]  # fmt: skip
    assert (whole.out, whole.tests) == (str(tmp_path / "run"), "own")
