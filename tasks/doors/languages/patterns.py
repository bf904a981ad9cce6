"""Make patterns of what the languages say, each of all languages at once.

Matching is without regard to case, on the text as it is, so that what is found can be cut out of it.
"""

import re
from collections.abc import Callable

from tasks.doors.languages.known import LANGUAGES
from tasks.doors.languages.language import Language

_APOSTROPHES = "['’]"


def compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern, read without regard to case and to the shape of apostrophes."""
    return re.compile(pattern.replace("'", _APOSTROPHES), re.IGNORECASE)


def any_of(part: Callable[[Language], str], *, ends: bool = True) -> str:
    """Return a pattern of one part in all languages, words whole where they have spaces.

    Args:
        part: Picks it.
        ends: False where the part may end inside a word.
    """
    spaced = "|".join(part(one) for one in LANGUAGES if one.spaced)
    unspaced = "|".join(part(one) for one in LANGUAGES if not one.spaced)
    end = r"(?!\w)" if ends else ""
    return rf"(?:(?:(?<!\w)(?:{spaced}){end})|{unspaced})"


def named(what: Callable[[Language], str], *more: Callable[[Language], str]) -> str:
    """Return a pattern of what labels call a text: `new prompt`, `prompt nouveau`, `改写后的提示`.

    Args:
        what: What is said of it: made or given.
        more: What it may be called besides a prompt.
    """
    return any_of(lambda one: _named(one, what(one), [one.prompt, *(part(one) for part in more)]))


def _named(language: Language, said: str, nouns: list[str]) -> str:
    noun = f"(?:{'|'.join(nouns)})"
    before = rf"(?:(?:{said}){language.joint}){{1,3}}{noun}"
    after = rf"{noun}(?:{language.joint}(?:{said})){{1,2}}"
    return f"{before}|{after}" if language.said_after else before
