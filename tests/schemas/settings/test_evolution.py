"""Every knob: bounded, read by something, and either fixed for a run or free."""

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from flows.commands.options import settings_from
from schemas.calls.call import LOWEST, Sampling
from schemas.errors import BadInput
from schemas.settings.evolution import RunSettings
from schemas.settings.knobs import Price, is_fixed
from tests.conftest import ROOT

FIELDS = sorted(RunSettings.model_fields)
# They restate settings for people: what is read there alone changes nothing in a run.
NOT_READERS = {"flows/commands/options.py", "tasks/evolution/plan.py"}
BASES = {"settings", "_settings", "load_settings", "named"}


def made(**more: Any) -> RunSettings:
    return RunSettings.model_validate({"seeds": "s.json", "out": "run", "model": "m", **more})


def attributes_read(tree: ast.AST, bases: set[str]) -> Iterator[str]:
    """Yield the names read off an object called one of bases: settings.x, job.settings.x."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            base: ast.expr = node.value
            if isinstance(base, ast.Call):
                base = base.func
            name = getattr(base, "attr", getattr(base, "id", None))
            if name in bases:
                yield node.attr


@cache
def read_by_the_program() -> set[str]:
    found: set[str] = set()
    for folder in ("flows", "tasks"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.relative_to(ROOT).as_posix() not in NOT_READERS:
                found |= set(attributes_read(ast.parse(path.read_text("utf-8")), BASES))
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "schemas").rglob("*.py")]
    named = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    # What is read reads others: on until nothing new is found.
    before = -1
    while len(found) > before:
        before = len(found)
        for node in named:
            if node.name in found:
                found |= set(attributes_read(node, {"self"}))
    return found


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_is_read_somewhere(field: str) -> None:
    """A knob that turns nothing is worse than none: people trust it."""
    assert field in read_by_the_program()


def test_the_search_for_readers_finds_only_what_is_read() -> None:
    source = "settings.epochs; job.settings.rpm; load_settings(f).out; rules.limit; settings"
    assert set(attributes_read(ast.parse(source), BASES)) == {"epochs", "rpm", "out"}
    assert "no_such_setting" not in read_by_the_program()


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_says_what_it_does_and_in_which_group_it_is(field: str) -> None:
    info = RunSettings.model_fields[field]
    assert info.description
    assert info.description.endswith(".")
    assert [field in model.model_fields for model in RunSettings.groups.values()].count(True) == 1


@pytest.mark.parametrize(
    ("field", "refused", "accepted"),
    [
        ("limit", 0, 1),
        ("seed_max_chars", 0, 1),
        ("seed_max_chars", 10_000_001, 10_000_000),
        ("shard_rows", 0, 1),
        ("shard_rows", 100_001, 100_000),
        ("part_rows", 0, 1),
        ("part_rows", 1_000_001, 1_000_000),
        ("model", "", "m"),
        ("judge", "", None),
        ("temperature", -0.1, 0),
        ("temperature", 2.1, 2),
        ("top_p", 0, 0.1),
        ("top_p", 1.1, 1),
        ("max_tokens", 0, 1),
        ("frequency_penalty", -2.1, -2),
        ("frequency_penalty", 2.1, 2),
        ("judge_temperature", 2.1, 2),
        ("judge_max_tokens", 0, 1),
        ("epochs", 0, 1),
        ("epochs", 51, 50),
        ("epochs", 1.5, 1.0),
        ("rng_seed", -1, 0),
        ("rules", "lenient", "strict"),
        ("seed_responses", "some", "none"),
        ("refusal_max_words", 0, 1),
        ("near_duplicate_similarity", 0, 1),
        ("near_duplicate_similarity", 1.01, 0.5),
        ("max_added_words", 0, 1),
        ("max_removed_share", 1.1, 1),
        ("copied_response_min_words", 0, 1),
        ("concurrency", 0, 1),
        ("concurrency", 4097, 4096),
        ("rpm", 0, 1),
        ("tpm", 0, None),
        ("budget_usd", 0, 0.01),
        ("budget_usd", float("inf"), None),
        ("budget_usd", float("nan"), None),
        ("timeout_s", 0, 0.1),
        ("timeout_s", float("nan"), 86_400),
        ("max_attempts", 0, 1),
        ("drain_s", -1, 0),
        ("low_kept_share", -0.1, 0),
        ("low_kept_share", 1.1, 1),
        ("prices", {"m": {"input": -1, "output": 0}}, {"m": {"input": 0, "output": 0}}),
        ("prices", {"m": {"input": 1}}, {}),
        ("prices", {"m": {"input": 1, "output": 1, "cached": 1}}, {}),
        ("api_base", "localhost:8000/v1", "http://localhost:8000/v1"),
        ("api_base", "ftp://host/v1", "https://host/v1"),
        ("api_base", "https://", "https://host:1/a/b"),
        ("api_base", "https://user@host/v1", None),
        ("api_base", "https://user:word@host/v1", None),
        ("api_base", "https://host/v1?key=word", None),
    ],
)
def test_values_out_of_bounds_are_refused_and_the_last_good_one_is_taken(
    field: str, refused: Any, accepted: Any
) -> None:
    with pytest.raises(ValidationError) as error:
        made(**{field: refused})
    assert error.value.errors()[0]["loc"][0] == field
    assert made(**{field: accepted}).model_dump()[field] == accepted


@pytest.mark.parametrize("missing", ["seeds", "out", "model"])
def test_there_is_no_run_without_seeds_folder_and_model(missing: str) -> None:
    given = {"seeds": "s.json", "out": "run", "model": "m"}
    del given[missing]
    with pytest.raises(ValidationError) as error:
        RunSettings.model_validate(given)
    assert error.value.errors()[0]["loc"] == (missing,)


def test_an_unknown_setting_is_refused() -> None:
    """A misspelt knob that is ignored costs a whole run with the wrong settings."""
    with pytest.raises(ValidationError):
        made(epoch=3)


def test_settings_cannot_change_during_a_run() -> None:
    with pytest.raises(ValidationError):
        made().epochs = 3


def test_judge_and_responder_are_the_evolver_unless_named() -> None:
    assert made().models == ["m"]
    assert made(judge="j").models == ["m", "j"]
    assert made(judge="j", responder="r").models == ["m", "j", "r"]
    assert made(judge="m", responder="r").models == ["m", "r"]


def test_the_judge_draws_its_words_by_its_own_settings() -> None:
    settings = made(temperature=1.5, top_p=0.5, max_tokens=9, frequency_penalty=1)
    assert settings.sampling_of("responder") == Sampling(1.5, 0.5, 9, 1)
    assert settings.judge_sampling == Sampling(0.0, None, 256, None, reasoning_effort=LOWEST)


def test_the_papers_sampling_is_a_preset_that_flags_and_tables_change() -> None:
    """Without it nothing is sent that nobody asked for."""
    paper, none = made().sampling_of("evolver"), made(sampling="provider").sampling_of("evolver")
    assert (paper.temperature, paper.top_p, paper.frequency_penalty) == (1.0, 0.9, None)
    assert (none.temperature, none.top_p, none.max_tokens) == (None, None, 2048)
    told = made(sampling="provider", top_p=0.5, roles={"evolver": {"temperature": 0.3}})
    assert told.sampling_of("evolver").top_p == 0.5
    assert told.sampling_of("evolver").temperature == 0.3
    assert told.sampling_of("responder").temperature is None


def test_a_model_may_bring_its_address_wherever_it_is_named() -> None:
    settings = made(
        model="openai/m@http://a/v1", judge="openai/j@http://j/v1",
        roles={"responder": {"model": "vllm/r@http://r/v1", "system": "Be brief."}},
    )  # fmt: skip
    assert (settings.model, settings.judge, settings.responder) == (
        "openai/m",
        "openai/j",
        "vllm/r",
    )
    bases = [settings.base_of(model) for model in settings.models]
    assert bases == ["http://a/v1", "http://j/v1", "http://r/v1"]
    assert settings.fixed_part()["roles"] == {"responder": {"system": "Be brief."}}
    assert RunSettings.model_validate(json.loads(settings.model_dump_json())) == settings


@pytest.mark.parametrize(
    "given",
    [
        {"api_base": "http://user:hunter2@host/v1"},
        {"api_base": "http://user:hunt/er2@host/v1"},
        {"api_base": "http://host/v1?key=hunter2"},
        {"api_base": "http://host/sk-hunter2hunter2hunter2/v1"},
        {"judge": "openai/m@http://user:hunter2@host/v1"},
        {"roles": {"judge": {"address": "http://user:hunter2@host"}}},
        {"roles": {"judge": {"extra": {"headers": {"Authorization": "hunter2"}}}}},
        {"roles": {"judge": {"extra": {"extra_body": {"api_key": "hunter2"}}}}},
    ],
)
def test_a_secret_is_refused_wherever_it_stands_and_not_repeated(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as raised:
        made(**given)
    assert "hunter2" not in str(raised.value)
    with pytest.raises(BadInput) as told:
        settings_from(RunSettings, None, {"seeds": "s", "out": "o", "model": "m", **given})
    assert "hunter2" not in str(told.value)


def test_a_table_of_a_role_that_there_is_not_is_refused() -> None:
    with pytest.raises(
        ValidationError, match="no role 'jugde'; there are evolver, responder, judge"
    ):
        made(roles={"jugde": {"temperature": 0}})


def test_limits_and_places_may_change_between_two_starts_of_a_run() -> None:
    """Whoever hit a rate limit or moved a folder must be able to go on; no row depends on them.

    Seeds and pack are compared by their content, so their paths may change.
    """
    free = {name for name, field in RunSettings.model_fields.items() if not is_fixed(field)}
    assert free == {
        "seeds", "out", "api_base", "concurrency", "rpm", "tpm", "budget_usd", "timeout_s",
        "max_attempts", "longest_wait_s", "drain_s", "prices", "pack", "lane", "task_runner",
        "sampling", "thinking_tokens", "response_tokens",
        "engines", "cluster", "low_kept_share",
    }  # fmt: skip
    assert set(made().fixed_part()) == set(FIELDS) - free


def test_epochs_alone_may_grow() -> None:
    """Nothing of an epoch depends on how many follow."""
    assert RunSettings.growing() == ["epochs"]
    assert "epochs" in made().fixed_part()


def test_settings_come_back_from_json_as_they_were() -> None:
    """run.json is where a continued run has its settings from."""
    settings = made(prices={"m": {"input": 1, "output": 2}}, budget_usd=1.5, limit=3, judge="j")
    assert RunSettings.model_validate(json.loads(settings.model_dump_json())) == settings
    assert settings.prices["m"] == Price(input=1, output=2)
    assert settings.seeds == Path("s.json")


@pytest.mark.parametrize("out", ["s3://bucket/runs/{date}", "runs/alpaca", "/data/alpaca"])
def test_an_address_stays_as_it_was_written(out: str) -> None:
    """A Path would make one slash of the two, and the form in the UI must go on asking for text."""
    settings = made(out=out)
    assert settings.out == out and settings.model_dump(mode="json")["out"] == out
    assert type(settings).model_validate(settings.model_dump()) == settings
    assert type(settings).model_json_schema()["properties"]["out"]["type"] == "string"
    assert made(out=Path(out) if "//" not in out else out).out == out
