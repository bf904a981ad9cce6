"""Prompt formats, to the byte."""

from typing import get_args

import pytest
from jinja2 import Environment

from schemas.settings.training import PromptFormat, TrainingSettings
from tasks.training.bases import base_of, template_of
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "formats"
MESSAGES = [
    {"role": "system", "content": "Answer in one line."},
    {"role": "user", "content": "Name a knot:\n\n- one {{ only }}"},
    {"role": "assistant", "content": "A bowline.\n"},
    {"role": "user", "content": "绳?"},
]


@pytest.mark.parametrize("name", [one for one in get_args(PromptFormat) if one != "base"])
def test_a_conversation_is_written_to_the_byte(name: PromptFormat) -> None:
    template = Environment(trim_blocks=True, lstrip_blocks=True).from_string(str(template_of(name)))  # noqa: S701
    written = template.render(messages=MESSAGES, bos_token="<s>", eos_token="</s>")
    assert written == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n")


def test_the_models_own_format_has_no_text_of_ours() -> None:
    assert template_of("base") is None


def settings(base: str) -> TrainingSettings:
    return TrainingSettings(data="mix", out="model", base=base)


def test_a_small_model_needs_no_folder() -> None:
    assert base_of(settings("tiny")) is None
