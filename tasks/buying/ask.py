"""The one place that buys: keyed requests in, answers out in the same order.

The ledger is looked at first, the model is asked for the rest, and each answer is in the ledger
before anything depends on it. Knows nothing of what a request is for.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from schemas.calls.call import Answer, Call, Pending, Request
from schemas.errors import RunFault
from tasks.buying.bought import entries_in
from tasks.buying.engines import Buyer
from tasks.buying.orders import Wanted
from tasks.doors.processes import failpoint
from tasks.doors.storage import ledger

Ask = Callable[[Sequence[Request]], list[Answer]]
"""What a verb is given to ask with: answers come in the order of the requests."""
_MANY = 3
"""From so many rows on that nobody answered, it is the endpoint and not they."""


def ask(requests: Sequence[Request], ledger_path: Path, till: Buyer) -> list[Answer]:
    """Return an answer for every request, bought at most once.

    Args:
        requests: Each key once.
        ledger_path: Where answers to these requests are kept.
        till: Where to buy those that are not there.

    Raises:
        RunFault: The run has to stop; what was bought is in the ledger.
    """
    entries = entries_in(ledger_path)
    answers = {one.key: one.answer for one in entries.values() if isinstance(one, Call)}
    pending = {one.key: one for one in entries.values() if isinstance(one, Pending)}
    missing = [
        Wanted(request, pending.get(request.key))
        for request in requests
        if request.key not in answers
    ]
    if missing:
        with ledger.opened(ledger_path) as kept:
            book = _LedgerBook(kept, answers, _answered(entries.values()))
            till.buy(missing, book, kept.sync, entries.values())
            _require_reached(requests, book)
    return [answers[request.key] for request in requests]


def _answered(entries: Iterable[Call | Pending]) -> set[tuple[str, str]]:
    """Return the stages and models of which a ledger holds an answer."""
    return {
        (one.stage, one.answer.model)
        for one in entries
        if isinstance(one, Call) and one.answer.error is None
    }


def _require_reached(requests: Sequence[Request], book: "_LedgerBook") -> None:
    """Make sure that the endpoint answered anybody: else it is down for them, and no row is at fault.

    Raises:
        RunFault: It answered nobody; they will all be asked again.
    """
    got = [book.answers[request.key] for request in requests]
    if len(got) < _MANY or not all(answer.is_unreached for answer in got):
        return
    for request, answer in zip(requests, got, strict=True):
        book.note(Call.of(request, answer).retired())
    raise RunFault(
        f"the model answered none of {len(got)} rows: {got[0].error}; when it does again, retry or run "
        "the same command again"
    )


class _LedgerBook:
    """Keeps answers in the ledger, then in memory."""

    def __init__(
        self, kept: ledger.AnyLedger, answers: dict[str, Answer], answered: set[tuple[str, str]]
    ) -> None:
        self._ledger = kept
        self.answers = answers
        self.answered = answered

    def keep(self, request: Request, answer: Answer) -> None:
        failpoint.reach("answer-received")
        self._ledger.append(Call.of(request, answer).record())
        self.answers[request.key] = answer

    def note(self, pending: Pending) -> None:
        self._ledger.append(pending.record())
