"""Find instructions that repeat an earlier one: to the letter, nearly, or in what they mean.

Turns a pool into verdicts; the first of several in the pool's order stays. The first two steps hold a
digest or a sketch a row, the last one a point of 256 numbers.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from schemas.settings.mixing import MixSettings
from schemas.settings.scoring import SENTENCES
from schemas.tables.mix import Removal, Verdict
from schemas.text import normalise
from tasks.doors.numbers import sentences, vectors
from tasks.doors.numbers.near_duplicates import NearDuplicates
from tasks.mixing.pool import Pool, Text

_BATCH_ROWS = 2_000

Found = Iterator[tuple[int, Verdict]]
"""Numbers of rows in the pool, each with why it goes."""


def exact(pool: Pool, is_left: Sequence[bool]) -> Found:
    """Yield the rows whose instruction an earlier row has, whatever its case and spacing."""
    first: dict[bytes, str] = {}
    for row in pool.texts(is_left):
        digest = hashlib.blake2b(normalise(row.instruction).encode(), digest_size=16).digest()
        held = first.setdefault(digest, row.id)
        if held != row.id:
            yield (
                row.number,
                Verdict(Removal.EXACT_DUPLICATE, f"same instruction as {held}", row.instruction),
            )


def near(pool: Pool, is_left: Sequence[bool], similarity: float) -> Found:
    """Yield the rows whose instruction nearly repeats an earlier one, by MinHash over 3-grams."""
    held = NearDuplicates(similarity)
    numbers: dict[str, int] = {}
    found: list[tuple[int, float, str]] = []
    for row in pool.texts(is_left):
        match = held.hold(row.id, row.instruction)
        if match is None:
            numbers[row.id] = row.number
        else:
            found.append((row.number, match.similarity, match.id))
    others = _instructions(pool, {numbers[name] for _, _, name in found})
    for number, likeness, name in found:
        evidence = f"{likeness:.2f} of the word 3-grams of {name}"
        yield number, Verdict(Removal.NEAR_DUPLICATE, evidence, others[numbers[name]])


def semantic(pool: Pool, is_left: Sequence[bool], settings: MixSettings) -> Found:
    """Yield the rows whose instruction means what an earlier one means, by the cosine of points."""
    rows = [(row.number, row.id) for row in pool.texts(is_left)]
    points = placed(pool.texts(is_left), settings.embeddings, len(rows))
    alike = list(vectors.alike(points, settings.semantic_similarity))
    others = _instructions(pool, {rows[like.other][0] for like in alike})
    for like in alike:
        number, name = rows[like.other]
        evidence = f"cosine {like.cosine:.3f} to {name}"
        yield rows[like.number][0], Verdict(Removal.SEMANTIC_DUPLICATE, evidence, others[number])


def placed(rows: Iterator[Text], embeddings: str, count: int) -> vectors.Points:
    """Return the instructions as points, batch by batch."""
    batches = iter(lambda: [row.instruction for row in islice(rows, _BATCH_ROWS)], [])
    if embeddings.startswith(SENTENCES):
        folder = Path(embeddings.removeprefix(SENTENCES))
        return vectors.gathered((sentences.vectors_of(one, folder) for one in batches), count)
    return vectors.gathered((vectors.short(one) for one in batches), count)


def _instructions(pool: Pool, numbers: set[int]) -> dict[int, str]:
    return {row.number: row.instruction for row in pool.texts() if row.number in numbers}
