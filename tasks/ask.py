"""The one place that buys: keyed requests in, answers out in the same order.

The ledger is looked at first, the model is asked for the rest, and each answer is in the ledger
before anything depends on it. Knows nothing of what a request is for.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from schemas.call import Answer, Call, Request
from tasks import shared_engine
from tasks.calls import calls_in
from tasks.doors import ledger

Ask = Callable[[Sequence[Request]], list[Answer]]
"""What a verb is given to ask with: answers come in the order of the requests."""


def ask(requests: Sequence[Request], ledger_path: Path) -> list[Answer]:
    """Return an answer for every request, bought at most once.

    Args:
        requests: Each key once.
        ledger_path: Where answers to these requests are kept.

    Raises:
        RunFault: The run has to stop; what was bought is in the ledger.
    """
    answers = _bought(ledger_path)
    missing = [request for request in requests if request.key not in answers]
    if missing:
        with ledger.Ledger(ledger_path) as book:

            def keep(request: Request, answer: Answer) -> None:
                book.append(asdict(Call.of(request, answer)))
                answers[request.key] = answer

            shared_engine.current().buy(missing, on_answer=keep, on_tick=book.sync)
    return [answers[request.key] for request in requests]


def _bought(ledger_path: Path) -> dict[str, Answer]:
    return {call.key: call.answer for call in calls_in(ledger_path)}
