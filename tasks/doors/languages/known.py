"""All known languages: what a rule must know of how they apologise, and of words that say nothing.

A language is one file beside this one and its name in `LANGUAGES`. Knows nothing of rows or thresholds.
"""

import re
import unicodedata
from functools import lru_cache

from schemas.text import count_words, tokens
from tasks.doors.languages.chinese import CHINESE
from tasks.doors.languages.english import ENGLISH
from tasks.doors.languages.french import FRENCH
from tasks.doors.languages.german import GERMAN
from tasks.doors.languages.italian import ITALIAN
from tasks.doors.languages.japanese import JAPANESE
from tasks.doors.languages.korean import KOREAN
from tasks.doors.languages.language import Language
from tasks.doors.languages.portuguese import PORTUGUESE
from tasks.doors.languages.russian import RUSSIAN
from tasks.doors.languages.spanish import SPANISH

LANGUAGES = (
    ENGLISH, CHINESE, JAPANESE, KOREAN, SPANISH, FRENCH, GERMAN, PORTUGUESE, ITALIAN, RUSSIAN,
)  # fmt: skip
"""English first: its apology is the paper's."""

# A word or two may be the whole of a right answer: of so few, only links say nothing.
_MOST_LINKS = 3
# Lines that only set text apart: fences, rules, bold without words.
_MARKS = re.compile(r"^\s*(?:`{3,}\w*|([-*_=~#.])\1{2,}|\*\*|#{2,6})\s*$", re.MULTILINE)
_PROSE_MARKS = frozenset("#&*@\\%/")


def apologies() -> tuple[str, ...]:
    """Return how any known language apologises: a phrase is its own proof of its language."""
    return tuple(phrase for language in LANGUAGES for phrase in language.apologies)


def boilerplate() -> tuple[str, ...]:
    """Return how assistants speak of themselves, in any known language."""
    return tuple(phrase for language in LANGUAGES for phrase in language.boilerplate)


def asking_back() -> tuple[str, ...]:
    """Return how responses ask for what is missing, in any known language."""
    return tuple(phrase for language in LANGUAGES for phrase in language.asking_back)


def says_nothing(text: str) -> bool:
    """Tell whether a text is made of punctuation and function words of one known language alone.

    Digits, symbols and emoji say something, and so do letters, signs of two letters and words in
    capitals. Of one to three words only
    articles, conjunctions and prepositions say nothing.
    """
    bare = _MARKS.sub("", text)
    if any(_is_sign(char) for char in bare):
        return False
    found = tokens(bare)
    if any(_is_name(token) for token in found) or _is_letters(found):
        return False
    words = [token.casefold().replace("’", "'") for token in found]
    return not words or any(_is_made_of(words, language) for language in LANGUAGES)


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in "SN" or char in _PROSE_MARKS


def _is_name(token: str) -> bool:
    """Tell whether a word is written as names of logic and of machines are: OR, AI."""
    return len(token) > 1 and token.isascii() and token.isupper()


def _is_letters(found: list[str]) -> bool:
    """Tell whether there are letters alone, or one sign of two: c, Na."""
    if len(found) == 1 and len(found[0]) == 2:
        return found[0].isascii()
    return bool(found) and all(len(token) == 1 and token.isascii() for token in found)


def _is_made_of(words: list[str], language: Language) -> bool:
    few = count_words(" ".join(words)) <= _MOST_LINKS
    known = _words(language.links if few else f"{language.links} {language.function_words}")
    if language.spaced:
        return all(word in known for word in words)
    return _splits_into("".join(words), known)


def _splits_into(text: str, known: frozenset[str]) -> bool:
    """Tell whether an unspaced text can be cut into known words, leaving nothing over."""
    reached = {0}
    for end in range(1, len(text) + 1):
        if any(text[start:end] in known for start in reached):
            reached.add(end)
    return len(text) in reached


@lru_cache
def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())
