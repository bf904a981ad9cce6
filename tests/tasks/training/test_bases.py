"""Prompt formats, to the byte."""

from pathlib import Path
from typing import get_args

import pytest
from jinja2 import Environment

from schemas.errors import BadInput
from schemas.folders.trained import TrainedFolder
from schemas.settings.training import PromptFormat, TrainingSettings
from tasks.doors.storage import shards
from tasks.packs.pack import SHIPPED
from tasks.training.bases import base_of, hash_of, lacks_preamble, template_for, template_of
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "formats"
MESSAGES = [
    {"role": "system", "content": "Answer in one line."},
    {"role": "user", "content": "Name a knot:\n\n- one {{ only }}"},
    {"role": "assistant", "content": "A bowline.\n"},
    {"role": "user", "content": "绳?"},
]


LINE = "It's a \\ 'line' of {{ ours }} %} 🎉.\nAnd another."


def written(template: str | None, messages: list[dict[str, str]], **given: object) -> str:
    environment = Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701
    return environment.from_string(str(template)).render(
        messages=messages, bos_token="<s>", eos_token="</s>", **given
    )


@pytest.mark.parametrize("name", [one for one in get_args(PromptFormat) if one != "base"])
def test_a_conversation_is_written_to_the_byte(name: PromptFormat) -> None:
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n")
    assert written(template_of(name), MESSAGES, add_generation_prompt=True) == golden


def test_vicuna_of_older_versions_is_vicuna_without_its_sentence() -> None:
    for messages in (MESSAGES, MESSAGES[1:], MESSAGES[1:3]):
        is_asked = messages[-1]["role"] == "user"
        old, new = (
            written(template_of(name), messages, add_generation_prompt=is_asked)
            for name in ("vicuna", "vicuna_v1.1")
        )
        assert old == new


def test_a_preamble_opens_the_prompt_where_its_format_has_it() -> None:
    asked = [{"role": "user", "content": "Why?"}]
    prompts: tuple[tuple[PromptFormat, str], ...] = (
        ("vicuna_v1.1", f"<s>{LINE} USER: Why? ASSISTANT:"),
        ("alpaca", f"<s>{LINE}\n\n### Instruction:\nWhy?\n\n### Response:"),
    )
    for name, prompt in prompts:
        template = template_of(name, LINE)
        assert written(template, asked, add_generation_prompt=True) == prompt
        told = [{"role": "system", "content": "Be brief."}, *asked]
        assert written(template, told, add_generation_prompt=True) == prompt.replace(
            LINE, "Be brief."
        )


@pytest.mark.parametrize("name", ["wizardlm", "vicuna", "base"])
def test_a_preamble_is_refused_by_a_format_without_one(name: PromptFormat) -> None:
    with pytest.raises(BadInput, match=f"preamble: the format {name} has none; .* vicuna_v1.1"):
        template_of(name, "Answer.")


def test_the_models_own_format_has_no_text_of_ours() -> None:
    assert template_of("base") is None


def settings(base: str = "tiny", **given: object) -> TrainingSettings:
    return TrainingSettings.model_validate({"data": "mix", "out": "model", "base": base, **given})


def test_a_preamble_is_read_from_a_file_and_its_lack_is_known(tmp_path: Path) -> None:
    path = tmp_path / "sentence.txt"
    path.write_text("Be kind. 好\n\n", encoding="utf-8")
    out = str(tmp_path / "model")
    given = settings(prompt_format="alpaca", preamble=str(path), out=out)
    assert template_for(given) == template_of("alpaca", "Be kind. 好")
    lacking = {
        name: lacks_preamble(settings(prompt_format=name, out=out))
        for name in get_args(PromptFormat)
    }
    assert [name for name, lacks in lacking.items() if lacks] == ["vicuna_v1.1", "alpaca"]
    assert not lacks_preamble(given)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b" \n", "is empty"), (b"\xff", "cannot be read"), (None, "cannot be read")],
)
def test_a_preamble_that_says_nothing_is_one_clear_line(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "sentence.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=said) as fault:
        template_for(settings(prompt_format="alpaca", preamble=str(path), out=str(tmp_path)))
    assert "\n" not in str(fault.value)


def test_a_training_begun_with_an_older_text_of_its_format_goes_on_with_it(tmp_path: Path) -> None:
    older = (
        (SHIPPED / "formats" / "older" / "alpaca.jinja").read_text(encoding="utf-8").rstrip("\n")
    )
    golden = (GOLDEN / "older" / "alpaca.txt").read_text(encoding="utf-8").removesuffix("\n")
    assert written(older, MESSAGES) == golden
    for begun, template in ((older, older), (template_of("alpaca"), template_of("alpaca"))):
        folder = TrainedFolder(tmp_path / hash_of(begun))
        record = {
            "run_id": "1", "kind": "training", "state": "stopped: Interrupted", "settings": {},
            "fixed": {}, "created_at": "then", "changed_at": "then", "versions": {},
            "pack": {"name": "alpaca", "sha256": hash_of(begun)},
        }  # fmt: skip
        shards.write_json(record, folder.run_json)
        assert template_for(settings(prompt_format="alpaca", out=str(folder.root))) == template


def test_a_small_model_needs_no_folder() -> None:
    assert base_of(settings("tiny")) is None
