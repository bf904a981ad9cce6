"""What the users see of a run in the Prefect UI: a real server, real runs, pages in a real Chromium."""

import ast
import base64
import inspect
import json
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pandas as pd
import pytest
from prefect import Task

from flows import epoch as epoch_module
from flows import evolution as evolution_module
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from tasks.sources.seeds import shard_rows
from tests.conftest import ROOT, Evolflow, own_seeds, write_seeds
from tests.flows.runs import run_flags, wait_for, write_prices
from tests.servers.browser import chromium
from tests.servers.listener import listening
from tests.servers.model_server import Reply, every_rule, given_in, kind_of, plain, serving
from tests.servers.prefect_server import UsersPrefect, users_prefect
from tests.test_hostile_page import payloads

ROWS, EPOCHS, SHARD_ROWS = 12, 2, 5
N_SHARDS = -(-ROWS // SHARD_ROWS)
MOST_TASKS = 1_000

needs_chromium = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed")


class Glance(NamedTuple):
    """A server, and how a finished run stands that it shows."""

    prefect: UsersPrefect
    run: Path
    status: dict[str, Any]
    again: Callable[[], None]
    """Run the same command once more."""

    def ask(self, what: str, **body: Any) -> Any:
        return ask(self.prefect, what, **body)

    def artifact(self, key: str) -> dict[str, Any]:
        return artifact(self.prefect, key)


def ask(prefect: UsersPrefect, what: str, **body: Any) -> Any:
    """Return what the server answers to a search."""
    answer = httpx.post(f"{prefect.address}/{what}/filter", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def artifact(prefect: UsersPrefect, key: str) -> dict[str, Any]:
    """Return the newest artifact of a key."""
    (found,) = ask(prefect, "artifacts/latest", artifacts={"key": {"any_": [key]}})
    return dict(found)


def events(prefect: UsersPrefect, run: str) -> list[dict[str, Any]]:
    """Return what was told about a run, oldest first."""
    found = ask(prefect, "events", limit=50, filter={
        "event": {"prefix": ["evolflow."]}, "resource": {"id": [f"evolflow.run.{run}"]},
        "order": "ASC",
    })["events"]  # fmt: skip
    return [{"event": one["event"], **one["payload"]} for one in found]


@pytest.fixture(scope="module")
def prefect(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UsersPrefect]:
    with users_prefect(environment, tmp_path_factory.mktemp("prefect") / "home") as server:
        yield server


@pytest.fixture(scope="module")
def glance(
    prefect: UsersPrefect, evolflow: Evolflow, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Glance]:
    place = tmp_path_factory.mktemp("glance")
    run, seeds = place / "My_Run.1", write_seeds(place / "seeds.json", own_seeds(ROWS))
    config = write_prices(place / "prices.toml")
    with serving(every_rule) as server:
        command, *flags = run_flags(
            server, seeds, run, epochs=EPOCHS, shard_rows=SHARD_ROWS, low_kept_share=1.0
        )

        def again() -> None:
            done = evolflow(command, config, *flags, PREFECT_API_URL=prefect.address)
            assert done.returncode == 0, done.stderr

        again()
        status = json.loads(evolflow("status", run, "--json").stdout)
        yield Glance(prefect, run, status, again)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(EPOCHS + 1))
def test_an_epochs_tables_say_what_status_says(glance: Glance, number: int) -> None:
    found = glance.status["epochs"][number]
    verdicts = json.loads(glance.artifact(f"my-run-1-epoch-{number}-verdicts")["data"])
    shown = {row.pop("verdict"): row for row in verdicts}
    assert {reason: row.pop("all") for reason, row in shown.items()} == {
        "kept": found["kept"],
        **{reason: sum(parts.values()) for reason, parts in found["eliminated"].items()},
    }
    counted = {reason: {o: n for o, n in row.items() if n} for reason, row in shown.items()}
    assert counted == {"kept": found["kept_by_operation"], **found["eliminated"]}
    bill = json.loads(glance.artifact(f"my-run-1-epoch-{number}-bill")["data"])
    for row in bill[:-1]:
        stage = found["stages"][row["stage"]]
        for column in ("rows", "calls", "failed", "prompt_tokens", "completion_tokens"):
            assert row[column.replace("_", " ")] == stage[column]
        assert row["USD"] == pytest.approx(stage["cost_usd"], abs=1e-6)
    assert bill[-1]["stage"] == "all"
    assert bill[-1]["calls"] == sum(stage["calls"] for stage in found["stages"].values()) > 0
    assert bill[-1]["USD"] > 0


@pytest.mark.slow
def test_every_epoch_has_a_chart_with_its_numbers_and_a_full_progress_bar(glance: Glance) -> None:
    for number, found in enumerate(glance.status["epochs"]):
        address = glance.artifact(f"my-run-1-epoch-{number}-funnel")["data"]
        head, _, drawn = address.partition(",")
        assert head == "data:image/svg+xml;base64"
        svg = base64.b64decode(drawn).decode()
        assert f">{found['rows']}</text>" in svg
        assert f">{found['kept']}</text>" in svg
        assert glance.artifact(f"my-run-1-epoch-{number}-progress")["data"] == 100


@pytest.mark.slow
def test_pairs_are_three_kept_children_and_their_own_parents(glance: Glance) -> None:
    """A before that belongs to another after would teach the reader nonsense."""
    rows = pd.read_parquet(glance.run / "dataset").set_index("id")
    for number in range(1, EPOCHS + 1):
        text = glance.artifact(f"my-run-1-epoch-{number}-pairs")["data"]
        shown = [
            [block.strip("\n") for block in part.split("```")[1::2]]
            for part in text.split("### ")[1:]
        ]
        texts = [[block.removeprefix("text\n").split() for block in pair] for pair in shown]
        kept = rows[rows["epoch"] == number]
        pairs = [
            [rows["instruction"][str(child.parent_id)].split(), child.instruction.split()]
            for child in kept.itertuples()
            if child.parent_id in rows.index
        ]
        assert len(texts) == min(3, len(kept))
        assert all(pair in pairs for pair in texts)


@pytest.mark.slow
def test_the_run_links_to_its_report(glance: Glance) -> None:
    found = glance.artifact("my-run-1-report")
    address = (glance.run / "report" / "index.html").as_uri()
    assert found["data"] == f"[Report of my-run-1]({address})"
    assert address in found["description"]


@pytest.mark.slow
def test_flow_runs_are_tagged_and_task_runs_are_not(glance: Glance) -> None:
    """Tags on a task would cost a request each."""
    tags = {run["name"]: set(run["tags"]) for run in glance.ask("flow_runs")}
    for number in range(EPOCHS + 1):
        own = tags.pop(f"{glance.run.name} / epoch {number}")
        assert own == {"evolflow", "openai/stand-in", f"epoch-{number}"}
    assert {"evolflow", "openai/stand-in"} in tags.values()
    assert all(run["tags"] == [] for run in glance.ask("task_runs", limit=200))


@pytest.mark.slow
def test_each_shards_line_is_in_the_log_of_its_own_task_run(glance: Glance) -> None:
    wait_for(lambda: len(glance.ask("logs", limit=200)) >= len(glance.ask("task_runs", limit=200)))
    names = {run["id"]: run["name"] for run in glance.ask("task_runs", limit=200)}
    logs = glance.ask("logs", limit=200)
    lines = [log for log in logs if log["name"] == "evolflow.stage"]
    assert len(lines) == N_SHARDS * (2 + 4 * EPOCHS)
    for line in lines:
        stage, shard = line["message"].split()[1:3]
        assert names[line["task_run_id"]] == f"{stage}-{shard.removeprefix('shard=')}"
    # One of ours and one of Prefect's a task, two a flow run: nobody is flooded.
    assert len(logs) <= 2 * len(names) + 2 * (EPOCHS + 2)


@pytest.mark.slow
def test_an_epoch_that_keeps_little_is_told_once_and_shown_anew_when_the_run_goes_on(
    glance: Glance,
) -> None:
    told = [
        {
            "event": "evolflow.epoch.kept-little", "epoch": number, "judged": found["judged"],
            "kept": found["kept"], "kept_share": found["kept"] / found["judged"],
            "low_kept_share": 1.0,
        }
        for number, found in enumerate(glance.status["epochs"])
        if number and found["kept"] < found["judged"]
    ]  # fmt: skip
    assert told
    wait_for(lambda: events(glance.prefect, "My_Run.1") == told)
    key = {"key": {"any_": ["my-run-1-epoch-2-verdicts"]}}
    before = len(glance.ask("artifacts", artifacts=key))
    glance.again()
    wait_for(lambda: len(glance.ask("artifacts", artifacts=key)) == before + 1)
    assert events(glance.prefect, "My_Run.1") == told


@pytest.mark.slow
def test_a_reached_budget_is_told_with_its_numbers(
    prefect: UsersPrefect, evolflow: Evolflow, tmp_path: Path
) -> None:
    seeds, config = write_seeds(tmp_path / "s.json", own_seeds(9)), tmp_path / "c.toml"
    with serving(plain) as server:
        command, *flags = run_flags(
            server, seeds, tmp_path / "poor", budget_usd=0.5, max_tokens=64, judge_max_tokens=64,
            low_kept_share=0.0,
        )  # fmt: skip
        done = evolflow(command, write_prices(config), *flags, PREFECT_API_URL=prefect.address)
    assert done.returncode == 3, done.stderr
    wait_for(lambda: len(events(prefect, "poor")) > 0)
    (told,) = events(prefect, "poor")
    status = json.loads(evolflow("status", tmp_path / "poor", "--json").stdout)
    assert told["event"] == "evolflow.budget.reached"
    assert told["budget_usd"] == 0.5
    assert told["spent_usd"] == pytest.approx(status["totals"]["cost_usd"])
    assert told["calls"] == status["totals"]["calls"] > 0


@pytest.mark.slow
def test_tags_that_a_flow_run_has_are_kept(
    prefect: UsersPrefect, environment: dict[str, str]
) -> None:
    """A deployment gives its own, by which people find their runs."""
    script = """
        from prefect import flow, tags
        from tasks.doors.prefect import artifacts

        @flow(flow_run_name="tagged")
        def tagged():
            artifacts.tag(["evolflow", "mine"])

        with tags("mine", "nightly"):
            tagged()
    """
    env = {**environment, "PREFECT_API_URL": prefect.address}
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, env=env, check=True, timeout=120
    )
    (found,) = ask(prefect, "flow_runs", flow_runs={"name": {"any_": ["tagged"]}})
    assert set(found["tags"]) == {"evolflow", "mine", "nightly"}


