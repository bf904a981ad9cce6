"""The forms of evaluations and scorings say what their settings say, and nothing else."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.settings.evaluation import EvaluationForm, EvaluationSettings
from schemas.settings.scoring import ScoringForm, ScoringSettings

SYSTEMS = {"b": "m/b@http://h/v1", "a": "m/a", "c": "c.json"}
GIVEN: dict[str, Any] = {"systems": SYSTEMS, "judge": "m/j", "out": "run"}
LEAST: dict[str, Any] = {"compared": {"systems": SYSTEMS, "out": "run"}, "judge": {"judge": "m/j"}}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"baseline": "a", "pairs": "all", "limit": 3, "protocol": "alternate"},
        {"budget_usd": 1.5, "prices": {"m": {"input": 1, "output": 2}}, "rpm": 60},
        {"task_runner": "dask", "engines": 2, "cluster": "tcp://10.0.0.1:8786"},
    ],
)
def test_settings_come_back_from_a_form_as_they_were(changed: dict[str, Any]) -> None:
    settings = EvaluationSettings.model_validate({**GIVEN, **changed})
    again = EvaluationForm.of(settings).settings()
    assert again == settings and list(again.systems) == list(SYSTEMS)


def test_a_form_with_the_least_has_every_default() -> None:
    made = EvaluationForm.model_validate(LEAST).settings()
    assert made == EvaluationSettings.model_validate(GIVEN)
    scoring = {"source": "run", "out": "scores", "judge": "m/j"}
    form = {"scored": {"source": "run", "out": "scores"}, "judge": {"judge": "m/j"}}
    assert ScoringForm.model_validate(form).settings() == ScoringSettings.model_validate(scoring)


@pytest.mark.parametrize(
    ("form", "settings"),
    [(EvaluationForm, EvaluationSettings), (ScoringForm, ScoringSettings)],
)
def test_every_group_is_a_part_of_the_form_with_its_help(form: Any, settings: Any) -> None:
    assert [field.title for field in form.model_fields.values()] == list(settings.groups)
    assert all(field.description for field in form.model_fields.values())


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("compared", "systems", {"a": "m/a"}),
        ("compared", "baseline", "d"),
        ("compared", "judge", "m"),
        ("judge", "judge_api_base", "http://user:secret@host/v1"),
        ("judge", "protocol", "fair"),
        ("limits", "concurrency", 0),
        ("more", "limit", 2),
    ],
)
def test_what_no_setting_allows_no_form_allows(group: str, name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        EvaluationForm.model_validate({**LEAST, group: {**LEAST.get(group, {}), name: value}})
