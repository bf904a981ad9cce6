"""The form in the UI says what the settings say, and nothing else."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.settings.evolution import RunForm, RunSettings

LEAST: dict[str, Any] = {"data": {"seeds": "s.json", "out": "run"}, "models": {"model": "m"}}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"epochs": 2, "rules": "strict", "limit": 3, "judge": "j"},
        {"budget_usd": 1.5, "prices": {"m": {"input": 1, "output": 2}}, "rpm": 60},
        {"task_runner": "dask", "engines": 2, "cluster": "tcp://10.0.0.1:8786"},
    ],
)
def test_settings_come_back_from_a_form_as_they_were(changed: dict[str, Any]) -> None:
    settings = RunSettings.model_validate({"seeds": "s", "out": "o", "model": "m", **changed})
    assert RunForm.of(settings).settings() == settings


def test_a_form_with_the_least_has_every_default() -> None:
    settings = RunForm.model_validate(LEAST).settings()
    assert settings == RunSettings(seeds=Path("s.json"), out="run", model="m")


def test_every_group_of_the_settings_is_a_part_of_the_form_with_its_help() -> None:
    assert [field.title for field in RunForm.model_fields.values()] == list(RunSettings.groups)
    assert all(field.description for field in RunForm.model_fields.values())


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("method", "epochs", 51),
        ("limits", "concurrency", 0),
        ("limits", "epochs", 2),
        ("models", "api_base", "http://user:secret@host/v1"),
        ("more", "epochs", 2),
    ],
)
def test_what_no_setting_allows_no_form_allows(group: str, name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        RunForm.model_validate({**LEAST, group: {**LEAST.get(group, {}), name: value}})


def test_what_cannot_be_divided_is_refused_whatever_group_it_stands_in() -> None:
    form = RunForm.model_validate(
        {**LEAST, "limits": {"rpm": 3}, "engines": {"task_runner": "ray", "engines": 4}}
    )
    with pytest.raises(ValidationError, match="rpm 3 cannot be divided"):
        form.settings()


PASSWORDS = [
    {"seeds": "s3://ann:hush@bucket/seeds.json"},
    {"seeds": "https://hush@host/seeds.json"},
    {"out": "s3://ann:hush@bucket/run"},
    {"model": "openai/m@http://ann:hush@host/v1"},
    {"api_base": "http://ann:hush@host/v1"},
    {"cluster": "tcp://ann:hush@10.0.0.1:8786"},
    {"cluster": "ray://ann:hu/sh@head:10001"},
]


@pytest.mark.parametrize("given", PASSWORDS)
def test_no_setting_takes_a_password_in_an_address_nor_repeats_it(given: dict[str, Any]) -> None:
    """Prefect's database keeps the parameters of every flow run."""
    with pytest.raises(ValidationError) as refused:
        RunSettings.model_validate({"seeds": "s", "out": "o", "model": "m", **given})
    assert "must not carry" in str(refused.value) and "hu" not in str(refused.value)


@pytest.mark.parametrize("given", PASSWORDS[:-1])
def test_the_form_itself_takes_no_password(given: dict[str, Any]) -> None:
    """Prefect's server holds parameters to the form before it keeps them."""
    ((name, value),) = given.items()
    patterns = [
        choice["pattern"]
        for group in RunForm.model_json_schema()["$defs"].values()
        for choice in _choices(group.get("properties", {}).get(name, {}))
        if "pattern" in choice
    ]
    assert patterns and not any(re.search(pattern, value) for pattern in patterns)
    assert all(re.search(pattern, "s3://bucket/ann@home/x") for pattern in patterns)


def _choices(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [one, *one.get("anyOf", [])]


@pytest.mark.parametrize(
    "given",
    [
        {"seeds": "hf://datasets/ann/tales@main/train.jsonl"},
        {"seeds": "folder/ann@home/seeds.json"},
        {"out": "s3://bucket/ann@home/run"},
        {"api_base": "http://host:8000/v1"},
        {"cluster": "tcp://head:8786"},
        {"model": "openai/m@http://host:8000/v1"},
    ],
)
def test_an_at_sign_alone_is_no_password(given: dict[str, Any]) -> None:
    RunSettings.model_validate({"seeds": "s", "out": "o", "model": "m", **given})
