"""A trained model is served by transformers' own server, with its own template or not at all."""

import json
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import Evolflow
from tests.flows.runs import end, kill, start_run, wait_for

ANSWER_S = 60


class Serving:
    """`evolflow serve MODEL`, running."""

    def __init__(self, environment: dict[str, str], model: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.process = start_run(environment, "serve", model, "--port", self.port)
        self.said: list[str] = []
        while not self.said or not self.said[-1].startswith("stop:"):
            line = self.process.stdout.readline() if self.process.stdout else ""
            assert line, self.process.communicate()[1]
            self.said.append(line.strip())

    def ask(self, message: str, **more: object) -> httpx.Response:
        name = self.said[0].rpartition("/")[2]
        body = {"model": name, "messages": [{"role": "user", "content": message}], **more}
        address = f"http://127.0.0.1:{self.port}/v1/chat/completions"
        return httpx.post(address, json=body, timeout=ANSWER_S)


@pytest.fixture(scope="module")
def serving(environment: dict[str, str], trained: Path) -> Iterator[Serving]:
    made = Serving(environment, trained)
    yield made
    children = psutil.Process(made.process.pid).children(recursive=True)
    end(made.process, signal.SIGINT)
    assert made.process.returncode == 0
    assert not psutil.wait_procs(children, timeout=30)[1]


def test_a_served_model_answers_in_openais_shape(serving: Serving) -> None:
    answer = serving.ask(
        "Explain knot 3 in 3 steps, naïvely. 绳", max_tokens=12, temperature=0
    ).json()
    assert answer["choices"][0]["message"]["content"].strip()
    assert answer["usage"]["completion_tokens"] <= 12


def test_it_says_how_it_is_asked_and_litellm_asks_it(serving: Serving, trained: Path) -> None:
    litellm = pytest.importorskip("litellm")
    told = next(line for line in serving.said if "--model" in line).split()
    model, base = told[told.index("--model") + 1], told[told.index("--api-base") + 1]
    message = [{"role": "user", "content": "Explain knot 3."}]
    answer = litellm.completion(
        model=model, api_base=base, api_key="none", messages=message, max_tokens=8, timeout=ANSWER_S
    )
    assert answer.usage.completion_tokens <= 8
    assert model == f"openai/{trained.name}"


def test_the_server_ends_with_a_command_that_is_killed(
    environment: dict[str, str], trained: Path
) -> None:
    made = Serving(environment, trained)
    children = psutil.Process(made.process.pid).children(recursive=True)
    assert children
    kill(made.process)
    assert not psutil.wait_procs(children, timeout=30)[1]


def copied(trained: Path, to: Path) -> Path:
    shutil.copytree(trained / "model", to)
    return to


def test_another_chat_template_is_refused(
    trained: Path, evolflow: Evolflow, tmp_path: Path
) -> None:
    model = copied(trained, tmp_path / "m")
    template = model / "chat_template.jinja"
    template.write_text(template.read_text().replace("### Response:", "### Answer:"))
    refused = evolflow("serve", model, "--port", 8011)
    assert refused.returncode == 2
    assert "is not the chat template that the model was trained with" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_server_that_makes_other_tokens_of_a_message_is_refused(
    trained: Path, evolflow: Evolflow, tmp_path: Path
) -> None:
    model = copied(trained, tmp_path / "m")
    card = json.loads((model / "evolflow-model.json").read_text())
    card["probe"]["prompt_tokens"] += 1
    (model / "evolflow-model.json").write_text(json.dumps(card))
    refused = evolflow("serve", model, "--port", 8012)
    assert refused.returncode == 1
    assert "another chat template or tokenizer" in refused.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["nowhere"], "is no folder of a model"),
        (["MODEL", "--data", "x"], "belongs to the control room"),
        (["MODEL", "--host", "example.org"], "no IP address"),
    ],
)
def test_bad_input_is_one_line(
    trained: Path, evolflow: Evolflow, flags: list[str], said: str
) -> None:
    refused = evolflow("serve", *(str(trained) if flag == "MODEL" else flag for flag in flags))
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_taken_port_is_said(trained: Path, evolflow: Evolflow) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        refused = evolflow("serve", trained, "--port", listener.getsockname()[1])
    assert (refused.returncode, "cannot be listened on" in refused.stderr) == (2, True)


def test_a_model_without_any_template_is_refused_and_one_from_elsewhere_is_served(
    trained: Path, evolflow: Evolflow, environment: dict[str, str], tmp_path: Path
) -> None:
    model = copied(trained, tmp_path / "m")
    (model / "evolflow-model.json").unlink()
    made = Serving(environment, model)
    assert made.ask("Hello?", max_tokens=2).status_code == 200
    _, _ = end(made.process, signal.SIGTERM)
    (model / "chat_template.jinja").unlink()
    refused = evolflow("serve", model)
    assert (refused.returncode, "has no chat template" in refused.stderr) == (2, True)


def test_port_is_free_again_after_a_stop(serving: Serving) -> None:
    # The module's server still runs; a second one at its port is refused by name, not by accident.
    with pytest.raises(OSError), socket.create_server(("127.0.0.1", serving.port)):
        pass
    wait_for(lambda: serving.process.poll() is None, 1)
