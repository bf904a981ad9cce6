"""Every knob of an evaluation: bounded, read by something, and either fixed for a run or free."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.calls.call import LOWEST, Sampling
from schemas.settings.evaluation import EvaluationSettings, System
from schemas.settings.knobs import is_fixed
from schemas.settings.scoring import ScoringSettings
from tests.schemas.settings.test_evolution import read_by_the_program

LEAST: dict[str, Any] = {"systems": {"a": "m/a", "b": "m/b"}, "judge": "m/j", "out": "run"}
FIELDS = sorted(EvaluationSettings.model_fields)


def made(**more: Any) -> EvaluationSettings:
    return EvaluationSettings.model_validate({**LEAST, **more})


@pytest.mark.parametrize("field", sorted({*FIELDS, *ScoringSettings.model_fields}))
def test_every_setting_is_read_somewhere(field: str) -> None:
    """A knob that turns nothing is worse than none: people trust it."""
    assert field in read_by_the_program()


@pytest.mark.parametrize("settings", [EvaluationSettings, ScoringSettings])
def test_every_setting_says_what_it_does_and_stands_in_one_group(
    settings: type[EvaluationSettings] | type[ScoringSettings],
) -> None:
    for name, info in settings.model_fields.items():
        assert info.description and info.description.endswith("."), name
        there = [name in model.model_fields for model in settings.groups.values()]
        assert there.count(True) == 1, name


@pytest.mark.parametrize(
    ("field", "refused", "accepted"),
    [
        ("systems", {}, {"a": "m/a", "b": "m/b"}),
        ("systems", {"a": "m/a"}, {"a": "m/a", "b": "a.json"}),
        ("systems", {f"s{n}": "m" for n in range(51)}, {f"s{n}": "m" for n in range(50)}),
        ("systems", {"a": "m/a", "null-model": "m/b"}, {"a": "m/a", "null": "m/b"}),
        ("systems", {"a": "m/a", " ": "m/b"}, {"a": "m/a", "b c": "m/b"}),
        ("systems", {"a": "m/a", "b\n": "m/b"}, {"a": "m/a", "数": "m/b"}),
        ("systems", {"a": "m/a", "b": ""}, {"a": "m/a", "b": "m"}),
        ("systems", {"a": "m/a", "b": "m@http://u:p@h/v1"}, {"a": "m", "b": "m@http://h/v1"}),
        ("systems", {"a": "m/a", "b": "m@http://h/v1?key=x"}, {"a": "m", "b": "m@https://h/v1"}),
        ("baseline", "c", "b"),
        ("pairs", "some", "all"),
        ("limit", 0, 1),
        ("canary_items", 0, 1),
        ("canary_items", 10_001, 10_000),
        ("shard_rows", 0, 1),
        ("shard_rows", 100_001, 100_000),
        ("temperature", 2.1, 2),
        ("top_p", 0, 1),
        ("max_tokens", 0, 1),
        ("judge", "", "m"),
        ("protocol", "fair", "alternate"),
        ("judge_api_base", "http://u:p@h/v1", "http://h/v1"),
        ("judge_temperature", -0.1, 0),
        ("judge_max_tokens", 100_001, 100_000),
        ("budget_usd", float("nan"), 0.01),
        ("concurrency", 0, 1),
    ],
)
def test_values_out_of_bounds_are_refused_and_the_last_good_one_is_taken(
    field: str, refused: Any, accepted: Any
) -> None:
    with pytest.raises(ValidationError) as error:
        made(**{field: refused})
    assert error.value.errors()[0]["loc"][0] == field
    assert made(**{field: accepted}).model_dump()[field] == accepted


@pytest.mark.parametrize("missing", sorted(LEAST))
def test_there_is_no_evaluation_without_systems_judge_and_folder(missing: str) -> None:
    with pytest.raises(ValidationError) as error:
        EvaluationSettings.model_validate({k: v for k, v in LEAST.items() if k != missing})
    assert error.value.errors()[0]["loc"] == (missing,)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError):
        made(system="m")


@pytest.mark.parametrize(
    ("value", "model", "file", "base"),
    [
        ("openai/m", "openai/m", None, None),
        ("openai/m@http://h:1/v1", "openai/m", None, "http://h:1/v1"),
        ("openai/m@https://h/v1", "openai/m", None, "https://h/v1"),
        ("vertex_ai/m@001", "vertex_ai/m@001", None, None),
        ("answers/a.JSON", None, "answers/a.JSON", None),
        ("a.parquet", None, "a.parquet", None),
        ("openai/gpt-4.1", "openai/gpt-4.1", None, None),
    ],
)
def test_a_system_is_a_model_a_model_at_its_address_or_a_file(
    value: str, model: str | None, file: str | None, base: str | None
) -> None:
    assert System.of("a", value) == System("a", model, file, base)


def test_the_first_system_is_the_baseline_unless_another_is_named() -> None:
    three = {"a": "m/a", "b": "m/b", "c": "m/c"}
    assert made(systems=three).compared == [("b", "a"), ("c", "a")]
    named = made(systems=three, baseline="b", pairs="all")
    assert named.baseline_name == "b"
    assert named.compared == [("a", "b"), ("c", "b"), ("c", "a")]


def test_files_are_not_asked_and_each_model_is_asked_at_its_own_address() -> None:
    settings = made(
        systems={"a": "m/a@http://a/v1", "b": "m/b", "c": "c.json"},
        api_base="http://all/v1", judge_api_base="http://judge/v1",
    )  # fmt: skip
    assert settings.asked == {"systems.a": "m/a", "systems.b": "m/b", "judge": "m/j"}
    bases = [settings.base_of(model) for model in settings.models]
    assert bases == ["http://a/v1", "http://all/v1", "http://judge/v1"]


def test_systems_and_judge_draw_their_words_by_their_own_settings() -> None:
    settings = made(temperature=1.5, top_p=0.5, max_tokens=9, judge_max_tokens=7)
    assert settings.system_sampling("a") == Sampling(1.5, 0.5, 9, None)
    assert settings.judge_sampling == Sampling(0.0, None, 7, None, reasoning_effort=LOWEST)


def test_limits_and_places_may_change_between_two_starts() -> None:
    """Systems and tests are compared by their content, so their paths may change."""
    free = {name for name, field in EvaluationSettings.model_fields.items() if not is_fixed(field)}
    assert free == {
        "systems", "tests", "out", "api_base", "judge_api_base", "lane", "concurrency", "rpm", "tpm",
        "budget_usd", "timeout_s", "max_attempts", "longest_wait_s", "drain_s", "prices", "task_runner",
        "engines", "cluster", "sampling", "thinking_tokens",
    }  # fmt: skip
    assert set(made().fixed_part()) == set(FIELDS) - free


def test_settings_come_back_from_json_as_they_were_and_in_order() -> None:
    settings = made(systems={"z": "m/z", "a": "m/a", "k": "k.csv"}, limit=3, protocol="alternate")
    again = EvaluationSettings.model_validate(json.loads(settings.model_dump_json()))
    assert again == settings and list(again.systems) == ["z", "a", "k"]
