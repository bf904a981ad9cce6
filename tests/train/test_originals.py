"""Training text is token for token what the original trainers make: Alpaca's, WizardLM's, Vicuna's.

What they do stands here in our own words: the prompt's and the whole row's text are given to the
tokenizer, which adds the token that begins a text itself, and as many tokens carry no loss as the
prompt has alone. The tokenizers are built here, as LLaMA's: a blank before the first word, and bytes
for what has no token.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

from tokenizers import decoders, models, normalizers, pre_tokenizers, processors  # noqa: E402
from tokenizers import trainers as learners  # noqa: E402

from tasks.doors.processes.fine_tuning import tokens  # noqa: E402
from tasks.doors.processes.fine_tuning.tokens import UNLEARNED, Row, fitted  # noqa: E402
from tasks.training.bases import template_of  # noqa: E402

CORPUS = [
    "negative energy is not positive energy",
    "### Instruction: ### Response: USER: ASSISTANT: The answer is Yes. No. Why so?",
    "### Response:The ### Response:A :( :) ): the cat sat on the mat, and negated it",
    "Sum the first three odd numbers\n\nand say why\n\n- one\n- two",
] * 20
ROWS = [
    Row("Is the charge of an electron positive or negative?", "negative"),
    Row("Answer with a smile.", ":) "),
    Row("Answer with a smile.", " :)\n\n  two  blanks"),
    Row("你好, what is `a|b`?", "```sh\na | b\n```"),
    Row("Say</s>it", "It is </s>, always."),
    Row("Name three.\n\n- one", "\n1. A\n2. B 🎉\n"),
]
SENTENCE = "Here two people talk. One of them knows a lot."
PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(
    lambda text: "<" not in text
)


class Original(NamedTuple):
    """A trainer's own texts."""

    prompt: Callable[[str], str]
    whole: Callable[[str, str], str]


def after(prompt: Callable[[str], str], blank: str = "") -> Original:
    return Original(prompt, lambda asked, said: f"{prompt(asked)}{blank}{said}</s>")


ORIGINALS = {
    ("wizardlm", ""): after(lambda asked: f"{asked}\n\n### Response:"),
    ("alpaca", ""): after(lambda asked: f"### Instruction:\n{asked}\n\n### Response:"),
    ("alpaca", SENTENCE): after(
        lambda asked: f"{SENTENCE}\n\n### Instruction:\n{asked}\n\n### Response:"
    ),
    ("vicuna_v1.1", ""): after(lambda asked: f"USER: {asked} ASSISTANT:", " "),
    ("vicuna_v1.1", SENTENCE): after(lambda asked: f"{SENTENCE} USER: {asked} ASSISTANT:", " "),
}


def wrapped(pieces: Any, **given: Any) -> Any:
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=pieces, bos_token="<s>", eos_token="</s>", unk_token="<unk>", **given
    )
    begin = (made.bos_token, made.bos_token_id)
    pieces.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[begin])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=pieces, bos_token="<s>", eos_token="</s>", unk_token="<unk>", **given
    )


def bpe_of_pieces(scheme: str | None) -> Any:
    """LLaMA's own kind; without a scheme the blank is put before every stretch of text, as once."""
    pieces = tokenizers.Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if scheme is None:
        pieces.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
    else:
        pieces.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    return wrapped(learned(pieces, learners.BpeTrainer))


def unigram() -> Any:
    pieces = tokenizers.Tokenizer(models.Unigram())
    pieces.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    return wrapped(learned(pieces, learners.UnigramTrainer, unk_token="<unk>"))


def learned(pieces: Any, learner: Any, **given: Any) -> Any:
    pieces.decoder = decoders.Metaspace()
    bytes_ = [f"<0x{n:02X}>" for n in range(256)]
    pieces.train_from_iterator(
        CORPUS,
        learner(
            vocab_size=700, special_tokens=["<unk>", "<s>", "</s>", *bytes_], show_progress=False,
            **given,
        ),
    )  # fmt: skip
    return pieces


TOKENIZERS = {
    "a blank before every stretch": lambda: bpe_of_pieces(None),
    "a blank before all words": lambda: bpe_of_pieces("always"),
    "a blank before the first word alone": lambda: bpe_of_pieces("first"),
    "no blank": lambda: bpe_of_pieces("never"),
    "unigram": unigram,
}


