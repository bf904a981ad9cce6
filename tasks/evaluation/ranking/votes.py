"""Keep people's votes: one append-only file of events, and what stands when all of them are read.

Turns events into votes and back; a vote that was taken back stays in the file. Also draws what must
look random and come out the same again: orders, places in a queue, ids. Knows nothing of pages.
"""

import hashlib
import hmac
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from schemas.errors import RunFault
from schemas.tables.vote import Undo, Vote
from tasks.doors.storage import ledger
from tasks.doors.storage.segments import Segments

_KINDS: dict[str, type[Vote] | type[Undo]] = {"vote": Vote, "undo": Undo}
_EVENT = "event"
_ID_CHARS = 24
ShowingKey = tuple[str, str, bool]
"""Rater, item, and whether it is a repetition."""


@dataclass
class Votes:
    """Every vote that was ever given, and which of them stand."""

    given: dict[str, Vote] = field(default_factory=dict)
    """By id, oldest first."""
    undone: set[str] = field(default_factory=set)
    """Ids of those that were taken back."""
    last: dict[ShowingKey, Vote] = field(default_factory=dict)
    """The latest vote on each showing, taken back or not."""
    attempts: Counter[ShowingKey] = field(default_factory=Counter)
    """How often each showing was voted on."""

    def add(self, event: Vote | Undo) -> None:
        """Take in the next event of the file."""
        if isinstance(event, Undo):
            self.undone.add(event.undoes)
            return
        showing = (event.rater, event.item_id, event.is_repeat)
        # One id twice: the first was never acknowledged, because the disk refused.
        self.attempts[showing] += event.id not in self.given
        self.given[event.id] = self.last[showing] = event

    def standing(self) -> list[Vote]:
        """Return the votes that were not taken back, oldest first."""
        return [vote for vote in self.given.values() if vote.id not in self.undone]


def read_votes(path: Path) -> Votes:
    """Return all votes of a file; none where there is no file.

    Raises:
        RunFault: A record is no event of ours.
    """
    found = Votes()
    for number, record in enumerate(ledger.read(path), start=1):
        found.add(_event(record, path, number))
    return found


def _event(record: dict[str, Any], path: Path, number: int) -> Vote | Undo:
    kind = _KINDS.get(str(record.get(_EVENT)))
    content = {name: value for name, value in record.items() if name != _EVENT}
    try:
        if kind is not None:
            return kind.model_validate(content)
        why = f"event {record.get(_EVENT)!r} is unknown"
    except ValidationError as e:
        why = reason_of(e)
    raise RunFault(f"{path}: record {number}: {why}; put back the file as evolflow wrote it")


def reason_of(fault: ValidationError) -> str:
    """Return the first of a model's complaints, in one line."""
    first = fault.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])


def append(book: ledger.AnyLedger, events: Iterable[Vote | Undo]) -> None:
    """Write events and force them to the disk: they survive a power cut.

    Raises:
        OSError: There is no room; nobody may be told that they are kept.
    """
    for event in events:
        kind = next(name for name, one in _KINDS.items() if isinstance(event, one))
        book.append({_EVENT: kind, **_plain(event)})
    if isinstance(book, Segments):
        # A store is written to about once a second; nobody is told of a vote before.
        book.flush()
    book.sync()


def _plain(event: BaseModel) -> dict[str, object]:
    return event.model_dump(mode="json")


def now() -> str:
    """Return the time as votes keep it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def digest(secret: str, purpose: str, *parts: object) -> str:
    """Return a number, in hex, that only who has the secret can tell from chance."""
    # Lengths keep ("ab", "c") and ("a", "bc") apart.
    text = "".join(f"{len(str(part))}:{part}" for part in (purpose, *parts))
    return hmac.new(bytes.fromhex(secret), text.encode(), hashlib.sha256).hexdigest()


def vote_id(secret: str, rater: str, item_id: str, *, is_repeat: bool, attempt: int) -> str:
    """Return the id of the vote that a showing asks for; whoever posts it twice votes once.

    Args:
        secret: Of the ranking.
        rater: Who is asked.
        item_id: What about.
        is_repeat: Whether they have judged it before.
        attempt: How often they took back their vote on this showing.
    """
    return digest(secret, "vote", rater, item_id, is_repeat, attempt)[:_ID_CHARS]


def shuffled(systems: Sequence[str], secret: str, *showing: object) -> tuple[str, ...]:
    """Return systems in the order in which one showing has them."""
    order = sorted(systems)
    random.Random(digest(secret, "order", *showing)).shuffle(order)
    return tuple(order)