@pytest.mark.slow
def test_a_server_that_takes_no_artifacts_does_not_stop_a_run(
    evolflow: Evolflow, environment: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    """It only shows how things stand."""
    with users_prefect(environment, tmp_path / "prefect") as server:
        with sqlite3.connect(tmp_path / "prefect" / "prefect.db", timeout=30) as database:
            database.execute(
                "CREATE TRIGGER full BEFORE INSERT ON artifact BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        done = evolflow(
            "run", "--seeds", three_seeds, "--out", tmp_path / "run", "--model", "offline/rewriter",
            "--epochs", 2, PREFECT_API_URL=server.address,
        )  # fmt: skip
        server.kill()
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if "Prefect's UI will not show" in line]
    # Each epoch's bar and figures, the children's pairs, and the link.
    assert len(said) == 3 + 3 + 2 + 1
    assert all("HTTPStatusError" in line for line in said)


def test_a_run_of_52_000_seeds_and_four_epochs_makes_at_most_a_thousand_task_runs() -> None:
    """Prefect's server records some twenty a second; with more the pages lag for minutes."""
    settings = RunSettings(seeds=Path("s"), out=Path("o"), model="m", epochs=4)
    shards = -(-52_000 // shard_rows(settings, 52_000))
    once = _tasks_called_in(evolution_module, "evolution", "grow")
    an_epoch = _tasks_called_in(epoch_module, "epoch")
    assert (once, an_epoch) == (["finish", "report", "seed"], ["advance", "exhibit", "publish"])
    an_epochs_shard = len(Stage)
    a_seeds_shard = sum(stage.traits.is_for_seeds for stage in Stage)
    in_shards = shards * (a_seeds_shard + settings.epochs * an_epochs_shard)
    assert 900 < in_shards + len(once) + len(an_epoch) * (settings.epochs + 1) <= MOST_TASKS


def _tasks_called_in(module: Any, *functions: str) -> list[str]:
    """Return the Prefect tasks that functions call, by name: each call is a task run."""
    trees = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.FunctionDef) and node.name in functions
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    known = dict(vars(module))
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            known |= vars(import_module(str(node.module)))
    found = (_named(node.func, known) for node in nodes if isinstance(node, ast.Call))
    return sorted(one.name for one in found if isinstance(one, Task))


