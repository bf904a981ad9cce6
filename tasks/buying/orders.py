"""What the engine has on its hands: orders of its callers, and the jobs that they are made of.

Keeps, for each request, what was paid and what failed, and says when asking makes no more sense and
how long to wait before asking again. Sends nothing.
"""

import logging
import random
from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, Self

from schemas.calls.call import LOWEST, Answer, Pending, Request, Sampling
from schemas.calls.endings import Ending
from schemas.errors import Retryable, RowFault, RunFault
from schemas.text import estimate_tokens
from tasks.buying.bill import Bill, cut_for_good
from tasks.buying.budget import Budget
from tasks.buying.owed import priced
from tasks.doors.models import llm

log = logging.getLogger("evolflow.orders")

# A refusal for going too fast is nobody's fault: such a row gets more chances.
_REFUSALS_PER_ATTEMPT = 5
_MOST_CUTS = 2
_MOST_WITHHELD = 2
_FAR_TOO_MANY = 2
_LONGER_ANSWER = 2
_LEAST_THINKING_TOKENS = 4096
_MOST_LESSONS = 12
CUT = ("cut", "thought")
"""Kinds of failure that more room may mend."""
_CALM_BACKOFF_S = 0.1
_CALM_GROWTH = 2.0
_BACKOFF_S = 0.5
_BACKOFF_GROWTH = 3.0
_LONGEST_BACKOFF_S = 30.0
_FIRST_GUESS_TOKENS = 300.0
_GUESS_MEMORY = 50


class Book(Protocol):
    """Where a caller keeps what its requests cost and say."""

    @property
    def answered(self) -> Collection[tuple[str, str]]:
        """Stages and models of which earlier processes got an answer."""

    def keep(self, request: Request, answer: Answer) -> None:
        """Keep the one answer of a request."""

    def note(self, pending: Pending) -> None:
        """Keep how a request without an answer stands."""


class Wanted(NamedTuple):
    """A request to buy an answer for."""

    request: Request
    pending: Pending | None
    """What is known of it from before; None for a new one."""


def fault_of(error: BaseException) -> RunFault:
    """Return what a run stops for when something of ours broke."""
    if isinstance(error, RunFault):
        return error
    if isinstance(error, OSError):
        return RunFault(
            f"cannot save an answer: {error}; free space or mend the folder, then run the same "
            "command again"
        )
    return RunFault(f"a fault of evolflow itself: {error!r}; run the same command again to go on")


@dataclass(eq=False)
class Order:
    """What one caller waits for."""

    left: int
    """Requests without an answer."""
    done: "Future[None]"
    budget: Budget
    """What may be spent on it."""
    flying: int = 0

    def is_over(self, fault: RunFault | None) -> bool:
        """Tell the caller if there is nothing more to wait for; returns whether it was told."""
        if self.left == 0:
            self.done.set_result(None)
        elif fault is not None and self.flying == 0:
            self.done.set_exception(fault)
        return self.done.done()


