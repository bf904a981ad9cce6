"""What goes over the wire to each provider, through LiteLLM's own mapping, and what it refuses.

The engine asks stand-ins that speak the provider's protocol and refuse as it does.
"""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from schemas.calls.call import LOWEST, Answer, Pending, Request, Sampling
from schemas.errors import ModelUnavailable
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from tasks.buying.engine import Engine
from tasks.buying.lessons import lessons_in
from tasks.buying.orders import Wanted
from tests.servers.providers.anthropic import anthropic
from tests.servers.providers.bedrock import bedrock
from tests.servers.providers.gemini import BLOCKED, gemini
from tests.servers.providers.like_openai import OUT_OF_CREDIT, deepseek, openrouter, vllm
from tests.servers.providers.ollama import ollama
from tests.servers.providers.openai import openai, refused
from tests.servers.providers.speaking import Asked, Provider, Said, Speaking, speaking

PAPER = Sampling(1.0, 0.9, 200, None)
JUDGE = Sampling(0.0, None, 64, None, reasoning_effort=LOWEST)


class Kept:
    """A book in memory."""

    answered: Collection[tuple[str, str]] = ()

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}

    def keep(self, request: Request, answer: Answer) -> None:
        self.answers[request.row_id] = answer

    def note(self, pending: Pending) -> None: ...


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AZURE_API_KEY", "GEMINI_API_KEY",
        "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY", "HOSTED_VLLM_API_KEY", "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    ):  # fmt: skip
        monkeypatch.setenv(name, "made-up-key-0123")
    monkeypatch.setenv("AZURE_API_VERSION", "2025-01-01-preview")
    monkeypatch.setenv("AWS_REGION_NAME", "us-east-1")


@contextmanager
def engine(model: str, base: str, folder: Path | None = None, **more: Any) -> Iterator[Engine]:
    settings = RunSettings.model_validate(
        {"seeds": "s", "out": "o", "model": model, "api_base": base, "max_attempts": 2, **more}
    )
    made = Engine(settings, spent_usd=0.0, folder=RunFolder(folder) if folder else None)
    try:
        yield made
    finally:
        made.close()


def bought(
    model: str, provider: Provider, *samplings: Sampling, folder: Path | None = None,
    path: str = "", last: str = "Name a knot.", **more: Any,
) -> tuple[list[Answer], Speaking]:  # fmt: skip
    """Ask once a sampling, one after the other; the last one for something else, if so told."""
    book = Kept()
    with speaking(provider) as server, engine(model, server.address + path, folder, **more) as one:
        for n, sampling in enumerate(samplings):
            prompt = last if n == len(samplings) - 1 else "Name a knot."
            request = Request(f"row-{n}", 1, Stage.RESPOND, model, prompt, sampling)
            one.buy([Wanted(request, None)], book, on_tick=lambda: None)
    return list(book.answers.values()), server


@pytest.mark.parametrize("name", ["claude-sonnet-4-5", "claude-sonnet-4-6", "claude-haiku-4-5"])
def test_claude_gets_temperature_or_top_p_and_refuses_nothing(name: str) -> None:
    answers, server = bought(f"anthropic/{name}", anthropic, PAPER, JUDGE)
    assert [answer.error for answer in answers] == [None, None]
    assert server.statuses == [200, 200]
    first, judged = server.bodies
    # Its own temperature is 1, so the paper's sampling is whole without it.
    assert (first.get("temperature"), first["top_p"], first["max_tokens"]) == (None, 0.9, 200)
    assert (judged["temperature"], judged.get("top_p"), judged["max_tokens"]) == (0.0, None, 64)
    assert json.loads(answers[0].sent or "") == {"max_tokens": 200, "top_p": 0.9}
    assert "thinking" not in judged and "frequency_penalty" not in first


def test_the_newest_opus_gets_neither() -> None:
    answers, server = bought("anthropic/claude-opus-4-7", anthropic, PAPER, JUDGE)
    assert [answer.error for answer in answers] == [None, None] and server.statuses == [200, 200]
    assert not {"temperature", "top_p"} & (set(server.bodies[0]) | set(server.bodies[1]))


