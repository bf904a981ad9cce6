"""Tell a text that asks or orders from one that states, by how its sentences are built.

Where a language's file does not say how requests begin, nothing is told of it; where a text is in
doubt, it asks. Knows nothing of rows.
"""

import re
from functools import lru_cache

from tasks.doors.languages.known import LANGUAGES
from tasks.doors.languages.language import Language
from tasks.doors.languages.patterns import any_of, compiled

_SENTENCE = re.compile(r"(?<=[.!?])[\s\"”')]+|\n+")
_QUESTION = re.compile(r"[?？]")
# Blanks to fill, code, tables and places for something: whoever gives these wants something done.
_LEFT_OPEN = re.compile(r"_{2,}|\.{3,}|…|[(（]\s*[)）]|```|[{|\[]|<\w|=\s*$|[:：]\s*$")
_LAST_WORD = re.compile(r"([^\W\d][\w'’-]*)[\s\"”'’)*_]*$")
_BEFORE = r"^[\s\"“”\x27‘*_#>(-]*"
_WORD = r"[^\W\d][\w\x27’-]*"
_NAME = r"[A-Z][\w\x27’-]*"
_IN_NAMES = r"of|the|de|da|del|di|van|von|and"
_RELATIVE = r"(?<!that )(?<!which )(?<!who )(?<!what )(?<!how )(?<!when )(?<!where )(?<!why )"
# A word that is none of the known and has an object is an order, as far as is known.
_OBJECT = (
    r"(?:an?|the|all|each|every|any|both|how|what|why|which|who|whether|if|its|their|his|her|this"
    r"|these|that|those|some|two|three|four|five|six|seven|eight|nine|ten|\d[\d.,]*)\b"
)
_PARTICIPLES = ("ing", "en")
_NO_VERB_ENDS = ("ed", "ing", "ly", "ion", "ity", "ness")


def asks(text: str) -> bool:
    """Tell whether a text asks or orders, in a language of which that can be told."""
    return _QUESTION.search(text) is not None or any(
        _orders(text, language) for language in LANGUAGES if language.orders
    )


def only_states(text: str) -> bool:
    """Tell whether a text is made of statements: nothing is asked, ordered, wished or left open."""
    if _QUESTION.search(text) or _LEFT_OPEN.search(text):
        return False
    return any(
        _states(text, language) and not _breaks_off(text, language)
        and not _wishes(language).search(text) and not _orders(text, language)
        for language in LANGUAGES if language.orders
    )  # fmt: skip


def wants_repeats(instruction: str) -> bool:
    """Tell whether an instruction speaks of saying a thing more than once."""
    return _REPEATS.search(instruction) is not None


def sentences(text: str) -> list[str]:
    """Cut a text at its lines and at the ends of sentences."""
    return [one for one in (part.strip() for part in _SENTENCE.split(text)) if one]


def _orders(text: str, language: Language) -> bool:
    known = _listed(language.orders) - _said(language)
    after = rf"[,;:–—]\s+(?:and\s+|then\s+|also\s+|or\s+)*(?P<word>{_WORD})\s+(?!and\b|or\b)\w"
    later = (match["word"] for match in re.finditer(after, text))
    if any(_even(word) in known and not word.endswith(_PARTICIPLES) for word in later):
        return True
    return any(_is_order(sentence, language) for sentence in sentences(text))


def _is_order(sentence: str, language: Language) -> bool:
    found = re.match(rf"{_BEFORE}(?:(?:then|also|now|first|next|finally|lastly),?\s+)?"
                     rf"(?P<word>{_WORD})(?P<has>\s+{_OBJECT})?", sentence, re.IGNORECASE)  # fmt: skip
    if found is None:
        return False
    word = _even(found["word"])
    if word in _listed(language.orders):
        return True
    is_verb = word not in _said(language) and not word.endswith(_NO_VERB_ENDS)
    return bool(found["has"]) and is_verb and not re.match(rf"{language.finite}$", word)


def _states(text: str, language: Language) -> bool:
    first = sentences(text)[0] if text.strip() else ""
    if _subject(language).match(first):
        return True
    word = re.match(rf"{_BEFORE}(?P<word>{_WORD})", first)
    said = _said(language) | _listed(language.orders)
    is_noun = word is None or _even(word["word"]) not in said
    return is_noun and any(one.match(first) for one in _nouns(language))


def _breaks_off(text: str, language: Language) -> bool:
    """Tell whether a text wants to be completed: it ends without a mark, in a word that binds."""
    last = _LAST_WORD.search(text)
    return last is not None and _even(last[1]) in _said(language)


def _said(language: Language) -> frozenset[str]:
    """Return the words that are neither nouns nor verbs of their own."""
    return _listed(f"{language.links} {language.function_words}")


@lru_cache
def _subject(language: Language) -> re.Pattern[str]:
    return compiled(
        rf"{_BEFORE}(?:{_WORD}[^,.:;\n]{{0,80}},\s+)?(?:{language.subjects}"
        rf"|(?:{language.articles})\s+[^\n]*?{_RELATIVE}\b(?:{language.finite})\b)"
    )


@lru_cache
def _nouns(language: Language) -> tuple[re.Pattern[str], ...]:
    """Return how a statement begins with a noun: one or two words, a name, or a quantity."""
    verb = rf"(?:{language.finite})\b"
    return (
        re.compile(rf"{_BEFORE}{_WORD}(?:\s+{_WORD})?\s+{verb}"),
        re.compile(rf"{_BEFORE}{_NAME}(?:\s+(?:{_NAME}|{_IN_NAMES})){{0,6}}\s+{verb}"),
        re.compile(rf"{_BEFORE}\d[\d.,]*(?:\s+[\w/%°]+){{0,3}}\s+{verb}"),
    )


@lru_cache
def _wishes(language: Language) -> re.Pattern[str]:
    return compiled(rf"(?<!\w)(?:{language.wishes})(?!\w)")


@lru_cache
def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _even(word: str) -> str:
    return word.casefold().replace("’", "'")


_REPEATS = compiled(any_of(lambda one: one.repeats or r"(?!)"))
