"""Keep the votes of a ranking while it is served: what is open for whom, saved, taken back.

Turns slots into systems and back, so that nobody above it meets a system's name. Every vote is on the
disk before anybody is told so. Safe to call from any thread; knows nothing of pages.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import ValidationError

from schemas.tables.ballot import Ballot, Progress, SlotRanks
from schemas.tables.vote import Aspect, Ranking, Undo, Vote, rater_name
from schemas.text import visible
from tasks.doors.processes.failpoint import reach
from tasks.doors.storage.ledger import AnyLedger
from tasks.evaluation.ranking import ballots
from tasks.evaluation.ranking.ballots import Queue, Showing
from tasks.evaluation.ranking.votes import Votes, append, digest, now, reason_of, shuffled, vote_id

LEASE_S = 15 * 60.0
"""How long an item is kept for the rater who has it open."""
_KEY_CHARS = 8


class Shown(NamedTuple):
    """An item with the answers that are shown."""

    instruction: str
    answers: Mapping[str, str]
    """By system."""


class _Lease(NamedTuple):
    showing: Showing
    until: float


@dataclass
class VotingDesk:
    """The desk of one ranking."""

    ranking: Ranking
    items: Mapping[str, Shown]
    """By id, in the order of the test set."""
    votes: Votes
    book: AnyLedger
    """Where votes are kept."""
    clock: Callable[[], float] = time.monotonic
    _leases: dict[str, _Lease] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Take what pages ask for from the ranking."""
        self.style = self.ranking.style
        self.key = digest(self.ranking.secret, "name of cookies")[:_KEY_CHARS]

    def sign(self, purpose: str, text: str) -> str:
        """Return what only this ranking can have said of a text."""
        return digest(self.ranking.secret, "signature", purpose, text)

    def enter(self, name: str) -> str:
        """Return the name by which a rater is known: as it was first written, however it is now.

        Raises:
            ValueError: It is none.
        """
        name = rater_name(name)
        known = {vote.rater.casefold(): vote.rater for vote in self.votes.given.values()}
        return known.get(name.casefold(), name)

    def ballot(self, rater: str) -> Ballot | None:
        """Return what a rater shall judge now, and keep it for them; None where nothing is left."""
        with self._lock:
            showing = self._open_showing(rater)
            if showing is None:
                self._leases.pop(rater, None)
                return None
            self._leases[rater] = _Lease(showing, self.clock() + LEASE_S)
            return self._ballot(rater, showing)

    def progress(self, rater: str) -> Progress:
        """Return how far a rater is, and all of them."""
        with self._lock:
            queue = self._queue(rater)
            own = [vote for vote in queue.votes if vote.rater == rater]
            return Progress(
                done=len(own),
                left=ballots.left_for(queue, rater),
                judged=ballots.judged(queue),
                wanted=len(self.items) * self.ranking.raters,
                last=own[-1].id if own else None,
                is_waiting=ballots.is_waiting(queue, rater),
            )

    def save(self, rater: str, ballot: str, ranks: SlotRanks | None) -> None:
        """Keep a vote, or a skip where there are no ranks; once, however often it is said.

        A vote that comes late is kept even where others have judged the item meanwhile: nobody's
        work is thrown away.

        Raises:
            ValueError: The ranks are not whole, or nobody was asked for this ballot.
            OSError: It is not kept.
        """
        with self._lock:
            if ballot in self.votes.given:
                return
            vote = self._vote(rater, ballot, ranks)
            reach("vote-received")
            append(self.book, [vote])
            self.votes.add(vote)
            self._leases.pop(rater, None)
            reach("vote-kept")

    def undo(self, rater: str, vote: str) -> None:
        """Take the rater's last vote back, if it is this one, and open the same item again.

        Raises:
            OSError: It still stands.
        """
        with self._lock:
            own = [one for one in self.votes.standing() if one.rater == rater]
            if not own or own[-1].id != vote:
                return
            event = Undo(undoes=vote, rater=rater, at=now())
            append(self.book, [event])
            self.votes.add(event)
            showing = Showing(own[-1].item_id, own[-1].is_repeat)
            if showing.item_id in self.items:
                self._leases[rater] = _Lease(showing, self.clock() + LEASE_S)

    def _open_showing(self, rater: str) -> Showing | None:
        """Return what the rater has open, as long as it is kept for them; else what is next."""
        lease = self._leases.get(rater)
        if lease is not None and lease.until > self.clock():
            return lease.showing
        return ballots.next_showing(self._queue(rater), rater)

    def _queue(self, rater: str) -> Queue:
        at_work = {
            who: lease.showing
            for who, lease in self._leases.items()
            if who != rater and lease.until > self.clock()
        }
        return Queue(self.ranking, list(self.items), self.votes.standing(), at_work)

    def _ballot(self, rater: str, showing: Showing) -> Ballot:
        shown, order = self.items[showing.item_id], self._order(rater, showing)
        return Ballot(
            id=self._id(rater, showing),
            instruction=visible(shown.instruction),
            answers=[visible(shown.answers[system]) for system in order],
            ranks=self._said_before(rater, showing, order),
        )

    def _said_before(self, rater: str, showing: Showing, order: tuple[str, ...]) -> SlotRanks:
        """Return the ranks of the vote on this showing that was taken back last; else none."""
        vote = self.votes.last.get((rater, *showing))
        if vote is None or set(vote.order) != set(order):
            return {}
        return {
            aspect: {slot: ranks[system] for slot, system in enumerate(order, start=1)}
            for aspect, ranks in vote.ranks.items()
        }

    def _vote(self, rater: str, ballot: str, ranks: SlotRanks | None) -> Vote:
        showing = self._showing(rater, ballot)
        order = self._order(rater, showing)
        try:
            return Vote(
                id=ballot,
                rater=rater,
                item_id=showing.item_id,
                is_repeat=showing.is_repeat,
                order=order,
                ranks={} if ranks is None else _by_system(ranks, order),
                is_skipped=ranks is None,
                at=now(),
            )
        except ValidationError as e:
            raise ValueError(reason_of(e)) from None

    def _showing(self, rater: str, ballot: str) -> Showing:
        every = (Showing(item, is_repeat) for is_repeat in (False, True) for item in self.items)
        found = next((one for one in every if self._id(rater, one) == ballot), None)
        if found is None:
            raise ValueError("This page is out of date; the open item is shown now")
        return found

    def _id(self, rater: str, showing: Showing) -> str:
        item_id, is_repeat = showing
        attempt = self.votes.attempts[(rater, *showing)]
        secret = self.ranking.secret
        return vote_id(secret, rater, item_id, is_repeat=is_repeat, attempt=attempt)

    def _order(self, rater: str, showing: Showing) -> tuple[str, ...]:
        systems = list(self.items[showing.item_id].answers)
        return shuffled(systems, self.ranking.secret, rater, *showing)


def _by_system(ranks: SlotRanks, order: tuple[str, ...]) -> dict[Aspect, dict[str, int]]:
    """Return ranks by system; slots that were not on the page are left to be complained of."""
    return {
        aspect: {
            order[slot - 1] if 0 < slot <= len(order) else f"slot {slot}": rank
            for slot, rank in given.items()
        }
        for aspect, given in ranks.items()
    }