@pytest.fixture(scope="module", params=TOKENIZERS)
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return TOKENIZERS[request.param]()


def made_of(row: Row, tokenizer: Any, name: Any, sentence: str) -> tuple[list[int], list[int]]:
    tokenizer.chat_template = fitted(str(template_of(name, sentence)), tokenizer)
    record = tokens.tokenized([row], tokenizer, 100_000)[0].to_pylist()[0]
    return record["input_ids"], record["labels"]


@pytest.mark.parametrize("kind", [kind for kind in TOKENIZERS if kind != "no blank"])
def test_two_texts_are_other_tokens_together_than_apart(kind: str) -> None:
    tokenizer = TOKENIZERS[kind]()
    prompt, response = "### Response:", "The"
    apart = tokenizer.tokenize(prompt) + tokenizer.tokenize(response)
    assert tokenizer.tokenize(prompt + response) != apart


@pytest.mark.parametrize(("name", "sentence"), ORIGINALS)
@pytest.mark.parametrize("row", ROWS)
def test_rows_become_the_tokens_of_the_original_trainer(
    tokenizer: Any, name: str, sentence: str, row: Row
) -> None:
    original = ORIGINALS[name, sentence]
    ids, labels = made_of(row, tokenizer, name, sentence)
    assert ids == tokenizer(original.whole(row.instruction, row.response))["input_ids"]
    prompt = tokenizer(original.prompt(row.instruction))["input_ids"]
    learned_from = next(at for at, label in enumerate(labels) if label != UNLEARNED)
    assert labels == [UNLEARNED] * learned_from + ids[learned_from:]
    if ids[: len(prompt)] == prompt:
        assert learned_from == len(prompt)
    else:
        # A token that reaches over the border is no answer to the prompt.
        assert abs(learned_from - len(prompt)) <= 1


@pytest.mark.parametrize(("name", "sentence"), ORIGINALS)
@settings(max_examples=40, deadline=None)
@example(asked="two  blanks", said="  ")
@given(asked=PLAIN.map(str.strip), said=PLAIN)
def test_any_text_becomes_the_tokens_of_the_original_trainer(
    tokenizer: Any, name: str, sentence: str, asked: str, said: str
) -> None:
    whole = ORIGINALS[name, sentence].whole(asked, said)
    assert made_of(Row(asked, said), tokenizer, name, sentence)[0] == tokenizer(whole)["input_ids"]


@pytest.mark.parametrize(("name", "sentence"), ORIGINALS)
def test_a_server_makes_the_same_prompt_of_a_message(
    tokenizer: Any, name: str, sentence: str
) -> None:
    for row in ROWS:
        made_of(row, tokenizer, name, sentence)
        asked = [{"role": "user", "content": row.instruction}]
        served = tokenizer.apply_chat_template(asked, add_generation_prompt=True)["input_ids"]
        assert served == tokenizer(ORIGINALS[name, sentence].prompt(row.instruction))["input_ids"]


_BASE: Any = transformers.PreTrainedTokenizer


class Slow(_BASE):
    """One that cannot say where a token stands: words, and blanks behind them, are its tokens."""

    vocab_files_names: dict[str, str] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        super().__init__(bos_token="<s>", eos_token="</s>", unk_token="<unk>")

    @property
    def vocab_size(self) -> int:
        return len(self._known)

    def get_vocab(self) -> dict[str, int]:
        return dict(self._known)

    def _tokenize(self, text: str, **_: Any) -> list[str]:
        return [word + " " for word in text.split(" ")]

    def _convert_token_to_id(self, token: str) -> int:
        return self._known.setdefault(token, len(self._known) + 10)


def test_a_tokenizer_without_places_masks_as_the_original_trainer_does() -> None:
    slow = Slow()
    assert not slow.is_fast
    for row in ROWS[:4]:
        ids, labels = made_of(row, slow, "wizardlm", "")
        prompt = slow(f"<s>{row.instruction}\n\n### Response:", add_special_tokens=False)
        whole = f"<s>{row.instruction}\n\n### Response:{row.response}</s>"
        assert ids == slow(whole, add_special_tokens=False)["input_ids"]
        n = len(prompt["input_ids"])
        assert labels == [UNLEARNED] * n + ids[n:]