def _named(name: ast.expr, known: dict[str, Any]) -> Any:
    """Return what a name in a module's source stands for; None for local ones."""
    if isinstance(name, ast.Attribute):
        return getattr(_named(name.value, known), name.attr, None)
    return known.get(name.id) if isinstance(name, ast.Name) else None


HOSTILE_NAME = "<img src=x onerror=alert(11)> [a](javascript:alert(12))"


def hostile_seeds(listener: str) -> list[str]:
    """Return seeds that try everything that a text could try, each short enough to be shown whole."""
    lines = payloads(listener).splitlines()
    seeds = ["\n".join(lines[start : start + 4]) for start in range(0, len(lines), 4)]
    return [f"```\n~~~\n</code></pre>\n{seed}\n````" for seed in seeds]


def hostile(prompt: str, before: int) -> Reply:
    """Give the seed back with a fence before it that closes shorter ones."""
    if kind_of(prompt) == "evolve":
        return Reply(f"`````\n{given_in(prompt)}\n`````\n![x](http://127.0.0.1:9/x.png)")
    return plain(prompt, before)


@needs_chromium
@pytest.mark.slow
def test_the_browser_sees_what_a_careless_artifact_does(prefect: UsersPrefect) -> None:
    """Else the next test could not fail."""
    with listening() as listener:
        careless = {"key": "careless", "type": "markdown", "data": payloads(listener.address)}
        made = httpx.post(f"{prefect.address}/artifacts/", json=careless, timeout=30).json()
        site = prefect.address.removesuffix("/api")
        seen = opened(f"{site}/artifacts/artifact/{made['id']}")
        assert any(one.startswith(listener.address) for one in seen.requests)
        assert listener.connections > 0
    assert seen.inner


