"""Tell whether a child is one prompt of its own: no refusal, no answer, no piece of another prompt.

A parent's and a child's text in, evidence against the child out, or None. What the parent has itself
is excused. Knows no pack by name.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from schemas.text import count_words, tokens
from tasks.doors.languages.refusals import evolver_refusal_in, wants_regret
from tasks.doors.languages.sentences import asks, only_states
from tasks.doors.languages.wrappings import ALTERNATIVE, ANNOUNCED, ANSWER, LEAKED, PROMPT, TALK

_WINDOW_WORDS = 8
# A sentence of the frame that is shorter than a window counts as a whole from here on.
_SHORTEST_SENTENCE_WORDS = 5
# A window of few different words is a pattern of markup, not a sentence.
_MOST_REPEATED = 2
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LIST_LINE = re.compile(r"\s*(?:[-*+•]\s|\(?\d{1,2}[.)]\s)")
# An evolver that refuses is brief; what is longer may be a prompt about refusals.
_BRIEF_WORDS = 25
_QUOTED_CHARS = 60


def is_no_evolver_refusal(parent: str, child: str) -> str | None:
    """The evolver neither refused to rewrite nor asked what it should rewrite."""
    found = evolver_refusal_in(child)
    if found is None or evolver_refusal_in(parent) is not None:
        return None
    if wants_regret(parent) and count_words(child) > _BRIEF_WORDS:
        return None
    return f"{_quote(found)} in place of a prompt"


def is_one_prompt(parent: str, child: str) -> str | None:
    """The child is a prompt, and one: no answer, no alternatives, no talk.

    Statements alone are an answer where the parent asks or orders.
    """
    said = ANNOUNCED.sub("", child, count=1)
    if _is_list(said) and not _LIST_LINE.match(parent):
        return f"a list and nothing else, as answers and alternatives are: {_quote(child)}"
    if (first := ALTERNATIVE.match(said.strip())) and _is_one_of_more(said, parent):
        return f"several prompts: {_quote(first[0].strip())}"
    if (talk := TALK.match(child)) and not TALK.match(parent):
        return f"talk: {_quote(talk[0])}"
    if (answer := ANSWER.search(child)) and not ANSWER.search(parent):
        return f"an answer beside the prompt: {_quote(answer[0].strip())}"
    if only_states(child) and asks(parent):
        return f"statements, and nothing asked: {_quote(child)}"
    return None


def copies_no_prompt(
    parent: str,
    child: str,
    *,
    phrases: tuple[str, ...] | list[str],
    frames: tuple[str, ...] | list[str] = (),
) -> str | None:
    """Rule 4: no words of the evolving prompt leaked into the child.

    A label (`#Given Prompt#`) always counts; other words count unless the parent has them too.

    Args:
        parent: The instruction before.
        child: The instruction after.
        phrases: The pack's words that give a leak away, lower case.
        frames: Sentences of the pack's prompts, and its demonstrations: eight words of them in a row
            count, or a whole sentence.
    """
    given, made = parent.casefold(), child.casefold()
    for phrase in phrases:
        if _has(phrase, made) and (_is_label(phrase) or not _has(phrase, given)):
            return f"{phrase!r} of the evolving prompt in the child"
    leaked = LEAKED.search(child)
    if leaked and not PROMPT.search(parent):
        return f"{leaked[0]!r}, as evolving prompts say, in the child"
    copied = _copied(parent, child, tuple(frames))
    return f"{copied!r} of the evolving prompt in the child" if copied else None


def _has(phrase: str, text: str) -> bool:
    if re.search(r"\w", phrase):
        return phrase in text
    # A separator counts where it stands alone: a heading has the same signs.
    return re.search(rf"^[ \t]*{re.escape(phrase)}[ \t]*$", text, re.MULTILINE) is not None


def _is_label(phrase: str) -> bool:
    return phrase.startswith("#") and phrase.endswith("#") and len(phrase.strip("#")) > 0


def _is_one_of_more(text: str, parent: str) -> bool:
    return len(ALTERNATIVE.findall(text)) > max(1, len(ALTERNATIVE.findall(parent)))


def _is_list(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    items = [line for line in lines if _LIST_LINE.match(line)]
    hangs = all(_LIST_LINE.match(line) or line[:1] in " \t" for line in lines)
    return len(items) > 1 and hangs


def _copied(parent: str, child: str, frames: tuple[str, ...]) -> str | None:
    known = _windows_of(frames)
    given = " ".join(_words(parent))
    for length in sorted({len(window) for window in known}, reverse=True):
        for window in _windows(_words(child), length):
            if window in known and " ".join(window) not in given:
                return " ".join(window)
    return None


@lru_cache(maxsize=8)
def _windows_of(frames: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(window for frame in frames for window in _telling(_words(frame)))


def _telling(words: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield what of a frame gives it away: windows of eight words, or a short sentence as a whole."""
    scale = 2 if words and all(map(_UNSPACED.match, words)) else 1
    length = min(len(words), _WINDOW_WORDS * scale)
    if length < _SHORTEST_SENTENCE_WORDS * scale:
        return
    for window in _windows(words, length):
        if len(set(window)) >= length - _MOST_REPEATED * scale:
            yield window


def _windows(words: list[str], length: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[start : start + length]) for start in range(len(words) - length + 1))


def _words(text: str) -> list[str]:
    return [token.casefold() for token in tokens(text)]


def _quote(text: str) -> str:
    return repr(text[:_QUOTED_CHARS])
