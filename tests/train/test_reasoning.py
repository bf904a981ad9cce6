"""Thinking that is handed on is what a model's own chat template writes, in every row alike.

The two templates do in our words what Qwen3's and gpt-oss's do with thinking.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import BadInput
from schemas.tables.export import Example, Reasoning
from tasks.doors.files import dataset_files
from tasks.doors.processes.fine_tuning import tiny, tokens
from tasks.doors.processes.fine_tuning.tokens import UNLEARNED, Row
from tasks.export.formats import messages
from tasks.sources.reasoning import shown
from tasks.training.bases import template_of

datasets = pytest.importorskip("datasets")
transformers = pytest.importorskip("transformers")

QWEN3 = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' }}"
    "{% if m['role'] == 'assistant' %}{% set said = m['content'] %}"
    "{% if m['reasoning_content'] is string %}{% set thought = m['reasoning_content'] %}"
    "{% elif '</think>' in said %}"
    "{% set thought = said.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}"
    "{% set said = said.split('</think>')[-1].lstrip('\\n') %}"
    "{% else %}{% set thought = '' %}{% endif %}"
    "{{ '<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + said.lstrip('\\n') }}"
    "{% else %}{{ m['content'] }}{% endif %}{{ '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
GPT_OSS = (
    "{% for m in messages %}{{ '<|start|>' + m['role'] }}"
    "{% if m['role'] == 'assistant' %}"
    "{% if 'thinking' in m %}"
    "{{ '<|channel|>analysis<|message|>' + m['thinking'] + '<|end|><|start|>assistant' }}{% endif %}"
    "{{ '<|channel|>final<|message|>' + m['content'] + '<|return|>' }}"
    "{% else %}{{ '<|message|>' + m['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant' }}{% endif %}"
)
ASKED, SAID = "Why is the sky blue?", "It scatters blue light."
THOUGHTS = ["Short waves are scattered more.\n\n好 So:", ""]
EXAMPLES = [Example(f"r{n}", "s", 0, ASKED, SAID) for n in range(2)]
EXAMPLES[0] = replace(EXAMPLES[0], reasoning=THOUGHTS[0])


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tiny")
    tiny.make([ASKED, SAID, *THOUGHTS], folder, rng_seed=1, longest=512)
    return transformers.AutoTokenizer.from_pretrained(folder)


def rendered(how: Reasoning, template: str, tokenizer: Any, place: Path) -> list[str]:
    """Return the export's rows as a trainer reads and renders them."""
    path = place / "messages.jsonl"
    records = [messages(one) for row in EXAMPLES if (one := shown(row, how))]
    dataset_files.write_lines(map(dataset_files.json_line, records), iter([path]), None)
    rows = datasets.load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(place / "cache")
    )
    return [
        tokenizer.apply_chat_template(row["messages"], tokenize=False, chat_template=template)
        for row in rows
    ]


@pytest.mark.parametrize("how", ["think-tags", "field"])
def test_a_template_like_qwen3s_writes_every_row_in_one_shape(
    tokenizer: Any, tmp_path: Path, how: Reasoning
) -> None:
    head = f"<|im_start|>user\n{ASKED}<|im_end|>\n<|im_start|>assistant\n"
    assert rendered(how, QWEN3, tokenizer, tmp_path) == [
        f"{head}<think>\n{thought}\n</think>\n\n{SAID}<|im_end|>\n" for thought in THOUGHTS
    ]


def test_a_template_like_gpt_oss_writes_every_row_in_one_shape(
    tokenizer: Any, tmp_path: Path
) -> None:
    head = f"<|start|>user<|message|>{ASKED}<|end|><|start|>assistant<|channel|>"
    assert rendered("field", GPT_OSS, tokenizer, tmp_path) == [
        f"{head}analysis<|message|>{thought}<|end|><|start|>assistant<|channel|>final<|message|>"
        f"{SAID}<|return|>"
        for thought in THOUGHTS
    ]


def test_dropped_thinking_is_in_no_row(tokenizer: Any, tmp_path: Path) -> None:
    first, second = rendered("drop", QWEN3, tokenizer, tmp_path)
    assert first == second
    assert "Short waves" not in first


def rows_of(how: Reasoning) -> list[Row]:
    found = [one for row in EXAMPLES if (one := shown(row, how))]
    return [Row(one.instruction, one.response, one.reasoning) for one in found]


@pytest.mark.parametrize(
    ("how", "template", "parts"),
    [
        ("think-tags", template_of("wizardlm"), ("<think>\n", "\n</think>\n\n", "<|end|>")),
        ("think-tags", QWEN3, ("<think>\n", "\n</think>\n\n", "<|im_end|>\n")),
        ("field", QWEN3, ("<think>\n", "\n</think>\n\n", "<|im_end|>\n")),
        ("field", GPT_OSS, (
            "<|channel|>analysis<|message|>",
            "<|end|><|start|>assistant<|channel|>final<|message|>", "<|return|>",
        )),
    ],
)  # fmt: skip
def test_thinking_is_learned_and_counted_as_part_of_the_answer(
    tokenizer: Any, how: Reasoning, template: str, parts: tuple[str, str, str]
) -> None:
    tokenizer.chat_template = template
    table, counts = tokens.tokenized(rows_of(how), tokenizer, 4096)
    before, between, after = parts
    learned = [
        [one for one in labels if one != UNLEARNED] for labels in table["labels"].to_pylist()
    ]
    assert [tokenizer.decode(ids) for ids in learned] == [
        f"{before}{thought}{between}{SAID}{after}" for thought in THOUGHTS
    ]
    assert counts.thinking == 1
    assert counts.response_tokens == sum(map(len, learned))


def test_a_template_that_leaves_thinking_out_is_refused_before_anything_is_learned(
    tokenizer: Any,
) -> None:
    for name in ("wizardlm", "alpaca", "vicuna_v1.1"):
        tokenizer.chat_template = template_of(name)
        with pytest.raises(BadInput, match=r"reasoning: .* take think-tags or drop"):
            tokens.tokenized(rows_of("field"), tokenizer, 4096)
