"""`evolflow serve`: server, UI, worker and deployments of one command, proved on the real ones."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import psutil
import pytest

from tasks.doors.prefect.control_room import deployment_names
from tests.conftest import ROOT, own_seeds, write_seeds
from tests.flows.searched import places_of
from tests.servers.model_server import ModelServer, plain, serving
from tests.servers.served import Served, served

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

SECRET = "sk-BLOCK-CANARY-9876543210"


@pytest.fixture(scope="module")
def room(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One control room for this module; it takes half a minute to start."""
    with served(environment, tmp_path_factory.mktemp("data")) as one:
        yield one


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with serving(plain, latency_s=0.05) as one:
        yield one


def small(out: str, **more: Any) -> dict[str, Any]:
    """Return the form of a run over three of the project's own seeds, offline."""
    form: dict[str, Any] = {
        "data": {"seeds": "seeds/own-seeds.jsonl", "out": out, "limit": 3},
        "models": {"model": "offline/rewriter"},
        "method": {"epochs": 2},
    }
    for group, values in more.items():
        form[group] = {**form.get(group, {}), **values}
    return form


def test_it_says_where_the_ui_is_and_how_to_stop(room: Served) -> None:
    said = "\n".join(room.said)
    assert room.address in said
    assert str(room.data) in said
    assert "Ctrl-C" in said
    assert httpx.get(room.address, follow_redirects=True).status_code == 200


