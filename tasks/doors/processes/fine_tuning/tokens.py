"""Turn rows into tokens, and say which of them can be learned from.

A prompt is what the model's chat template makes of an instruction: the text that a server will make
of it. Knows nothing of training.
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

UNLEARNED = -100
"""What PyTorch's loss passes over."""
_BATCH_ROWS = 1_000
_SCHEMA = pa.schema([("input_ids", pa.list_(pa.int32())), ("labels", pa.list_(pa.int32()))])
_PROBE = "Name three colours, and say why."


class Row(NamedTuple):
    """What is learned: what to answer to what."""

    instruction: str
    response: str


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of a file with one JSON object a line."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            yield Row(record["instruction"], record["response"])


@dataclass
class _Tally:
    rows: int = 0
    cut: int = 0
    masked: int = 0
    tokens: int = 0
    response_tokens: int = 0
    special: int = 0
    longest: int = 0
    specials: tuple[str, ...] = field(default=())

    def counts(self) -> Counts:
        """Return what was counted."""
        return Counts(
            rows=self.rows, cut=self.cut, masked=self.masked, tokens=self.tokens,
            response_tokens=self.response_tokens, special=self.special, longest=self.longest,
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


def _learned(row: Row, tokenizer: Any, max_tokens: int, tally: _Tally) -> dict[str, Any] | None:
    """Return a row's tokens; None where nothing of its response fits."""
    prompt = _tokens(prompt_of(row.instruction, tokenizer), tokenizer)
    response = _tokens(_response_of(row, tokenizer), tokenizer)
    length, room = len(prompt) + len(response), max_tokens - len(prompt)
    tally.rows += 1
    tally.longest = max(tally.longest, length)
    tally.special += any(t in row.instruction or t in row.response for t in tally.specials)
    if room <= 0:
        tally.masked += 1
        return None
    tally.cut += length > max_tokens
    kept = response[:room]
    tally.tokens += len(prompt) + len(kept)
    tally.response_tokens += len(kept)
    return {"input_ids": prompt + kept, "labels": [UNLEARNED] * len(prompt) + kept}


def _response_of(row: Row, tokenizer: Any) -> str:
    """Return what follows the prompt, with what ends it."""
    both = [
        {"role": "user", "content": row.instruction},
        {"role": "assistant", "content": row.response},
    ]
    whole = str(tokenizer.apply_chat_template(both, tokenize=False))
    prompt = prompt_of(row.instruction, tokenizer)
    if not whole.startswith(prompt):
        raise BadInput(
            "prompt_format: the model's own chat template does not begin an answered question with "
            "its prompt; take wizardlm, vicuna or alpaca"
        )
    return whole[len(prompt) :]


def _tokens(text: str, tokenizer: Any) -> list[int]:
    # The template has written the special tokens.
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return found
