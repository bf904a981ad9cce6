"""Turn rows into tokens, and say which of them can be learned from.

A prompt is what the model's chat template makes of an instruction: the text that a server will make
of it. Prompt and response become tokens together, as one text, and what begins in the prompt carries no
loss: so do the trainers of Alpaca, WizardLM and Vicuna. Knows nothing of training.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from schemas.documents.training import Counts
from schemas.errors import BadInput
from schemas.folders.trained import Probe
from schemas.tables.export import NO_THOUGHT, thoughts

UNLEARNED = -100
"""What PyTorch's loss passes over."""
_BATCH_ROWS = 1_000
_SCHEMA = pa.schema([("input_ids", pa.list_(pa.int32())), ("labels", pa.list_(pa.int32()))])
_BEGIN = "{{ bos_token }}"
"""How our templates begin."""
_WORD = "a"
_PROBE = "Name three colours, and say why."


class Row(NamedTuple):
    """What is learned: what to answer to what."""

    instruction: str
    response: str
    reasoning: str | None = None
    """What was thought before, where the chat template writes it; else it stands in the response."""


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of a file with one JSON object a line."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            yield Row(record["instruction"], record["response"], record.get("reasoning"))


@dataclass
class _Tally:
    rows: int = 0
    cut: int = 0
    masked: int = 0
    tokens: int = 0
    response_tokens: int = 0
    special: int = 0
    thinking: int = 0
    longest: int = 0
    specials: tuple[str, ...] = field(default=())

    def counts(self) -> Counts:
        """Return what was counted."""
        return Counts(
            rows=self.rows, cut=self.cut, masked=self.masked, tokens=self.tokens,
            response_tokens=self.response_tokens, special=self.special, longest=self.longest,
            thinking=self.thinking,
        )  # fmt: skip


def tokenized(rows: Iterable[Row], tokenizer: Any, max_tokens: int) -> tuple[pa.Table, Counts]:
    """Return the rows as tokens, and what became of them.

    Args:
        rows: n rows.
        tokenizer: With the chat template that the model is trained for.
        max_tokens: Longest prompt and response together.

    Returns:
        At most n rows with `input_ids` and `labels`, -100 where there is no loss; and the counts.

    Raises:
        BadInput: The template does not begin a conversation with its prompt.
    """
    tally = _Tally(specials=tuple(t for t in tokenizer.all_special_tokens if t.strip()))
    learned = (one for row in rows if (one := _learned(row, tokenizer, max_tokens, tally)))
    batches = []
    # As Arrow's own a row takes a fraction of what it takes as lists of numbers.
    while some := list(islice(learned, _BATCH_ROWS)):
        batches.append(pa.RecordBatch.from_pylist(some, _SCHEMA))
    return pa.Table.from_batches(batches, _SCHEMA), tally.counts()


def probe_of(tokenizer: Any) -> Probe:
    """Return a message and its tokens, by which a server can be checked."""
    prompt = prompt_of(_PROBE, tokenizer)
    return Probe(message=_PROBE, prompt_tokens=len(_tokens(prompt, tokenizer)))


def prompt_of(instruction: str, tokenizer: Any) -> str:
    """Return what a model is asked, up to where it begins to answer."""
    asked = [{"role": "user", "content": instruction}]
    return str(tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True))


def fitted(template: str, tokenizer: Any) -> str:
    """Return one of our templates so that this tokenizer makes the original trainers' tokens of it.

    They give a tokenizer the text without the token that begins it, and LLaMA's then puts a blank
    before the first word. Some tokenizers put none behind a special token: there the template does.
    """
    begin = tokenizer.bos_token
    if begin is None or _BEGIN not in template:
        return template
    wanted = [tokenizer.bos_token_id, *_tokens(_WORD, tokenizer)]
    if _tokens(begin + _WORD, tokenizer) == wanted:
        return template
    if _tokens(f"{begin} {_WORD}", tokenizer) != wanted:
        return template
    return template.replace(_BEGIN, f"{_BEGIN}{{{{ ' ' }}}}", 1)


def _learned(row: Row, tokenizer: Any, max_tokens: int, tally: _Tally) -> dict[str, Any] | None:
    """Return a row's tokens; None where nothing of its response fits."""
    ids, n_prompt = _masked(row, tokenizer)
    tally.rows += 1
    tally.longest = max(tally.longest, len(ids))
    tally.special += any(t in row.instruction or t in row.response for t in tally.specials)
    tally.thinking += _has_thought(row)
    if n_prompt >= max_tokens:
        tally.masked += 1
        return None
    tally.cut += len(ids) > max_tokens
    kept = ids[:max_tokens]
    tally.tokens += len(kept)
    tally.response_tokens += len(kept) - n_prompt
    return {"input_ids": kept, "labels": [UNLEARNED] * n_prompt + kept[n_prompt:]}


def _masked(row: Row, tokenizer: Any) -> tuple[list[int], int]:
    """Return the whole row's tokens, and how many of them begin in the prompt."""
    prompt, whole = prompt_of(row.instruction, tokenizer), _whole_of(row, tokenizer)
    if not whole.startswith(prompt):
        raise BadInput(
            "prompt_format: the model's own chat template does not begin an answered question with "
            "its prompt; take wizardlm, vicuna_v1.1 or alpaca"
        )
    if not tokenizer.is_fast:
        # It does not say where a token stands; the original trainers count the prompt's own then.
        return _tokens(whole, tokenizer), len(_tokens(prompt, tokenizer))
    made = tokenizer(whole, add_special_tokens=False, return_offsets_mapping=True)
    begins = [begin for begin, _ in made["offset_mapping"]]
    later = (at for at, begin in enumerate(begins) if begin >= len(prompt))
    return made["input_ids"], next(later, len(begins))


def _whole_of(row: Row, tokenizer: Any) -> str:
    """Return the prompt with the response behind it, and what ends it."""
    beside = {} if row.reasoning is None else thoughts(row.reasoning)
    both = [
        {"role": "user", "content": row.instruction},
        {"role": "assistant", "content": row.response} | beside,
    ]
    whole = str(tokenizer.apply_chat_template(both, tokenize=False))
    if row.reasoning and row.reasoning not in whole:
        raise BadInput(
            "reasoning: the chat template leaves out what was thought (it reads neither "
            "reasoning_content nor thinking); take think-tags or drop"
        )
    return whole


def _has_thought(row: Row) -> bool:
    is_tagged = row.response.startswith("<think>\n")
    return bool(row.reasoning) or (is_tagged and not row.response.startswith(NO_THOUGHT))


def _tokens(text: str, tokenizer: Any) -> list[int]:
    # The template has written the special tokens.
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return found
