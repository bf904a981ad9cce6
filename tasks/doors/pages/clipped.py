"""Cut long texts for pages: what is shown at once, what is folded, what is left out.

Turns pieces of a text into what a template shows. Knows nothing of what the text is.
"""

from collections.abc import Iterable
from typing import NamedTuple

_SHOWN_CHARS = 480


_FOLDED_CHARS = 8_000


class Piece(NamedTuple):
    """A stretch of text."""

    text: str
    is_new: bool
    """True where the parent does not have it."""


class Clipped(NamedTuple):
    """A text that may be longer than is shown at once."""

    shown: list[Piece]
    folded: str
    """What follows, to be shown on demand; empty where all is shown."""
    left_out: int
    """Characters after that, shown nowhere."""


def clip(pieces: Iterable[Piece]) -> Clipped:
    """Return the pieces cut after what is shown at once."""
    shown: list[Piece] = []
    room = _SHOWN_CHARS
    rest = ""
    for piece in pieces:
        if room > 0:
            shown.append(piece._replace(text=piece.text[:room]))
        rest += piece.text[max(room, 0) :]
        room -= len(piece.text)
    return Clipped(shown, rest[:_FOLDED_CHARS], max(0, len(rest) - _FOLDED_CHARS))
