"""Tell a text that goes round in circles: one sentence, or one run of words, over and over.

What was given and what came of it in, evidence out, or None. Code, numbers and what the given text
says again itself are no loops. Knows no row.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from schemas.text import count_words, tokens
from tasks.doors.languages.sentences import wants_repeats

_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_CODE = re.compile(r"[<>{}=;|\\]|\w\(|\[\s*\d")
_MOST_ALIKE = 4
_SHORTEST_WORDS = 3
_SHARE_ALIKE = 1 / 3
_RUN_WORDS = 10
_MOST_RUNS = 2
_SHARE_RUNS = 0.6
_QUOTED_CHARS = 60


def says_it_once(given: str, made: str) -> str | None:
    """Strict: the text does not say the same sentence or run of words over and over.

    Five times the same sentence, over a third of the text, or runs of ten words that come three times
    each and make up over three fifths of it. On real responses: tests/bench/texts.py.
    """
    found = _loop_in(made)
    return None if found is None or wants_repeats(given) or _loop_in(given) else found


def _loop_in(text: str) -> str | None:
    return _sentence_again(text) or _run_again(text)


def _prose(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not _CODE.search(line))


def _sentence_again(text: str) -> str | None:
    counted = Counter(" ".join(one.casefold().split()) for one in _SENTENCES.split(_prose(text)))
    alike = [(said, count) for said, count in counted.items() if count > _MOST_ALIKE]
    for said, count in alike:
        words = count_words(said)
        if words >= _SHORTEST_WORDS and count * words > _SHARE_ALIKE * count_words(text):
            return f"{count} times {said[:_QUOTED_CHARS]!r}"
    return None


def _run_again(text: str) -> str | None:
    words = [word.casefold() for word in tokens(_prose(text)) if not word.isdigit()]
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, run in _runs(words):
        places[run].append(at)
    again = {run: at for run, at in places.items() if len(at) > _MOST_RUNS}
    covered = {at + n for starts in again.values() for at in starts for n in range(_RUN_WORDS)}
    if len(covered) <= _SHARE_RUNS * len(tokens(text)):
        return None
    commonest = max(again, key=lambda run: len(again[run]), default=())
    return f"over and over {' '.join(commonest)[:_QUOTED_CHARS]!r}"


def _runs(words: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for at in range(len(words) - _RUN_WORDS + 1):
        yield at, tuple(words[at : at + _RUN_WORDS])
