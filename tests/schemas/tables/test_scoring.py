"""What a scoring is made of: rows survive their tables, settings their form, and lies are refused."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.settings.scoring import ScoringForm, ScoringSettings
from schemas.tables.row import to_table
from schemas.tables.scoring import (
    DIFFICULTIES,
    VERSIONS,
    Difficulty,
    Version,
    difficulties_of,
    versions_of,
)
from tests.conftest import ROOT

LEAST: dict[str, Any] = {"source": "run", "out": "run/scores", "judge": "m"}


def test_rows_come_back_from_their_tables_as_they_were() -> None:
    rows = [
        Difficulty(0, "a", "a", 0, "Name 绳.", "m"),
        Difficulty(1, "b", "b", 1, "Name two.", "m", 7.5, None, "Score: 7.5"),
        Difficulty(2, "c", "c", 1, "Name three.", "m", None, "no score", "hm"),
    ]
    versions = [
        Version(n, f"a-{n}", "a", n, "Name.", None if n else "So.", "m", 3, 3 - n, n + 1.0)
        for n in range(3)
    ]
    assert difficulties_of(to_table(rows, DIFFICULTIES)) == rows
    assert versions_of(to_table(versions, VERSIONS)) == versions


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"per_epoch": 3, "lines": 0, "rng_seed": 7, "embeddings": "sentences:/models/m"},
        {"budget_usd": 1.5, "prices": {"m": {"input": 1, "output": 2}}, "rpm": 60},
    ],
)
def test_settings_come_back_from_a_form_as_they_were(changed: dict[str, Any]) -> None:
    settings = ScoringSettings.model_validate({**LEAST, **changed})
    assert ScoringForm.of(settings).settings() == settings
    assert [field.title for field in ScoringForm.model_fields.values()] == list(settings.groups)


@pytest.mark.parametrize(
    ("name", "value"),
    [("per_epoch", 0), ("lines", -1), ("rng_seed", -1), ("judge", ""), ("per_epock", 3)],
)
def test_values_out_of_bounds_and_misspelt_names_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        ScoringSettings.model_validate({**LEAST, name: value})


def test_every_setting_of_a_scoring_is_read_by_something() -> None:
    """A knob that turns nothing is worse than none: people trust it."""
    own = {"source", "per_epoch", "lines", "rng_seed", "judge", "embeddings"}
    texts = [path.read_text() for path in (ROOT / "tasks").rglob("*.py")]
    for name in own:
        assert any(re.search(rf"settings\.{name}\b", text) for text in texts), name


def test_a_model_for_embeddings_is_asked_like_any_other_and_the_judge_stays_the_first() -> None:
    settings = ScoringSettings.model_validate(
        {**LEAST, "judge": "m/j", "api_base": "http://127.0.0.1:1/v1", "embeddings": "o/points"}
    )
    assert settings.asked == {"judge": "m/j", "embeddings": "o/points"}
    assert settings.base_of("o/points") is None
    for name in ("offline", "offline/rewriter", "sentences:models/mine", "glove"):
        free = settings.model_copy(update={"embeddings": name})
        assert free.asked == {"judge": "m/j"}
