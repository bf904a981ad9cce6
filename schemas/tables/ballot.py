"""A showing as a rater sees it, how far they are, and who keeps their votes; forms into ranks.

Here answers have slots, never systems: who makes pages of this cannot give away what it does not know.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from schemas.tables.vote import Aspect, Style

SlotRanks = dict[Aspect, dict[int, int]]
"""Rank by slot, from 1, by aspect; as far as the rater has come."""

_CHOSEN = {"first": {1: 1, 2: 2}, "tie": {1: 1, 2: 1}, "second": {1: 2, 2: 1}}
"""Ranks of two answers by the choice between them."""


class Ballot(NamedTuple):
    """One showing, as a rater sees it."""

    id: str
    instruction: str
    answers: list[str]
    """In the order of the slots."""
    ranks: SlotRanks
    """What they have said so far: before they took it back, or in a form that could not be saved."""


class Progress(NamedTuple):
    """How far a rater is, and all of them."""

    done: int
    left: int
    """Showings that are left for this rater."""
    judged: int
    wanted: int
    """Of all raters together."""
    last: str | None
    """Id of the vote that can be taken back."""
    is_waiting: bool
    """Nothing is left now, but others may leave something."""


class Desk(Protocol):
    """Whoever keeps the votes, as a page sees it."""

    style: Style
    key: str
    """Tells this ranking from others on the machine; no secret."""

    def sign(self, purpose: str, text: str) -> str:
        """Return what only this ranking can have said of a text."""

    def enter(self, name: str) -> str:
        """Return the name by which a rater is known; ValueError where it is none."""

    def ballot(self, rater: str) -> Ballot | None:
        """Return what a rater shall judge now; None where nothing is left."""

    def progress(self, rater: str) -> Progress:
        """Return how far it is."""

    def save(self, rater: str, ballot: str, ranks: SlotRanks | None) -> None:
        """Keep a vote, or a skip where there are no ranks; once, however often it is said.

        Raises:
            ValueError: The ranks are not whole, or nobody was asked for this ballot.
            OSError: It is not kept.
        """

    def undo(self, rater: str, vote: str) -> None:
        """Take the rater's last vote back, if it is this one.

        Raises:
            OSError: It still stands.
        """


_MOST_DIGITS = 4


def ranks_of(form: Mapping[str, str]) -> SlotRanks:
    """Return the ranks that a form holds: `overall=tie`, or `overall-1=2` for the first answer."""
    found: SlotRanks = {}
    for name, value in form.items():
        word, _, slot = name.partition("-")
        if word not in list(Aspect) or not value:
            continue
        if not slot and value in _CHOSEN:
            found[Aspect(word)] = dict(_CHOSEN[value])
        elif slot.isdecimal() and value.isdecimal():
            found.setdefault(Aspect(word), {})[_number(slot)] = _number(value)
    return found


def _number(digits: str) -> int:
    """Return a number; 0, which is no rank, where it is longer than any of ours."""
    return int(digits) if len(digits) <= _MOST_DIGITS else 0


def require_whole(ranks: SlotRanks, answers: int) -> None:
    """Make sure that a rater has said all that is needed.

    Raises:
        ValueError: In words for the rater.
    """
    if not ranks.get(Aspect.OVERALL):
        raise ValueError("Overall is missing: say how the answers compare as a whole")
    for aspect, given in ranks.items():
        if set(given) != set(range(1, answers + 1)):
            raise ValueError(f"{aspect.capitalize()}: rank every answer, or none of them")
        if not all(1 <= rank <= answers for rank in given.values()):
            raise ValueError(f"{aspect.capitalize()}: ranks go from 1 to {answers}")
