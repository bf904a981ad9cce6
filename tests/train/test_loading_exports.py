"""Every format is read by the trainers' own loaders: datasets, and TRL's SFT and DPO trainers.

Runs where these are installed.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.export.export import Wanted, hand_on
from tasks.export.formats import FORMATS
from tests.tasks.exported import finished_run, row_of, scored

datasets = pytest.importorskip("datasets")
pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
trl = pytest.importorskip("trl")
tokenizers = pytest.importorskip("tokenizers")

TEXTS = [
    ("Name two uses of a rope.", "Mooring and towing."),
    ("你好 🎉 write `f`.", "```python\ndef f(x):\n\treturn 'é'\n```"),
    ("ends \u2028 of \x85 lines", "nul \x00 and \r\n more"),
]
CHAT = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] }}"
    "{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """A byte-level tokenizer built on the spot: every text has tokens, none is unknown."""
    own = tokenizers.Tokenizer(tokenizers.models.BPE())
    own.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<pad>", "</s>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    own.train_from_iterator([text for pair in TEXTS for text in pair], trainer)
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=own, pad_token="<pad>", eos_token="</s>"
    )
    made.chat_template = CHAT
    return made


@pytest.fixture
def model(tokenizer: Any, tmp_path: Path) -> Any:
    """A tiny Llama, read from a folder: DPO reads its reference model from the same."""
    transformers.set_seed(0)
    made = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=1,
            num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=256,
            pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )  # fmt: skip
    made.save_pretrained(tmp_path / "model")
    return transformers.LlamaForCausalLM.from_pretrained(tmp_path / "model")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports in all formats: of a run of two epochs, and of one that a judge scored."""
    place = tmp_path_factory.mktemp("exports")
    run = finished_run(place / "plain", TEXTS, epochs=1)
    for name in FORMATS:
        if name != "dpo":
            hand_on(run.root, Wanted(name, place / name))
    rows = [row_of(n, epoch, *pair) for epoch in range(2) for n, pair in enumerate(TEXTS)]
    rows = [replace(row, response=f"{row.response} {row.epoch}") for row in rows]
    judged = finished_run(place / "judged", [], epochs=1, rows=rows)
    scored(judged, [(row, float(row.epoch + 1)) for row in rows])
    hand_on(judged.root, Wanted("dpo", place / "dpo"))
    return place


def loaded(exports: Path, name: str, place: Path) -> Any:
    return datasets.load_dataset(str(exports / name), split="train", cache_dir=str(place / "cache"))


def texts_of(name: str, row: Any) -> tuple[str, str]:
    if name == "alpaca":
        return row["instruction"], row["output"]
    if name == "sharegpt":
        first, second = row["conversations"]
        return first["value"], second["value"]
    if name in ("messages", "parquet"):
        first, second = row["messages"]
        return first["content"], second["content"]
    if name == "csv":
        return row["instruction"], row["response"]
    return row["prompt"], row["completion"]


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "dpo"])
def test_datasets_loads_the_folder_as_it_is(exports: Path, tmp_path: Path, name: str) -> None:
    rows = loaded(exports, name, tmp_path)
    assert [texts_of(name, row) for row in rows] == TEXTS * 2


@pytest.mark.parametrize("name", ["messages", "sharegpt", "prompt-completion", "parquet"])
def test_sft_trains_on_the_export_as_it_is(
    exports: Path, tmp_path: Path, model: Any, tokenizer: Any, name: str
) -> None:
    trainer = trl.SFTTrainer(
        model=model,
        args=trl.SFTConfig(
            output_dir=str(tmp_path / "out"), max_steps=2, per_device_train_batch_size=3,
            max_length=256, report_to=[], save_strategy="no", use_cpu=True, bf16=False,
        ),
        train_dataset=loaded(exports, name, tmp_path),
        processing_class=tokenizer,
    )  # fmt: skip
    assert len(trainer.train_dataset) == 2 * len(TEXTS)
    said = [tokenizer.decode(row["input_ids"]) for row in trainer.train_dataset]
    for (_, response), text in zip(TEXTS * 2, said, strict=True):
        assert response in text
    assert trainer.train().training_loss > 0


def test_dpo_trains_on_the_export_as_it_is(
    exports: Path, tmp_path: Path, model: Any, tokenizer: Any
) -> None:
    rows = loaded(exports, "dpo", tmp_path)
    assert set(rows.column_names) == {"prompt", "chosen", "rejected"}
    trainer = trl.DPOTrainer(
        model=model,
        args=trl.DPOConfig(
            output_dir=str(tmp_path / "out"), max_steps=2, per_device_train_batch_size=2,
            max_length=256, report_to=[], save_strategy="no", use_cpu=True, bf16=False,
        ),
        train_dataset=rows,
        processing_class=tokenizer,
    )  # fmt: skip
    assert len(trainer.train_dataset) == len(rows) == 3
    assert trainer.train().training_loss > 0