@needs_chromium
@pytest.mark.long
def test_hostile_texts_stay_texts_on_the_pages_of_the_artifacts(
    prefect: UsersPrefect, evolflow: Evolflow, tmp_path: Path
) -> None:
    """Whoever runs on a stranger's seeds opens these pages, logged in to their own server."""
    run = tmp_path / HOSTILE_NAME
    with listening() as listener, serving(hostile) as server:
        seeds = hostile_seeds(listener.address)
        path = write_seeds(tmp_path / "s.json", [{"instruction": s, "output": s} for s in seeds])
        done = evolflow(*run_flags(server, path, run), PREFECT_API_URL=prefect.address)
        assert done.returncode == 0, done.stderr
        found = [one for one in ask(prefect, "artifacts/latest") if "alert-11" in one["key"]]
        whats = {one["key"].rpartition("-")[2]: one for one in found}
        assert set(whats) == {"verdicts", "bill", "pairs", "funnel", "progress", "report"}
        site = prefect.address.removesuffix("/api")
        pages = {
            what: f"{site}/artifacts/artifact/{one['latest_id']}" for what, one in whats.items()
        }
        seen = {what: opened(page) for what, page in pages.items()}
        assert listener.connections == 0
    for visit in seen.values():
        assert visit.dialogs == []
        outside = [one for one in visit.requests if not one.startswith((site, "data:", "blob:"))]
        assert outside == []
    shown = "".join(seen["pairs"].text.split())
    pairs = [s for s in seeds if "".join(s.split()) in shown]
    assert len(pairs) == 3
    assert seen["pairs"].inner == []
    # The picture is really drawn: it has a size.
    assert seen["funnel"].pictures == [True]


class Visit(NamedTuple):
    """What a page did."""

    text: str
    dialogs: list[str]
    requests: list[str]
    pictures: list[bool]
    """For each picture in the artifact: whether it could be drawn."""
    inner: list[str]
    """Links, pictures and frames within the artifact's own Markdown."""


def opened(page_address: str) -> Visit:
    """Open a page of the Prefect UI and wait until its artifact stands there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page()
        dialogs: list[str] = []
        requests: list[str] = []

        def on_dialog(dialog: Any) -> None:
            dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", on_dialog)
        page.on("request", lambda request: requests.append(request.url))
        page.goto(page_address)
        page.get_by_text("Show raw data").wait_for(timeout=60_000)
        page.wait_for_load_state("networkidle")
        found = Visit(
            page.inner_text("body"), dialogs, requests,
            page.evaluate("[...document.querySelectorAll('img')].map(i => i.naturalWidth > 0)"),
            page.evaluate(
                "[...document.querySelectorAll('[class*=markdown] :is(a, img, iframe, script, "
                "svg image, object, embed, form, meta, base, link, style)')].map(e => e.outerHTML)"
            ),
        )  # fmt: skip
        browser.close()
        return found