def test_effort_that_was_asked_for_makes_claude_think_within_an_allowance() -> None:
    thinking = Sampling(1.0, 0.9, 200, None, reasoning_effort="low")
    answers, server = bought("anthropic/claude-sonnet-4-5", anthropic, thinking)
    sent = server.bodies[0]
    assert answers[0].error is None and sent["thinking"]["budget_tokens"] < sent["max_tokens"]
    assert sent["max_tokens"] == 200 + 4096 and "top_p" not in sent


def test_a_model_that_nobody_knows_is_refused_once_and_never_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What it refused is remembered by the next start, too."""

    def strict(asked: Asked) -> Said:
        return anthropic(asked._replace(body={**asked.body, "model": "claude-sonnet-4-5"}))

    for expected in ([400, 200, 200, 200], [200]):
        samplings = [PAPER] * (3 if len(expected) > 1 else 1)
        answers, server = bought("anthropic/tomorrow-1", strict, *samplings, folder=tmp_path)
        assert server.statuses == expected and {answer.error for answer in answers} == {None}
    assert len([r for r in caplog.records if "anthropic/tomorrow-1: top_p" in r.message]) == 1
    (lesson,) = lessons_in(RunFolder(tmp_path))
    assert (lesson.parameter, lesson.instead) == ("top_p", "temperature")


@pytest.mark.parametrize("model", ["openai/o3", "openai/gpt-5-mini", "openai/gpt-5"])
@pytest.mark.parametrize("lane", ["auto", "litellm"])
def test_models_that_think_get_what_they_take_and_room_to_think(model: str, lane: str) -> None:
    answers, server = bought(model, openai, PAPER, JUDGE, path="/v1", lane=lane)
    assert [answer.error for answer in answers] == [None, None] and server.statuses == [200, 200]
    first, judged = server.bodies
    assert first["max_completion_tokens"] == 200 + 8192 and "reasoning_effort" not in first
    assert judged["max_completion_tokens"] == 64 + 4096
    assert judged["reasoning_effort"] == ("low" if model == "openai/o3" else "minimal")
    assert "temperature" not in judged and "temperature" not in first


@pytest.mark.parametrize("lane", ["auto", "litellm"])
def test_a_deployment_of_any_name_teaches_what_it_takes(lane: str) -> None:
    """One refusal for each thing, and none for the second row."""

    def deployed(asked: Asked) -> Said:
        return openai(asked._replace(body={**asked.body, "model": "gpt-5"}))

    samplings = [Sampling(0.5, 0.9, 200, None)] * 2
    answers, server = bought("openai/my-own", deployed, *samplings, path="/v1", lane=lane)
    assert [answer.error for answer in answers] == [None, None]
    assert server.statuses == [400, 400, 400, 200, 200]
    assert json.loads(answers[1].sent or "") == {"max_completion_tokens": 200}


def test_azure_is_asked_like_openai() -> None:
    answers, server = bought("azure/gpt-5-mini", openai, PAPER, JUDGE)
    assert [answer.error for answer in answers] == [None, None] and server.statuses == [200, 200]
    assert "/openai/deployments/gpt-5-mini/chat/completions" in server.asked[0].path
    assert server.bodies[1]["max_completion_tokens"] == 64 + 4096


@pytest.mark.parametrize("provider", ["ollama", "ollama_chat"])
def test_ollama_is_sent_no_penalty_and_no_top_p_of_ours(provider: str) -> None:
    """LiteLLM makes a penalty of 0 a repeat_penalty of 0, which spoils every answer."""
    zero = Sampling(1.0, 0.9, 200, 0.0)
    answers, server = bought(f"{provider}/llama3", ollama, zero, JUDGE)
    options = [body["options"] for body in server.bodies]
    assert [answer.error for answer in answers] == [None, None]
    assert options[0] == {"temperature": 1.0, "top_p": 0.9, "num_predict": 200}
    assert options[1] == {"temperature": 0.0, "num_predict": 64}


def test_a_judge_of_ollama_that_could_think_is_told_not_to() -> None:
    _, server = bought("ollama_chat/qwen3", ollama, PAPER, JUDGE)
    assert server.bodies[1]["think"] is False and "think" not in server.bodies[0]
    assert server.bodies[0]["options"]["num_predict"] == 200 + 8192
    assert server.bodies[1]["options"]["num_predict"] == 64


def test_gemini_is_asked_in_its_own_words_and_its_block_is_the_rows() -> None:
    answers, server = bought("gemini/gemini-2.5-flash", gemini, PAPER, JUDGE)
    assert [answer.error for answer in answers] == [None, None]
    first, judged = (body["generationConfig"] for body in server.bodies)
    assert (first["top_p"], first["max_output_tokens"]) == (0.9, 200 + 8192)
    assert judged["thinkingConfig"]["thinkingBudget"] == 0
    assert "They want" not in answers[0].text
    held, _ = bought("gemini/gemini-2.5-flash", gemini, PAPER, PAPER, last=f"A text {BLOCKED}.")
    assert held[0].error is None and held[1].error and held[1].text == ""


def test_a_context_that_is_full_is_no_lesson_about_parameters(tmp_path: Path) -> None:
    long = Sampling(1.0, 0.9, 600, None)
    answers, server = bought("hosted_vllm/m", vllm, PAPER, long, folder=tmp_path, path="/v1")
    assert (answers[0].error, server.statuses[0]) == (None, 200)
    assert "maximum context length" in (answers[1].error or "")
    assert lessons_in(RunFolder(tmp_path)) == []


def test_what_is_passed_on_arrives_in_both_lanes() -> None:
    extra = {"chat_template_kwargs": {"enable_thinking": False}, "headers": {"x-team": "knots"},
             "extra_body": {"min_p": 0.1}}  # fmt: skip
    own = Sampling(None, None, 100, None, system="Be brief.", extra=json.dumps(extra))
    for lane in ("auto", "litellm"):
        answers, server = bought("hosted_vllm/m", vllm, own, path="/v1", lane=lane)
        (body,), (asked,) = server.bodies, server.asked
        assert answers[0].error is None and asked.headers["x-team"] == "knots"
        assert body["chat_template_kwargs"] == {"enable_thinking": False}
        assert body["min_p"] == 0.1 and body["messages"][0]["content"] == "Be brief."
        assert not {"temperature", "top_p", "extra_body", "headers"} & set(body)


@pytest.mark.parametrize(
    ("model", "provider"),
    [("openrouter/some/model", openrouter), ("deepseek/deepseek-chat", deepseek)],
)
def test_accents_of_openais_language_are_understood(model: str, provider: Provider) -> None:
    answers, server = bought(model, provider, PAPER)
    assert answers[0].error is None and "facts show" in answers[0].text
    assert server.bodies[0]["temperature"] == 1.0 and "frequency_penalty" not in server.bodies[0]


def test_an_error_in_a_body_of_200_is_no_answer() -> None:
    try:
        answers, _ = bought("openrouter/some/model", openrouter, PAPER, last=OUT_OF_CREDIT)
    except ModelUnavailable:
        return
    assert answers[0].error and answers[0].text == ""


def test_bedrocks_claude_gets_one_of_the_two(monkeypatch: pytest.MonkeyPatch) -> None:
    model = "bedrock/converse/anthropic.claude-sonnet-4-5-20250929-v1:0"
    own = Sampling(1.0, 0.9, 200, None)
    answers, server = bought(model, bedrock, own, JUDGE, roles={})
    assert [answer.error for answer in answers] == [None, None] and server.statuses == [200, 200]
    assert server.bodies[0]["inferenceConfig"] == {"topP": 0.9, "maxTokens": 200}


def test_a_rows_own_fault_is_no_lesson(tmp_path: Path) -> None:
    """A moderated prompt that speaks of a parameter must not take it from all others."""

    def moderated(asked: Asked) -> Said:
        if "forbidden" in str(asked.body["messages"]):
            return refused("messages", "Your prompt about temperature was rejected by our policy.")
        return openai(asked)

    answers, _ = bought(
        "openai/my-own", moderated, PAPER, PAPER, folder=tmp_path, path="/v1", last="forbidden"
    )
    assert answers[1].error and lessons_in(RunFolder(tmp_path)) == []