def test_a_strangers_page_cannot_ask_the_api_through_a_users_browser(room: Served) -> None:
    page = f"{room.address}/api/flow_runs/filter"
    stranger, text = {"Origin": "http://stranger.example"}, {"Content-Type": "text/plain"}
    # A form needs no leave to post, and Prefect takes what it posts for JSON.
    assert httpx.post(page, content="{}", headers=text).status_code == 200
    assert httpx.post(page, content="{}", headers={**text, **stranger}).status_code == 403
    asked = httpx.options(page, headers={**stranger, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 403
    # A name of the stranger's that leads here makes its page look like ours.
    port = room.address.rpartition(":")[2]
    named = {"Host": f"stranger.example:{port}", "Origin": f"http://stranger.example:{port}"}
    assert httpx.post(page, content="{}", headers={**text, **named}).status_code == 403


def test_all_deployments_take_one_form_and_one_run_at_a_time(room: Served) -> None:
    deployments = {one["name"]: one for one in room.post("deployments/filter")}
    assert set(deployments) == set(deployment_names())
    for one in deployments.values():
        assert one["enforce_parameter_schema"]
        assert list(one["parameter_openapi_schema"]["properties"]) == ["settings"]
        assert one["global_concurrency_limit"]["limit"] == 1
        assert one["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    assert deployments["paper"]["parameters"]["settings"]["method"]["epochs"] == 4


def test_a_schedule_makes_runs_once_it_is_switched_on(room: Served) -> None:
    """Prefect's scheduler looks about once a minute."""
    nightly = room.deployment("nightly")
    (schedule,) = nightly["schedules"]
    assert schedule["active"] is False
    path = f"deployments/{nightly['id']}/schedules/{schedule['id']}"
    try:
        assert room.ask("PATCH", path, {"active": True}).is_success
        room.until(lambda: len(scheduled(room, nightly["id"])) >= 3, 120)
    finally:
        room.ask("PATCH", path, {"active": False})
    assert all(run["name"] and run["auto_scheduled"] for run in scheduled(room, nightly["id"]))


def scheduled(room: Served, deployment: str) -> list[dict[str, Any]]:
    wanted = {"deployments": {"id": {"any_": [deployment]}},
              "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}  # fmt: skip
    found: list[dict[str, Any]] = room.post("flow_runs/filter", wanted)
    return found


def test_a_schedule_fires_and_its_run_makes_a_dataset_in_a_folder_of_its_own(room: Served) -> None:
    """A schedule's shortest interval is half a minute, and its run a new process."""
    smoke = room.deployment("smoke")["id"]
    every = {"interval": 30, "anchor_date": datetime.now(UTC).isoformat()}
    form = small("runs/fired-{date}-{time}")
    (made,) = room.post(
        f"deployments/{smoke}/schedules",
        [{"schedule": every, "active": True, "slug": "soon", "parameters": {"settings": form}}],
    )
    room.until(lambda: fired(room, smoke) is not None, 150)
    room.ask("DELETE", f"deployments/{smoke}/schedules/{made['id']}")
    first = str(fired(room, smoke))
    run = room.wait(first)
    assert run["state"]["name"] == "Completed"
    due = datetime.fromisoformat(run["expected_start_time"])
    folder = room.data / "runs" / f"fired-{due:%Y-%m-%d-%H%M%S}"
    assert len(pd.read_parquet(folder / "dataset")) > 3


def fired(room: Served, deployment: str) -> str | None:
    """Return the first run that a schedule made and that has begun."""
    wanted = {"deployments": {"id": {"any_": [deployment]}}, "sort": "EXPECTED_START_TIME_ASC"}
    runs = room.post("flow_runs/filter", wanted)
    begun = (run for run in runs if run["auto_scheduled"] and run["start_time"])
    return next((str(run["id"]) for run in begun), None)


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [("method", "epochs", 99), ("limits", "concurrency", 0), ("method", "rules", "lax")],
)
def test_a_value_out_of_bounds_is_refused_before_a_run_exists(
    room: Served, group: str, name: str, value: object
) -> None:
    smoke = room.deployment("smoke")["id"]
    before = room.post("flow_runs/count")
    body = {"parameters": {"settings": small("runs/refused", **{group: {name: value}})}}
    answer = room.ask("POST", f"deployments/{smoke}/create_flow_run", body)
    assert answer.status_code == 409
    assert str(value) in answer.text
    assert room.post("flow_runs/count") == before
    assert not (room.data / "runs" / "refused").exists()


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("models", "api_base", "http://ann:hush-CANARY@host/v1"),
        ("models", "model", "openai/m@https://ann:hush-CANARY@host/v1"),
        ("data", "seeds", "s3://ann:hush-CANARY@bucket/seeds.json"),
        ("engine", "cluster", "tcp://ann:hush-CANARY@host:8786"),
    ],
)
def test_a_password_in_an_address_is_refused_before_the_database_has_it(
    room: Served, group: str, name: str, value: str
) -> None:
    smoke = room.deployment("smoke")["id"]
    body = {"parameters": {"settings": small("runs/refused", **{group: {name: value}})}}
    answer = room.ask("POST", f"deployments/{smoke}/create_flow_run", body)
    assert answer.status_code == 409, answer.text
    assert places_of("hush-CANARY", room.data / "prefect") == []


def test_two_runs_of_a_deployment_go_one_after_the_other(room: Served) -> None:
    """Two new processes, one after the other: that is what takes its time."""
    first, second = (room.start("smoke", small(f"runs/queued-{n}")) for n in (1, 2))
    ended = [room.wait(one) for one in (first, second)]
    assert [one["state"]["name"] for one in ended] == ["Completed", "Completed"]
    early, late = sorted(ended, key=lambda one: str(one["start_time"]))
    assert str(early["end_time"]) <= str(late["start_time"])


def test_two_deployments_on_one_folder_wait_for_each_other(
    room: Served, model: ModelServer, tmp_path: Path
) -> None:
    """Two new processes, one of which waits for the other: that is what takes its time."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(3))
    form = small("runs/shared", data={"seeds": str(seeds)}, models=of(model))
    runs = [room.start(name, form) for name in ("smoke", "paper")]
    assert [room.wait(one)["state"]["name"] for one in runs] == ["Completed", "Completed"]
    assert max(model.answered.values()) == 1


def of(model: ModelServer) -> dict[str, Any]:
    return {"model": "openai/stand-in", "api_base": model.address}


def test_a_key_in_a_secret_block_reaches_the_model_and_nothing_else(
    room: Served, tmp_path: Path
) -> None:
    make_block(room, "secret", "model-key", {"value": SECRET})
    variables = {"env": {"OPENAI_API_KEY": "{{ prefect.blocks.secret.model-key }}"}}
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(3))
    with serving(plain) as asked:
        form = small("runs/secret", data={"seeds": str(seeds)}, models=of(asked))
        run = room.start("smoke", form, job_variables=variables)
        assert room.wait(run)["state"]["name"] == "Completed"
        assert {one.key for one in asked.arrivals} == {f"Bearer {SECRET}"}
    lines = room.post("logs/filter", {"limit": 200})
    assert SECRET not in str([lines, room.run(run), room.said, room.told])
    for path in (room.data / "runs" / "secret").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def make_block(room: Served, slug: str, name: str, data: dict[str, Any]) -> str:
    """Keep a block on the server, as its UI does; returns its id."""
    kind = room.get(f"block_types/slug/{slug}")["id"]
    schemas = room.post(
        "block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [kind]}}}
    )
    made = room.post(
        "block_documents/",
        {"name": name, "data": data, "block_type_id": kind, "block_schema_id": schemas[0]["id"]},
    )
    return str(made["id"])


def test_the_server_gets_no_key_of_a_model_and_the_worker_does(
    room: Served, environment: dict[str, str]
) -> None:
    key = environment["OPENAI_API_KEY"]
    has_key = {module_of(one): key in one.environ().values() for one in room.family()}
    assert has_key["tasks.doors.prefect.prefect_server"] is False
    assert has_key["tasks.doors.prefect.prefect_worker"] is True


def module_of(process: psutil.Process) -> str:
    """Return what Python was told to run; nothing for others, and for what ends just now."""
    try:
        command = process.cmdline()
    except psutil.NoSuchProcess:
        return ""
    return command[command.index("-m") + 1] if "-m" in command else ""


def test_an_evaluation_runs_for_its_deployment_and_a_bad_form_is_refused(room: Served) -> None:
    compare = room.deployment("compare", "evaluation")
    assert list(compare["parameter_openapi_schema"]["properties"]) == ["settings"]
    settings = compare["parameters"]["settings"]
    compared = {**settings["compared"], "limit": 6, "out": "runs/compared"}
    run = room.start("compare", {**settings, "compared": compared}, flow="evaluation")
    found = room.wait(run)
    assert found["state"]["name"] == "Completed"
    assert found["name"] == "compared"
    assert json.loads((room.data / "runs" / "compared" / "results.json").read_text())["items"] == 6
    bad = {"settings": {**settings, "compared": {**compared, "limit": 0}}}
    path = f"deployments/{compare['id']}/create_flow_run"
    assert room.ask("POST", path, {"parameters": bad}).status_code == 409


def test_a_runs_rows_are_mixed_and_tests_answered_for_their_deployments(room: Served) -> None:
    """Four new processes, one after the other, which takes its time."""
    assert room.wait(room.start("smoke", small("runs/mixed")))["state"]["name"] == "Completed"
    wanted = {"mixed": {"runs": ["runs/mixed"], "out": "mixes/one"}, "drawn": {"sample": 2}}
    assert room.wait(room.start("mix", wanted, flow="mixing"))["state"]["name"] == "Completed"
    assert json.loads((room.data / "mixes" / "one" / "mix.json").read_text())["rows"] == 2
    shown = [one["key"] for one in room.post("artifacts/latest/filter")]
    assert "one-mix" in shown
    asked = {"model": "offline/rewriter", "limit": 3, "out": "runs/answers"}
    run = room.start("predict", {"predicted": asked}, flow="prediction")
    assert room.wait(run)["state"]["name"] == "Completed"
    assert len(json.loads((room.data / "runs" / "answers" / "answers.json").read_text())) == 3
    again = {"mixed": {"runs": ["runs/nowhere"], "out": "mixes/two"}}
    assert room.wait(room.start("mix", again, flow="mixing"))["state"]["name"] == "Failed"


def test_a_report_is_served_in_a_sandbox_and_nothing_else_of_the_data_folder(room: Served) -> None:
    run = room.start("smoke", small("runs/shown"))
    assert room.wait(run)["state"]["name"] == "Completed"
    page = httpx.get(f"{room.address}/reports/shown/report/index.html")
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == "sandbox"
    for path in ("shown/run.json", "shown%2F..%2F..%2Fprefect/report/index.html",
                 "..%2Fprefect/prefect.db", "%2e%2e/report/index.html"):  # fmt: skip
        answer = httpx.get(f"{room.address}/reports/{path}")
        assert answer.status_code == 404 or '<div id="app">' in answer.text


@pytest.mark.parametrize(
    "what", ["tasks.doors.prefect.prefect_worker", "tasks.doors.prefect.prefect_server"]
)
def test_what_dies_alone_is_started_anew(room: Served, what: str) -> None:
    old = next(one for one in room.family() if module_of(one) == what)
    old.kill()
    room.until(lambda: any(module_of(one) == what and one.pid != old.pid for one in room.family()))
    run = room.start("smoke", small(f"runs/after-{what.rpartition('_')[2]}"))
    assert room.wait(run)["state"]["name"] == "Completed"


def test_the_example_automation_tells_a_webhook_what_a_run_says(
    room: Served, environment: dict[str, str], tmp_path: Path
) -> None:
    example = (ROOT / "deployments" / "automations.yaml").read_text()
    with hook() as (address, heard):
        block = make_block(room, "webhook", "tell-me", {"method": "POST", "url": address})
        mine = tmp_path / "automations.yaml"
        mine.write_text(example.replace("00000000-0000-0000-0000-000000000000", block))
        create = ["-m", "prefect", "automation", "create", "--from-file", str(mine)]
        tell = ["-c", TELL]
        here = {**environment, "PREFECT_API_URL": f"{room.address}/api"}
        for arguments in (create, tell):
            subprocess.run([sys.executable, *arguments], env=here, cwd=ROOT, check=True)
        room.until(lambda: len(heard) == 2, 60)
    said = " ".join(heard)
    assert "evolflow.epoch.kept-little in alpha" in said
    assert "evolflow.budget.reached in beta" in said


TELL = """
from tasks.doors.prefect import artifacts
artifacts.tell("evolflow.epoch.kept-little", run="alpha", facts={"kept": 1}, once="first")
artifacts.tell("evolflow.budget.reached", run="beta", facts={"budget_usd": 5})
"""


@contextmanager
def hook() -> Iterator[tuple[str, list[str]]]:
    """Take what is posted, for the length of a block."""
    heard: list[str] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", heard
    server.shutdown()
    server.server_close()
