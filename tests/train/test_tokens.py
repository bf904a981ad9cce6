"""Rows become tokens: the loss is on responses alone, and what does not fit is counted."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

transformers = pytest.importorskip("transformers")

from schemas.errors import BadInput  # noqa: E402
from tasks.doors.processes.fine_tuning import tiny, tokens  # noqa: E402
from tasks.doors.processes.fine_tuning.tokens import UNLEARNED, Row  # noqa: E402
from tasks.training.bases import template_of  # noqa: E402

ROWS = [
    Row("Name a knot.", "A bowline."),
    Row("你好, what is `a|b`?", "```sh\na | b\n```"),
    Row("Say nothing twice.", "  two\n\nlines  "),
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tiny")
    tiny.make((text for row in ROWS for text in row[:2]), folder, rng_seed=1, longest=128)
    made = transformers.AutoTokenizer.from_pretrained(folder)
    made.chat_template = template_of("wizardlm")
    return made


def test_the_loss_is_on_the_response_and_its_end_alone(tokenizer: Any) -> None:
    table, counts = tokens.tokenized(ROWS, tokenizer, 512)
    for row, record in zip(ROWS, table.to_pylist(), strict=True):
        learned = [one for one in record["labels"] if one != UNLEARNED]
        n_prompt = len(record["labels"]) - len(learned)
        assert tokenizer.decode(learned) == row.response + tokenizer.eos_token
        prompt = f"{tokenizer.bos_token}{row.instruction}\n\n### Response:"
        assert tokenizer.decode(record["input_ids"][:n_prompt]) == prompt
        assert record["input_ids"][n_prompt:] == learned
    assert (counts.rows, counts.cut, counts.masked, counts.special) == (3, 0, 0, 0)
    assert counts.response_tokens < counts.tokens


def test_rows_that_do_not_fit_are_cut_or_left_out_and_counted(tokenizer: Any) -> None:
    whole, _ = tokens.tokenized(ROWS, tokenizer, 512)
    lengths = [len(ids) for ids in whole["input_ids"].to_pylist()]
    long, room = Row("Why? " * 200, "Because."), max(lengths) - 1
    table, counts = tokens.tokenized([*ROWS, long], tokenizer, room)
    assert counts.masked == 1
    assert counts.cut == sum(length > room for length in lengths) > 0
    assert counts.rows == 4
    assert table.num_rows == 3
    assert max(len(ids) for ids in table["input_ids"].to_pylist()) == room
    assert counts.longest > 200


def test_special_tokens_written_in_a_text_are_counted(tokenizer: Any) -> None:
    rows = [*ROWS, Row("What ends a text?", f"It is {tokenizer.eos_token}, always.")]
    assert tokens.tokenized(rows, tokenizer, 512)[1].special == 1


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(instruction=TEXT, response=TEXT)
@pytest.mark.parametrize("name", ["wizardlm", "vicuna", "alpaca"])
def test_every_prompt_is_what_a_server_makes_of_the_message(
    tokenizer: Any, name: Any, instruction: str, response: str
) -> None:
    tokenizer.chat_template = template_of(name)
    try:
        table, _ = tokens.tokenized([Row(instruction, response)], tokenizer, 4096)
        message = [{"role": "user", "content": instruction}]
        served = tokenizer.apply_chat_template(message, add_generation_prompt=True)["input_ids"]
        assert table["input_ids"].to_pylist()[0][: len(served)] == served
        assert set(table["labels"].to_pylist()[0][: len(served)]) == {UNLEARNED}
    finally:
        tokenizer.chat_template = template_of("wizardlm")


def test_a_template_that_changes_the_question_once_it_is_answered_is_refused(
    tokenizer: Any,
) -> None:
    tokenizer.chat_template = "{{ messages | length }} {{ messages[0]['content'] }}"
    try:
        with pytest.raises(BadInput, match="take wizardlm"):
            tokens.tokenized(ROWS, tokenizer, 512)
    finally:
        tokenizer.chat_template = template_of("wizardlm")


def test_the_probe_counts_the_tokens_that_a_server_will_see(tokenizer: Any) -> None:
    probe = tokens.probe_of(tokenizer)
    message = [{"role": "user", "content": probe.message}]
    served = tokenizer.apply_chat_template(message, add_generation_prompt=True)["input_ids"]
    assert probe.prompt_tokens == len(served)


def test_the_same_texts_and_seed_make_the_same_model(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        tiny.make((row.response for row in ROWS), tmp_path / name, rng_seed=seed, longest=128)
    one, two, other = (
        (tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two", "other")
    )
    assert one == two != other


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [
        json.dumps({"id": "a", "instruction": r.instruction, "response": r.response}) for r in ROWS
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert list(tokens.rows_of(path)) == ROWS
