"""Folders of models: what is none, what tells them apart, and whether the template is the right one."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import BadInput
from tasks.training.model_folders import checked_card, identity, model_at, served_name


def test_folders_that_hold_no_model_are_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"config\.json is missing"):
        model_at(tmp_path, "base")
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(BadInput, match="no weights as safetensors"):
        model_at(tmp_path, "base")
    (tmp_path / "model.safetensors").write_bytes(b"x")
    assert model_at(tmp_path, "base") == tmp_path


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


def test_other_weights_have_another_name_where_it_matters(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"x")
    names = {served_name("My model!", tmp_path)}
    (tmp_path / "model.safetensors").write_bytes(b"y")
    names.add(served_name("My model!", tmp_path))
    assert len(names) == 2
    assert all(name.startswith("My-model-") for name in names)


def with_card(folder: Path, **changed: Any) -> Path:
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    card = {
        "prompt_format": "wizardlm",
        "chat_template_sha256": hashlib.sha256(b"{{ messages }}").hexdigest(),
        "max_length_tokens": 64, "probe": {"message": "Hello?", "prompt_tokens": 3},
        "base": "tiny", "method": "full", "data_sha256": "0" * 64, **changed,
    }  # fmt: skip
    (folder / "evolflow-model.json").write_text(json.dumps(card))
    return folder


def test_a_model_is_asked_with_the_template_it_was_trained_with_or_not_at_all(
    tmp_path: Path,
) -> None:
    card = checked_card(with_card(tmp_path))
    assert card is not None
    assert card.probe.message == "Hello?"
    (tmp_path / "chat_template.jinja").write_text("{{ messages }} ")
    with pytest.raises(BadInput, match="is not the chat template"):
        checked_card(tmp_path)
    (tmp_path / "chat_template.jinja").unlink()
    with pytest.raises(BadInput, match="is missing"):
        checked_card(tmp_path)
    with pytest.raises(BadInput, match="put it back"):
        checked_card(with_card(tmp_path, max_length_tokens="many"))


def test_a_model_from_elsewhere_needs_a_template_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no chat template"):
        checked_card(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    assert checked_card(tmp_path) is None
