"""Hold a child's length and letters against its parent's: the same text, too much added or lost.

A parent's and a child's text in, evidence against the child out, or None. Knows no pack and no row.
"""

from schemas.text import count_words, normalise

_MARKS_AT_END = " .,;:!?。、，；：！？؟।…"


def differs_from_parent(parent: str, child: str) -> str | None:
    """Rule 1, to the letter: a child that repeats its parent needs no judge.

    Case, blanks and marks at the end make no other text.
    """
    return "the same text as its parent" if _bare(parent) == _bare(child) else None


def keeps_budget(
    parent: str, child: str, *, max_added_words: int, max_removed_share: float
) -> str | None:
    """Strict: a child in depth neither shrank nor grew far past the words asked for."""
    before, after = count_words(parent), count_words(child)
    if after - before > max_added_words:
        return f"{after - before} words added, more than {max_added_words}"
    return keeps_words(parent, child, max_removed_share=max_removed_share)


def keeps_words(parent: str, child: str, *, max_removed_share: float) -> str | None:
    """Strict: a child in depth that may grow as it likes did not lose its parent's words."""
    before, after = count_words(parent), count_words(child)
    if before - after > max_removed_share * before:
        return f"{before - after} of {before} words removed"
    return None


def _bare(text: str) -> str:
    return normalise(text).rstrip(_MARKS_AT_END)
