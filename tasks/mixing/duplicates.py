"""Find instructions that repeat an earlier one: to the letter, nearly, or in what they mean.

Turns a pool into verdicts; the first of several in the pool's order stays. A row evolved from another
shares most of its words, so rows of one line repeat each other only to the letter. The first two steps
hold a digest or a sketch a row, the others a point of 256 numbers.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from schemas.settings.mixing import MixSettings
from schemas.settings.scoring import OFFLINE, SENTENCES
from schemas.tables.mix import Removal, Verdict
from schemas.text import normalise
from tasks.doors.numbers import sentences, vectors
from tasks.doors.numbers.near_duplicates import NearDuplicates
from tasks.mixing.pool import Pool, Text

_BATCH_ROWS = 2_000


@dataclass
class LetBe:
    """What was near another row of its own line, and stayed."""

    rows: int = 0


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


def near(pool: Pool, is_left: Sequence[bool], similarity: float, let_be: LetBe) -> Found:
    """Yield the rows whose instruction nearly repeats one of another line, by MinHash over 3-grams."""
    held = NearDuplicates(similarity)
    numbers: dict[str, int] = {}
    found: list[tuple[int, float, str]] = []
    for row in pool.texts(is_left):
        match = held.hold(row.id, row.instruction, row.seed_id)
        if match is None or match.is_of_line:
            numbers[row.id] = row.number
            let_be.rows += match is not None
        else:
            found.append((row.number, match.similarity, match.id))
    others = _instructions(pool, {numbers[name] for _, _, name in found})
    for number, likeness, name in found:
        evidence = f"{likeness:.2f} of the word 3-grams of {name}"
        yield number, Verdict(Removal.NEAR_DUPLICATE, evidence, others[numbers[name]])


def lexical(pool: Pool, is_left: Sequence[bool], settings: MixSettings, let_be: LetBe) -> Found:
    """Yield the rows whose instruction has nearly the words and characters of one of another line."""
    return _by_points(pool, is_left, OFFLINE, settings.lexical_similarity, let_be)


def semantic(pool: Pool, is_left: Sequence[bool], settings: MixSettings, let_be: LetBe) -> Found:
    """Yield the rows whose instruction means what one of another line means, by embeddings."""
    return _by_points(pool, is_left, settings.embeddings, settings.semantic_similarity, let_be)


def _by_points(
    pool: Pool, is_left: Sequence[bool], embeddings: str, similarity: float, let_be: LetBe
) -> Found:
    reason = Removal.LEXICAL_DUPLICATE if embeddings == OFFLINE else Removal.SEMANTIC_DUPLICATE
    rows = [(row.number, row.id) for row in pool.texts(is_left)]
    names: dict[str, int] = {}
    lines = [names.setdefault(row.seed_id, len(names)) for row in pool.texts(is_left)]
    points = placed(pool.texts(is_left), embeddings, len(rows))
    near_ones = list(vectors.alike(points, similarity, lines))
    alike = [like for like in near_ones if not like.is_of_line]
    let_be.rows += len(near_ones) - len(alike)
    others = _instructions(pool, {rows[like.other][0] for like in alike})
    for like in alike:
        number, name = rows[like.other]
        evidence = f"cosine {like.cosine:.3f} to {name}"
        yield rows[like.number][0], Verdict(reason, evidence, others[number])


def earlier_versions(pool: Pool, is_left: Sequence[bool]) -> Found:
    """Yield the rows of whose line a later one is left."""
    latest = {row.seed_id: (row.number, row.id) for row in pool.texts(is_left)}
    for row in pool.texts(is_left):
        number, name = latest[row.seed_id]
        if number != row.number:
            yield row.number, Verdict(Removal.EARLIER_VERSION, f"{name} is later in its line")


def placed(rows: Iterator[Text], embeddings: str, count: int) -> vectors.Points:
    """Return the instructions as points, batch by batch."""
    batches = iter(lambda: [row.instruction for row in islice(rows, _BATCH_ROWS)], [])
    if embeddings.startswith(SENTENCES):
        folder = Path(embeddings.removeprefix(SENTENCES))
        return vectors.gathered((sentences.vectors_of(one, folder) for one in batches), count)
    return vectors.gathered((vectors.short(one) for one in batches), count)


def _instructions(pool: Pool, numbers: set[int]) -> dict[int, str]:
    return {row.number: row.instruction for row in pool.texts() if row.number in numbers}
