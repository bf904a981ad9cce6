"""Every kind of job is declared once, and all that is done with a job follows from it."""

import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.cli import cli
from schemas.errors import BadInput, RunFault
from schemas.settings.asking import AskSettings, JobSettings
from tasks.kinds import KINDS, kind_at, kind_named
from tasks.runs.kind import RunKind, called
from tests.conftest import ROOT

MADE_HERE = sorted(set(KINDS) - {"imported evaluation"})
DEPLOYMENTS = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text())
RUN_KINDS = [name for name in KINDS if isinstance(kind_named(name), RunKind)]


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_has_its_name_its_command_and_a_report_or_a_reason_why_not(name: str) -> None:
    kind = kind_named(name)
    assert kind.name == name
    command: Any = cli
    for word in kind.command.split():
        command = command.commands[word]
    assert command.help
    assert bool(kind.page) != bool(kind.why_no_page)
    if kind.page:
        assert callable(called(kind.page))


@pytest.mark.parametrize("name", MADE_HERE)
def test_a_kind_has_a_flow_of_its_name_in_a_file_of_its_name(name: str) -> None:
    flow = getattr(import_module(f"flows.{name}"), name)
    assert flow.name == name
    (form,) = inspect.signature(flow.fn).parameters.values()
    assert form.annotation is kind_named(name).form


@pytest.mark.parametrize("name", MADE_HERE)
def test_a_kind_has_a_deployment_whose_settings_its_form_takes(name: str) -> None:
    default = DEPLOYMENTS["definitions"]["common"]["entrypoint"]
    entrypoint = f"flows.{name}:{name}"
    own = [
        one for one in DEPLOYMENTS["deployments"] if one.get("entrypoint", default) == entrypoint
    ]
    assert own
    for one in own:
        assert kind_named(name).form.model_validate(one["parameters"]["settings"]).settings().out


@pytest.mark.parametrize("one", DEPLOYMENTS["deployments"], ids=lambda one: one["name"])
def test_a_deployment_that_can_spend_money_has_a_budget(one: dict[str, Any]) -> None:
    """And one that is offline has no tag that says so: its model may be changed in the form."""
    default = DEPLOYMENTS["definitions"]["common"]["entrypoint"]
    kind = kind_named(one.get("entrypoint", default).rpartition(":")[2])
    settings = kind.form.model_validate(one["parameters"]["settings"]).settings()
    if isinstance(settings, AskSettings):
        is_offline = all(model.startswith("offline/") for model in settings.models)
        assert is_offline or settings.budget_usd
    assert "offline" not in one.get("tags", [])


@pytest.mark.parametrize("name", sorted(set(RUN_KINDS) - {"imported evaluation"}))
def test_settings_that_run_json_keeps_name_their_kind(name: str) -> None:
    settings: type[JobSettings] = kind_named(name).form.of_settings
    assert settings.kind == name


@pytest.mark.parametrize("name", RUN_KINDS)
def test_run_json_says_of_which_kind_a_folder_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"kind": name}))
    kind = kind_at(str(tmp_path))
    assert kind.name == name
    with pytest.raises(RunFault, match="not as evolflow wrote it"):
        kind.read(kind.at(tmp_path))


@pytest.mark.parametrize("content", ["{}", "[]", '{"kind": 3}', '{"kind": "foreign"}', "{"])
def test_a_run_that_names_no_kind_is_an_evolution(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    assert kind_at(str(tmp_path)).name == "evolution"


@pytest.mark.parametrize("name", sorted(set(KINDS) - set(RUN_KINDS)))
def test_other_folders_are_known_by_their_own_document(tmp_path: Path, name: str) -> None:
    (tmp_path / kind_named(name).record).write_text("{}")
    kind = kind_at(str(tmp_path))
    assert kind.name == name
    with pytest.raises(BadInput, match=kind.why_no_page[:10]):
        kind.write_page(str(tmp_path))


def test_a_folder_of_no_kind_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"run\.json: missing"):
        kind_at(str(tmp_path))
