"""Tell refusals, in any known language, by how they are built: regret, then what the speaker cannot do.

A word of regret alone is no refusal: "Better safe than sorry." has one. Knows nothing of rows.
"""

import re
from typing import NamedTuple

from tasks.doors.languages.known import LANGUAGES
from tasks.doors.languages.language import Language
from tasks.doors.languages.patterns import any_of, compiled

# So far into a text a refusal has said that it is one, and an evolver what it wants.
_OPENING_CHARS = 240
_ASKING_CHARS = 160
_QUOTE = r"[\s\"“”«»„¡¿*_>(-]*"
_BEFORE = (
    r"(?:(?:hi|hello|dear \w+|hm+|oh|well|ah|um|no|hola|bonjour|hallo|olá|ciao)[,.!]?\s+"
    r"|[您你]好[，,！!。]?\s*"
    r"|as an? (?:ai|language)[^,.]{0,40},\s*)?(?:but\s+)?"
)


class _Evolver(NamedTuple):
    """How an evolver refuses in one language."""

    refusing: re.Pattern[str]
    """With regret, or with what is a refusal without."""
    unable: re.Pattern[str]
    """Without regret."""
    rewriting: re.Pattern[str]
    prompt: re.Pattern[str]


def _with_regret(language: Language, reach: int) -> str:
    end = r"(?!\w)" if language.spaced else ""
    regretful = rf"(?:{language.regrets}){end}.{{0,{reach}}}?(?:{language.inabilities})"
    return rf"(?:{regretful}|(?:{language.declines}))"


def _evolver(language: Language) -> _Evolver:
    return _Evolver(
        compiled(rf"^{_BEFORE}{_with_regret(language, 80)}"),
        compiled(rf"^{_BEFORE}(?:{language.inabilities})"),
        compiled(language.rewriting),
        compiled(rf"{language.prompt}|{language.prompt_like}"),
    )


_REFUSALS = tuple(compiled(rf"^{_QUOTE}{_BEFORE}{_with_regret(one, 120)}") for one in LANGUAGES)
_EVOLVERS = tuple(_evolver(one) for one in LANGUAGES)
_ASKS = tuple(compiled(rf"(?:{one.wants_prompt})") for one in LANGUAGES)
_END = re.compile(r"[.!?。！？]")
_ABOUT_REGRET = compiled(any_of(lambda one: rf"(?:{one.about_regret})\w*"))


def refusal_in(text: str) -> str | None:
    """Return the opening words with which a text refuses; None where it does not."""
    opening = " ".join(text[:_OPENING_CHARS].split())
    found = (pattern.search(opening) for pattern in _REFUSALS)
    return next((match[0].strip() for match in found if match), None)


def wants_regret(instruction: str) -> bool:
    """Tell whether an instruction speaks of apologies or refusals: it may want one."""
    return _ABOUT_REGRET.search(instruction) is not None


def evolver_refusal_in(text: str) -> str | None:
    """Return the words with which an evolver refuses to rewrite, or asks for what it was given."""
    opening = " ".join(text[:_OPENING_CHARS].split())
    refused = (_refused(evolver, opening) for evolver in _EVOLVERS)
    asked = (pattern.search(opening[:_ASKING_CHARS]) for pattern in _ASKS)
    found = (match for match in (*refused, *asked) if match)
    return next((match[0].strip() for match in found), None)


def _refused(evolver: _Evolver, opening: str) -> re.Match[str] | None:
    refusing, unable = evolver.refusing.search(opening), evolver.unable.search(opening)
    if refusing and evolver.rewriting.search(_sentence(opening, refusing)):
        return refusing
    if unable:
        said = _sentence(opening, unable)
        return unable if evolver.rewriting.search(said) and evolver.prompt.search(said) else None
    return None


def _sentence(text: str, match: re.Match[str]) -> str:
    """Return the text up to the end of the sentence in which a match ends."""
    end = _END.search(text, match.end() - 1)
    return text[: end.end() if end else len(text)]
