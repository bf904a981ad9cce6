"""Find texts that nearly repeat one another: MinHash over word 3-grams, by the library rensa.

A text goes in under an id; a query names the id of the most similar text held. Which of two
repeats may stay is not decided here.
"""

import hashlib
from typing import NamedTuple

from rensa import RMinHash, RMinHashLSH

from schemas.text import normalise, tokens

_PERMUTATIONS = 128
_BANDS = 32
_SEED = 42
_SHINGLE = 3


class Match(NamedTuple):
    """A text that is held already."""

    id: str
    similarity: float
    """Estimated Jaccard similarity, 0 to 1; 1 for the same normalised text."""
    is_of_line: bool = False
    """Whether both are of one line, and so are no repeats."""


class NearDuplicates:
    """Texts under their ids, to be asked for repeats."""

    def __init__(self, threshold: float) -> None:
        """Hold nothing yet.

        Args:
            threshold: Jaccard similarity from which two texts are near duplicates, 0 to 1.
        """
        self._threshold = threshold
        self._lsh = RMinHashLSH(threshold, _PERMUTATIONS, _BANDS)
        self._held: list[tuple[str, RMinHash]] = []
        self._lines: dict[str, str] = {}
        self._exact: dict[bytes, str] = {}

    def add(self, text_id: str, text: str) -> None:
        """Hold a text."""
        self._add(text_id, text, _sketch(text))

    def hold(self, text_id: str, text: str, line: str) -> Match | None:
        """Hold a text, unless one of another line is held that is similar enough.

        Args:
            text_id: What it is held under.
            text: The text.
            line: What it belongs to; an evolved text repeats much of its own parent.

        Returns:
            The similar one that stands in the way; else one of its own line; else None.
        """
        sketch = _sketch(text)
        near = [self._held[number] for number in sorted(self._lsh.query(sketch))]
        matches = [
            Match(held_id, held.jaccard(sketch), self._lines.get(held_id) == line)
            for held_id, held in near
        ]
        similar = [match for match in matches if match.similarity >= self._threshold]
        best = max(
            similar, key=lambda match: (not match.is_of_line, match.similarity), default=None
        )
        if best is None or best.is_of_line:
            self._lines[text_id] = line
            self._add(text_id, text, sketch)
        return best

    def find(self, text: str, *, apart_from: str | None = None) -> Match | None:
        """Return the most similar text held, if it is similar enough.

        Args:
            text: What to look for.
            apart_from: Id that does not count, such as the text's own parent.
        """
        return self._find(text, _sketch(text), apart_from)

    def _add(self, text_id: str, text: str, sketch: RMinHash) -> None:
        self._lsh.insert(len(self._held), sketch)
        self._held.append((text_id, sketch))
        self._exact.setdefault(_digest(text), text_id)

    def _find(self, text: str, sketch: RMinHash, apart_from: str | None) -> Match | None:
        exact = self._exact.get(_digest(text))
        if exact is not None and exact != apart_from:
            return Match(exact, 1.0)
        near = (self._held[number] for number in sorted(self._lsh.query(sketch)))
        matches = [Match(i, held.jaccard(sketch)) for i, held in near if i != apart_from]
        best = max(matches, key=lambda match: match.similarity, default=None)
        return best if best is not None and best.similarity >= self._threshold else None


def _digest(text: str) -> bytes:
    return hashlib.blake2b(normalise(text).encode(), digest_size=16).digest()


def _sketch(text: str) -> RMinHash:
    words = tokens(normalise(text)) or list(normalise(text))
    sketch = RMinHash(_PERMUTATIONS, _SEED)
    sketch.update(
        [" ".join(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))]
    )
    return sketch
