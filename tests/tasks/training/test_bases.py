"""Prompt formats, to the byte, and folders that are no model."""

from pathlib import Path
from typing import get_args

import pytest
from jinja2 import Environment

from schemas.errors import BadInput
from schemas.training_settings import PromptFormat, TrainingSettings
from tasks.training.bases import base_of, identity, template_of
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
    assert identity(None) == "tiny"


def test_folders_that_hold_no_model_are_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"config\.json is missing"):
        base_of(settings(str(tmp_path)))
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(BadInput, match="no weights as safetensors"):
        base_of(settings(str(tmp_path)))
    (tmp_path / "model.safetensors").write_bytes(b"x")
    assert base_of(settings(str(tmp_path))) == tmp_path


def test_another_template_or_config_is_another_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"x")
    seen = {identity(tmp_path)}
    (tmp_path / "chat_template.jinja").write_text("a")
    seen.add(identity(tmp_path))
    (tmp_path / "chat_template.jinja").write_text("b")
    seen.add(identity(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"xy")
    seen.add(identity(tmp_path))
    assert len(seen) == 4