@dataclass(eq=False)
class Job:
    """One request on its way."""

    request: Request
    sent: Request
    """The request as it is sent: with a longer answer allowed once one was cut."""
    order: Order
    book: Book
    bill: Bill
    tokens_at_least: int
    """Of the prompt, estimated."""
    failures: int = 0
    refusals: int = 0
    cuts: int = 0
    withheld: int = 0
    number: int = 0
    """Its place among all that was asked."""
    last: Answer | None = None
    """What came last, usable or not."""
    lessons: int = 0
    """How often it was refused for a parameter."""

    @classmethod
    def of(cls, request: Request, pending: Pending | None, order: Order, book: Book) -> Self:
        """Return a job that has not been tried by this process."""
        bill = Bill.going_on(priced(pending, request, order.budget))
        return cls(request, request, order, book, bill, estimate_tokens(request.prompt))

    def note(self, *, is_aloft: bool, most_usd: float | None) -> None:
        """Write down how it stands, before an attempt and after one that brought no answer."""
        self.book.note(self.bill.pending(self.request.key, is_aloft=is_aloft, most_usd=most_usd))

    def count(self, error: Retryable, *, others_succeeded: bool) -> None:
        """Count a failed attempt; troubles of the whole endpoint do not count against a row."""
        if error.kind == "rate_limit":
            self.refusals += 1
        elif error.kind in CUT:
            self.cuts += 1
            self.sent = replace(self.request, sampling=self._longer(error.kind))
        elif error.kind == "parameter":
            self.lessons += 1
        elif error.kind == "withheld":
            self.withheld += 1
        elif error.kind not in ("auth", "refused") or others_succeeded:
            self.failures += 1

    def _longer(self, kind: str) -> Sampling:
        """Return how it is asked once it was cut: in more room, or with less thinking in more room."""
        asked = self.request.sampling
        if kind == "cut":
            return replace(asked, max_tokens=_LONGER_ANSWER * asked.max_tokens)
        room = llm.with_allowance(self.request).sampling.thinking_tokens or 0
        longer = max(_LONGER_ANSWER * room, _LEAST_THINKING_TOKENS)
        return replace(asked, thinking_tokens=longer, reasoning_effort=LOWEST)

    @property
    def is_cut_for_good(self) -> bool:
        """True where the answer was cut although a longer one was allowed."""
        return self.cuts >= _MOST_CUTS

    @property
    def is_withheld_for_good(self) -> bool:
        """True where no answer was among the choices again."""
        return self.withheld >= _MOST_WITHHELD

    @property
    def is_unteachable(self) -> bool:
        """True where it was refused again and again, whatever was left out."""
        return self.lessons > _MOST_LESSONS

    def fault_for_good(self, error: Retryable) -> RowFault | None:
        """Return the row's own fault where asking again would end alike; None where it may not."""
        if self.is_unteachable:
            return RowFault(str(error))
        if self.is_cut_for_good:
            return cut_for_good(self.last, error)
        return RowFault(str(error), ending=Ending.BLOCKED) if self.is_withheld_for_good else None

    def own_fault(self, error: RowFault) -> RowFault:
        """Return why its row is set aside: one whose answer was cut is cut, though more is refused."""
        if not self.cuts or error.is_access:
            return error
        words = f"cut by the token limit, and more room was refused: {error}"
        return cut_for_good(self.last, Retryable(words, kind="cut"))

    def is_hopeless(self, max_attempts: int) -> bool:
        """Tell whether asking again makes no sense."""
        most_refusals = max_attempts * _REFUSALS_PER_ATTEMPT
        return self.failures >= max_attempts or self.refusals >= most_refusals

    def backoff_s(self, error: Retryable, *, is_calm: bool) -> float:
        """Return seconds to wait: what the provider asks for, or growing ones with jitter.

        Args:
            error: What happened last.
            is_calm: Whether failures are the exception now: then a short wait will do, and a long
                one would hold up all that waits for this row.
        """
        if error.kind in (*CUT, "parameter"):
            return 0.0
        base_s, growth = (
            (_CALM_BACKOFF_S, _CALM_GROWTH) if is_calm else (_BACKOFF_S, _BACKOFF_GROWTH)
        )
        # The jitter only spreads load; it never reaches the data.
        spread = random.uniform(0.5, 1.0)
        number = min(10, max(0, self.failures + self.refusals - 1))
        own = min(_LONGEST_BACKOFF_S, base_s * growth**number) * spread
        return max(own, error.retry_after_s or 0.0)


@dataclass
class Progress:
    """What the engine has done since it was opened; written by its thread, read by any."""

    calls: int = 0
    """Completed requests."""
    sent: int = 0
    """Requests put on the wire, retries included."""
    in_flight: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    spent_usd: float = 0.0
    """US dollars of the whole run, what was spent before included."""
    is_priced: bool = True
    """False where the price of a model is unknown, and so what was spent."""
    served: dict[str, str] = field(default_factory=dict)
    """By model asked for: the model that the endpoint said last it used."""
    doubted: set[str] = field(default_factory=set)
    """Models whose counts of tokens cannot be, each said once."""
    _usual_tokens: float = _FIRST_GUESS_TOKENS

    @property
    def usual_tokens(self) -> int:
        """Length of a usual answer, in tokens, by the last answers."""
        return round(self._usual_tokens)

    def count(self, answer: Answer) -> None:
        """Count a completed request."""
        self.calls += 1
        self.prompt_tokens += answer.prompt_tokens
        self.completion_tokens += answer.completion_tokens
        gap = answer.completion_tokens - self._usual_tokens
        self._usual_tokens += gap / min(_GUESS_MEMORY, self.calls)

    def note_usage(self, answer: Answer, most_tokens: int) -> None:
        """Say so when an endpoint's count of tokens cannot be.

        Args:
            answer: As it came.
            most_tokens: That were asked for.
        """
        is_high = answer.completion_tokens > _FAR_TOO_MANY * most_tokens
        if answer.model in self.doubted or not (answer.estimated or is_high):
            return
        self.doubted.add(answer.model)
        if is_high:
            log.warning(
                "%s says that it wrote %s tokens where at most %s were asked for; they are billed as "
                "it says", answer.model, f"{answer.completion_tokens:,}", f"{most_tokens:,}",
            )  # fmt: skip
        elif not answer.model.startswith("offline/"):
            log.warning(
                "%s gives no counts of tokens that can be; they are counted here, on the high side",
                answer.model,
            )

    def note_served(self, model: str, served: str | None) -> None:
        """Say so when an endpoint begins to answer by another model than before."""
        if served is None:
            return
        before = self.served.setdefault(model, served)
        if before != served:
            self.served[model] = served
            log.warning("%s is now served by %s, before by %s", model, served, before)
