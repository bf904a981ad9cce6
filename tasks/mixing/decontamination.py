"""Find rows that hold what a test set asks: a model trained on them would know the answers.

A row is contaminated where it has 13 words in a row of a test item, the number of GPT-3's authors, all
words of an item with fewer, or many of its 8-grams. Instruction and response are both looked at.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from schemas.settings.evaluation import OWN_TESTS
from schemas.tables.mix import Hit, Removal, Verdict
from schemas.text import normalise, tokens
from tasks.mixing.pool import Pool, Text
from tasks.sources.test_sets import OWN_SET, items_in

LONG, SHORT = 13, 8
_FEWEST_WORDS = 5
"""A test item of fewer words is no evidence: anybody may write them."""

Gram = tuple[str, ...]


class _Test(NamedTuple):
    file: str
    id: str
    text: str
    n_short: int
    """Its different 8-grams; 0 where it has fewer words."""


class Tests:
    """Test items by the runs of words in them."""

    def __init__(self, files: Sequence[str]) -> None:
        """Read test files; `own` is the set that ships here.

        Raises:
            BadInput: One cannot be read.
        """
        self._tests: list[_Test] = []
        self._by_gram: dict[Gram, set[int]] = {}
        self._starts: set[Gram] = set()
        self._lengths: set[int] = {LONG, SHORT}
        for name in files:
            path = OWN_SET if name == OWN_TESTS else Path(name)
            for item in items_in(path, "decontaminate"):
                # Its name alone: a mix is shown to others.
                self._add(Path(name).name, item.id, item.instruction)

    def hits(self, row: Text) -> Iterator[tuple[_Test, int, str, float]]:
        """Yield each test item that shares words with a row: item, words in a row, which, share."""
        words = tokens(normalise(f"{row.instruction} {row.response or ''}"))
        found: dict[int, dict[Gram, None]] = {}
        for at, start in enumerate(_grams(words, _FEWEST_WORDS)):
            # Few rows have even the beginning of a run in common with a test.
            for length in self._lengths if start in self._starts else ():
                gram = tuple(words[at : at + length])
                for number in self._by_gram.get(gram, ()):
                    found.setdefault(number, {}).setdefault(gram)
        for number, grams in sorted(found.items()):
            test = self._tests[number]
            longest = max(grams, key=len)
            n_short = sum(len(gram) == SHORT for gram in grams)
            share = n_short / test.n_short if test.n_short else 1.0
            yield test, len(longest), " ".join(longest), share

    def _add(self, file: str, name: str, text: str) -> None:
        words = tokens(normalise(text))
        if len(words) < _FEWEST_WORDS:
            return
        # A short item is looked for as a whole.
        lengths = {min(length, len(words)) for length in (LONG, SHORT)}
        self._lengths |= lengths
        for length in lengths:
            for gram in _grams(words, length):
                self._by_gram.setdefault(gram, set()).add(len(self._tests))
                self._starts.add(gram[:_FEWEST_WORDS])
        n_short = len(set(_grams(words, SHORT)))
        self._tests.append(_Test(file, name, text, n_short))


def contaminated(
    pool: Pool, is_left: Sequence[bool], tests: Tests, most: float, hits: list[Hit]
) -> Iterator[tuple[int, Verdict]]:
    """Yield the rows that hold a test item, or much of one; all that is shared goes into `hits`.

    Args:
        pool: The rows.
        is_left: Which of them are looked at.
        tests: The test items.
        most: Share of an item's 8-grams from which a row goes.
        hits: Is added to.
    """
    for row in pool.texts(is_left):
        worst: Hit | None = None
        for test, length, shared, share in tests.hits(row):
            # A whole item of 9 to 12 words has all its 8-grams.
            is_removed = length >= LONG or share >= most
            hit = Hit(row.id, is_removed, length, shared, share, test.file, test.id, test.text,
                      row.instruction, row.response or "")  # fmt: skip
            hits.append(hit)
            if is_removed and (worst is None or hit.share > worst.share):
                worst = hit
        if worst is not None:
            where = f"{worst.test_file} {worst.test_id}"
            evidence = f"{worst.ngram} words in a row, {worst.share:.0%} of {where}: {worst.shared}"
            yield row.number, Verdict(Removal.CONTAMINATED, evidence, worst.test)


def _grams(words: Sequence[str], length: int) -> Iterator[Gram]:
    return (tuple(words[at : at + length]) for at in range(len(words) - length + 1))
