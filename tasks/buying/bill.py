"""Add up what one request costs over all its attempts, and tell a usable answer from a useless one.

An answer that arrives is paid for, usable or not; of an attempt that was sent and never came back
nobody knows, so it counts at the most that it can have cost. Knows nothing of limits or of asking
again.
"""

import time
from dataclasses import dataclass, replace
from typing import Self

from schemas.calls.call import THOUGHT_TOO_LONG, Answer, Pending, Request
from schemas.calls.endings import Ending, ending_of
from schemas.errors import EvolError, Retryable, RowFault
from tasks.buying.budget import Budget

_UNKNOWN_OUTCOME = ("timeout", "connection", "bad_answer", "withheld")
"""Kinds of failure after which the provider may have done, and charged for, the work."""

_ITS_OWN = ("bad_answer", "withheld", "empty", "cut", "thought")
"""Kinds of failure that a row can be the cause of."""
_QUOTED_CHARS = 200
_THOUGHT_WORDS = (
    "only thinking came and no text ({}); serve the model without its reasoning parser, turn its "
    "thinking off, or let it answer in more tokens (max_tokens)"
)


@dataclass
class Bill:
    """What one request has cost over all its attempts."""

    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    estimated: bool = False
    unknown: int = 0

    @classmethod
    def going_on(cls, pending: Pending | None) -> Self:
        """Return the bill of a request that an earlier process left without an answer."""
        if pending is None:
            return cls()
        bill = cls(
            attempts=pending.attempts,
            prompt_tokens=pending.prompt_tokens,
            completion_tokens=pending.completion_tokens,
            cost_usd=pending.cost_usd,
            estimated=pending.unknown > 0,
            unknown=pending.unknown,
        )
        if pending.is_aloft:
            bill.lose(pending.aloft_usd)
        return bill

    def add(self, answer: Answer, budget: Budget) -> float:
        """Count an attempt that was paid for; returns its cost in US dollars, 0 if unknown."""
        cost_usd = budget.cost(answer.model, answer.prompt_tokens, answer.completion_tokens)
        self.prompt_tokens += answer.prompt_tokens
        self.completion_tokens += answer.completion_tokens
        self.estimated = self.estimated or answer.estimated
        self._pay(cost_usd)
        return cost_usd or 0.0

    def lose(self, most_usd: float | None) -> None:
        """Count an attempt of which nobody knows how it ended, at the most that it can have cost."""
        self.unknown += 1
        self.estimated = True
        self._pay(most_usd)

    def fail(self, error: Retryable, most_usd: float | None) -> float:
        """Count an attempt that brought no answer; returns what it can have cost, in US dollars."""
        if error.kind not in _UNKNOWN_OUTCOME:
            return 0.0
        self.lose(most_usd)
        return most_usd or 0.0

    def _pay(self, cost_usd: float | None) -> None:
        self.cost_usd = None if cost_usd is None else (self.cost_usd or 0.0) + cost_usd

    def pending(self, key: str, *, is_aloft: bool, most_usd: float | None) -> Pending:
        """Return the bill as the ledger keeps it while there is no answer.

        Args:
            key: The request's.
            is_aloft: True where an attempt is about to be sent.
            most_usd: The most that an attempt can cost; None where the price is unknown.
        """
        return Pending(
            key=key,
            attempts=self.attempts,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cost_usd=self.cost_usd,
            unknown=self.unknown,
            is_aloft=is_aloft,
            aloft_usd=most_usd,
        )

    def on(self, answer: Answer) -> Answer:
        """Return the answer with the whole bill on it."""
        return replace(
            answer,
            attempts=self.attempts,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cost_usd=self.cost_usd,
            estimated=self.estimated,
            unknown=self.unknown,
        )


def raise_if_unusable(answer: Answer) -> None:
    """Look at how an answer ended before what it says.

    Raises:
        RowFault: The provider withheld it, the model refused, or it only thought.
        Retryable: It is cut by the token limit, broken off, or empty.
    """
    reason = f"finish_reason {answer.finish_reason}"
    ending = Ending(answer.ending)
    if ending is Ending.WHOLE:
        ending = ending_of(answer.finish_reason)
    if ending is Ending.BLOCKED:
        raise RowFault(f"the provider's filter withheld the answer ({reason})", ending=ending)
    if ending is Ending.REFUSED:
        raise RowFault(
            f"the model refused: {answer.refusal or reason}", ending=ending, is_answer=True
        )
    if ending is Ending.CUT or (ending is Ending.THOUGHT and _is_cut(answer)):
        raise _cut(answer, ending, reason)
    if ending is Ending.THOUGHT:
        raise RowFault(_THOUGHT_WORDS.format(reason), ending=ending, is_answer=True)
    if ending in (Ending.FAILED, Ending.UNKNOWN):
        raise Retryable(f"the provider broke the answer off ({reason})", kind="bad_answer")
    if not answer.text.strip():
        raise Retryable(f"empty answer ({reason})", kind="empty")


def cut_for_good(answer: Answer | None, error: Retryable) -> RowFault:
    """Return the fault of a row whose answer was cut again although a longer one was allowed."""
    is_thought = error.kind == "thought" or (answer is not None and answer.ending == Ending.THOUGHT)
    return RowFault(str(error), ending=Ending.THOUGHT if is_thought else Ending.CUT, is_answer=True)


def _is_cut(answer: Answer) -> bool:
    return ending_of(answer.finish_reason) is Ending.CUT


def _cut(answer: Answer, ending: Ending, reason: str) -> Retryable:
    """Return the failure of an answer that the token limit cut, maybe before its first word."""
    if ending is Ending.THOUGHT or not answer.text.strip():
        return Retryable(
            f"{THOUGHT_TOO_LONG}: {answer.completion_tokens} tokens and no word of the answer "
            f"({reason}); set --thinking-tokens higher or reasoning_effort lower", kind="thought",
        )  # fmt: skip
    begun = " ".join(answer.text.split())[:_QUOTED_CHARS]
    return Retryable(f"cut by the token limit ({reason}); it began: {begun!r}", kind="cut")


def no_answer(request: Request, error: EvolError, last: Answer | None = None) -> Answer:
    """Return the answer of a request that nobody answered; the last error says whose fault it is.

    Args:
        request: What was asked.
        error: The last one.
        last: What came last, where something came that cannot be used: it is kept as evidence.
    """
    is_unreached = isinstance(error, Retryable) and error.kind not in _ITS_OWN
    ending = error.ending if isinstance(error, RowFault) else None
    if last is None:
        last = Answer(
            text="", finish_reason=None, model=request.model, served_model=None, prompt_tokens=0,
            completion_tokens=0, cost_usd=None, latency_s=0.0, attempts=0, finished_at=0.0,
        )  # fmt: skip
    return replace(
        last, error=str(error), is_unreached=is_unreached, finished_at=round(time.time(), 3),
        ending=ending or Ending.FAILED.value, text=last.text if ending == Ending.CUT else "",
    )  # fmt: skip
