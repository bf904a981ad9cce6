"""What Prefect shows of a fine-tuning: its flow run and tasks, the loss chart, figures, the report."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Evolflow
from tests.servers.prefect_server import UsersPrefect, users_prefect
from tests.train.conftest import QUICK


@pytest.fixture(scope="module")
def prefect(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UsersPrefect]:
    with users_prefect(environment, tmp_path_factory.mktemp("prefect") / "home") as server:
        yield server


def ask(prefect: UsersPrefect, what: str, **body: Any) -> Any:
    answer = httpx.post(f"{prefect.address}/{what}/filter", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json()


def test_the_ui_shows_how_a_model_learned(
    prefect: UsersPrefect, grown: Path, evolflow: Evolflow, tmp_path: Path
) -> None:
    command = ["train", "--data", grown, "--out", tmp_path / "Tiny", "--epochs", 1, *QUICK]
    done = evolflow(*command, PREFECT_API_URL=prefect.address)
    assert done.returncode == 0, done.stderr
    (run,) = ask(prefect, "flow_runs")
    assert run["state_type"] == "COMPLETED"
    assert run["name"] == "Tiny"
    assert {"evolflow", "tiny", "training"} <= set(run["tags"])
    assert {one["name"] for one in ask(prefect, "task_runs")} == {"rows", "fine-tune", "exhibit"}
    shown = {one["key"]: one["data"] for one in ask(prefect, "artifacts/latest")}
    picture = base64.b64decode(shown["tiny-loss"].partition("base64,")[2]).decode()
    assert picture.startswith("<svg")
    assert json.loads(shown["tiny-figures"])[0]["rows"] == 72
    assert shown["tiny-progress"] == 100.0
    assert "report/index.html" in shown["tiny-report"]
    again = evolflow(*command, PREFECT_API_URL=prefect.address)
    assert again.returncode == 0, again.stderr
    names = {one["state_name"] for one in ask(prefect, "task_runs") if one["name"] == "fine-tune"}
    assert names == {"Completed", "Cached"}
