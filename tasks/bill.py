"""Add up what one request costs over all its attempts, and tell a usable answer from a useless one.

An answer that arrives is paid for, usable or not. Knows nothing of limits or of asking again.
"""

import time
from dataclasses import dataclass, replace

from schemas.call import Answer, Request
from schemas.errors import Retryable, RowFault
from tasks.budget import Budget


@dataclass
class Bill:
    """What one request has cost over all its attempts."""

    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    estimated: bool = False

    def add(self, answer: Answer, budget: Budget) -> float:
        """Count an attempt that was paid for; returns its cost in US dollars, 0 if unknown."""
        cost_usd = budget.cost(answer.model, answer.prompt_tokens, answer.completion_tokens)
        self.prompt_tokens += answer.prompt_tokens
        self.completion_tokens += answer.completion_tokens
        self.estimated = self.estimated or answer.estimated
        self.cost_usd = None if cost_usd is None else (self.cost_usd or 0.0) + cost_usd
        return cost_usd or 0.0

    def on(self, answer: Answer) -> Answer:
        """Return the answer with the whole bill on it."""
        return replace(
            answer,
            attempts=self.attempts,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cost_usd=self.cost_usd,
            estimated=self.estimated,
        )


def raise_if_unusable(answer: Answer) -> None:
    """Look at how an answer ended before what it says.

    Raises:
        RowFault: The provider withheld it.
        Retryable: It is empty.
    """
    if answer.finish_reason == "content_filter":
        raise RowFault("the provider's filter withheld the answer")
    if not answer.text.strip():
        raise Retryable(f"empty answer, finish_reason {answer.finish_reason}", kind="bad_answer")


def no_answer(request: Request, error: str) -> Answer:
    """Return the answer of a request that nobody answered."""
    return Answer(
        text="", finish_reason=None, model=request.model, served_model=None, prompt_tokens=0,
        completion_tokens=0, cost_usd=None, latency_s=0.0, attempts=0,
        finished_at=round(time.time(), 3), error=error,
    )  # fmt: skip
