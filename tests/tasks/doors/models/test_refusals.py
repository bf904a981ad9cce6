"""What a provider's 400 teaches of a model: which parameter it does not take, and nothing of a row."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.doors.models.refusals import lesson_in

SENT: dict[str, Any] = {
    "temperature": 1.0, "top_p": 0.9, "max_tokens": 8192, "frequency_penalty": 0.3,
    "reasoning_effort": "minimal",
}  # fmt: skip

ANTHROPIC = [
    ("`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
     ("top_p", "temperature")),
    ("top_p: not supported by this model", ("top_p", None)),
    ("temperature: may only be set to 1 when thinking is enabled; it must be unset otherwise",
     ("temperature", None)),
    ("frequency_penalty: Extra inputs are not permitted", ("frequency_penalty", None)),
    ("max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens for claude-x",
     ("max_tokens", "4096")),
]  # fmt: skip
OPENAI = [
    ("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
     "'max_completion_tokens' instead.", ("max_tokens", "max_completion_tokens")),
    ("Unsupported value: 'temperature' does not support 1.0 here. Only the default (1) value is "
     "supported.", ("temperature", None)),
    ("Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported "
     "values are: 'low', 'medium', and 'high'.", ("reasoning_effort", "low")),
    ("Unknown parameter: 'top_p'.", ("top_p", None)),
]  # fmt: skip
AZURE = [
    ("Unrecognized request argument supplied: reasoning_effort", ("reasoning_effort", None)),
    ("The parameter `frequency_penalty` is not available for deployment gpt-mini-eu.",
     ("frequency_penalty", None)),
]  # fmt: skip
MISTRAL = [
    ("Extra inputs are not permitted: body.reasoning_effort", ("reasoning_effort", None)),
    ("top_p must be 1 when using greedy sampling.", ("top_p", None)),
]
GEMINI = [
    ("Invalid JSON payload received. Unknown name \"frequencyPenalty\" at 'generation_config'",
     ("frequency_penalty", None)),
    ("Unable to submit request because thinking is not supported by this model.",
     ("reasoning_effort", None)),
]  # fmt: skip
BEDROCK = [
    (
        "The model returned the following errors: temperature and top_p cannot both be specified",
        ("top_p", "temperature"),
    ),
    ("extraneous key [frequency_penalty] is not permitted", ("frequency_penalty", None)),
]
VLLM = [
    ("[{'type': 'extra_forbidden', 'loc': ('body', 'reasoning_effort'), 'msg': 'Extra inputs are "
     "not permitted'}]", ("reasoning_effort", None)),
    ("frequency_penalty is not currently supported by this sampler", ("frequency_penalty", None)),
]  # fmt: skip
OLLAMA = [
    ('"qwen-mini" does not support thinking', ("reasoning_effort", None)),
    ("invalid option provided: top_p", ("top_p", None)),
]
CHINESE = [("参数 top_p 不支持", ("top_p", None)), ("temperature 参数无效", ("temperature", None))]


@pytest.mark.parametrize(
    ("words", "taught"),
    [*ANTHROPIC, *OPENAI, *AZURE, *MISTRAL, *GEMINI, *BEDROCK, *VLLM, *OLLAMA, *CHINESE],
)
def test_a_provider_that_refuses_a_parameter_is_understood(
    words: str, taught: tuple[str, str | None]
) -> None:
    lesson = lesson_in("m", words, SENT, has_system=False)
    assert lesson is not None
    assert (lesson.model, lesson.parameter, lesson.instead) == ("m", *taught)


@pytest.mark.parametrize(
    "words",
    ["The system role is not supported by this chat template.", "Unsupported role: 'system'",
     "Developer instruction is not enabled for models/gemma"],
)  # fmt: skip
def test_a_model_without_a_system_prompt_is_known_by_its_words(words: str) -> None:
    lesson = lesson_in("m", words, SENT, has_system=True)
    assert lesson is not None and (lesson.parameter, lesson.instead) == ("system", "user")
    assert lesson_in("m", words, {}, has_system=False) is None


@pytest.mark.parametrize("name", SENT)
def test_what_was_not_sent_teaches_nothing(name: str) -> None:
    sent = {one: value for one, value in SENT.items() if one != name}
    words = f"Unsupported parameter: '{name}'"
    assert lesson_in("m", words, SENT, has_system=False) is not None
    assert lesson_in("m", words, sent, has_system=False) is None


@pytest.mark.parametrize(
    "words",
    ["This model's maximum context length is 8192 tokens; you asked for 9000 (900 in the messages, "
     "8100 in max_tokens).", "input is too long: max_tokens must be at most 20 for this input",
     "internal error", "", "quota exceeded for this month"],
)  # fmt: skip
def test_a_full_context_and_plain_errors_teach_nothing(words: str) -> None:
    assert lesson_in("m", words, SENT, has_system=True) is None


COMPLAINTS = [
    "Your prompt was flagged by our content policy",
    "The request was blocked by moderation",
    "Output was stopped for safety",
    "The response was filtered by the content_filter of this deployment",
    "This goes against our usage policies",
    "Your prompt was flagged as potentially harmful",
    "The request violates our terms of use",
    "Input data may contain inappropriate content",
    "输入内容包含敏感信息",
]
ECHOES = st.text(max_size=200)


@given(st.sampled_from(COMPLAINTS), st.sampled_from(sorted(SENT)), ECHOES, st.booleans())
@example(COMPLAINTS[0], "temperature", "is an unsupported parameter", True)
def test_a_complaint_of_content_teaches_nothing_whatever_prompt_it_repeats(
    complaint: str, name: str, echo: str, is_first: bool
) -> None:
    quoted = f"{echo} '{name}' is not supported, set it to at most 5: system role not supported"
    words = f"{complaint}: {quoted}" if is_first else f"{quoted} -- {complaint}"
    assert lesson_in("m", words, SENT, has_system=True) is None


@given(st.sampled_from(sorted(SENT)), st.text(max_size=60), st.integers(0, 40))
def test_a_prompt_that_is_repeated_whole_or_cut_teaches_nothing(
    name: str, more: str, cut: int
) -> None:
    prompt = f"Why do servers say: unsupported parameter '{name}', must be at most 5? {more}"
    for words in (
        f"Invalid prompt: {prompt}",
        f"Bad request ({prompt[cut:]})",
        prompt[: -cut or None],
    ):
        assert lesson_in("m", words, SENT, prompt=prompt, has_system=False) is None


def test_a_refusal_beside_a_repeated_prompt_is_still_understood() -> None:
    prompt = "Write a poem about how the temperature of the sea has changed."
    words = f"Unsupported parameter: 'top_p' is not supported. Request: {prompt}"
    lesson = lesson_in("m", words, SENT, prompt=prompt, has_system=False)
    assert lesson is not None and lesson.parameter == "top_p"


@given(st.text(max_size=400), st.booleans())
def test_any_words_are_read_without_a_fault_and_name_what_was_sent(
    words: str, has_system: bool
) -> None:
    lesson = lesson_in("m", words, SENT, has_system=has_system)
    assert lesson is None or lesson.parameter in (*SENT, "system")
