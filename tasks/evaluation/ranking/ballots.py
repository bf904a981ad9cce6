"""Choose what a rater is shown next: who is asked about which item, and which of them once more.

Pure: takes the votes that stand and who is at work on what, gives a showing. Items with the fewest
votes come first, so that a ranking that ends early has judged every item about equally often.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from schemas.tables.vote import Ranking, Vote
from tasks.evaluation.ranking.votes import digest

_APART = 5
"""Votes between an item and its repetition, where there are so many."""


class Showing(NamedTuple):
    """One item before one rater."""

    item_id: str
    is_repeat: bool


class Queue(NamedTuple):
    """What there is to judge, and how far it is."""

    ranking: Ranking
    items: Sequence[str]
    """Ids of the items that are shown."""
    votes: Sequence[Vote]
    """That stand, oldest first."""
    at_work: Mapping[str, Showing]
    """What others have before them now, by rater."""


def next_showing(queue: Queue, rater: str) -> Showing | None:
    """Return what a rater shall judge next; None where nothing is left for them now."""
    first = _first_showings(queue, rater)
    repeat = _repeat(queue, rater, is_last=not first)
    if repeat is not None:
        return Showing(repeat, is_repeat=True)
    return Showing(first[0], is_repeat=False) if first else None


def left_for(queue: Queue, rater: str) -> int:
    """Return how many showings are left for a rater if nobody else takes one of them."""
    own = [vote for vote in _of(queue, rater) if not vote.is_skipped]
    first = len(_first_showings(queue, rater))
    judged = sum(not vote.is_repeat for vote in own) + first
    repeats = sum(vote.is_repeat for vote in _of(queue, rater))
    return first + max(0, _owed(queue.ranking.repeat_share, judged, is_last=True) - repeats)


def is_waiting(queue: Queue, rater: str) -> bool:
    """Tell whether a rater could be needed yet: others have items before them that they may leave."""
    return bool(_first_showings(queue._replace(at_work={}), rater))


def judged(queue: Queue) -> int:
    """Return how many of the votes that are wanted were given: each item's, up to its raters."""
    counts = _counts(queue)
    return sum(min(counts[item], queue.ranking.raters) for item in queue.items)


def _counts(queue: Queue) -> Counter[str]:
    """Count the people who judged each item."""
    return Counter(
        vote.item_id for vote in queue.votes if not vote.is_repeat and not vote.is_skipped
    )


def _of(queue: Queue, rater: str) -> list[Vote]:
    return [vote for vote in queue.votes if vote.rater == rater]


def _first_showings(queue: Queue, rater: str) -> list[str]:
    """Return the items that a rater could judge, the most wanted first."""
    seen = {vote.item_id for vote in _of(queue, rater)}
    taken = _counts(queue)
    taken.update(
        one.item_id for who, one in queue.at_work.items() if who != rater and not one.is_repeat
    )
    wanted = [
        item for item in queue.items if item not in seen and taken[item] < queue.ranking.raters
    ]
    secret = queue.ranking.secret
    return sorted(wanted, key=lambda item: (taken[item], digest(secret, "queue", rater, item)))


def _repeat(queue: Queue, rater: str, *, is_last: bool) -> str | None:
    """Return the item that a rater shall judge once more now, if one is due."""
    own = _of(queue, rater)
    done = [vote.item_id for vote in own if not vote.is_repeat and not vote.is_skipped]
    repeated = {vote.item_id for vote in own if vote.is_repeat}
    if len(repeated) >= _owed(queue.ranking.repeat_share, len(done), is_last=is_last):
        return None
    # At the end whatever is not the very last one is better than nothing.
    apart = min(_APART, len(own) - 1) if is_last else _APART
    recent: Collection[str] = {vote.item_id for vote in own[max(0, len(own) - apart) :]}
    free = [item for item in done if item in queue.items and item not in repeated]
    ready = [item for item in free if item not in recent] or (
        [item for item in free if item != own[-1].item_id] if is_last else []
    )
    secret = queue.ranking.secret
    return min(ready, key=lambda item: digest(secret, "repeat", rater, item), default=None)


def _owed(share: float, count: int, *, is_last: bool) -> int:
    """Return how many repetitions belong to so many judged items; a begun one counts at the end."""
    if count < 2:
        return 0
    return math.ceil(share * count) if is_last else math.floor(share * count)
