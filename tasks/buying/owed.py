"""Say what was paid for so far, that too which was bought before anybody knew the price.

Turns a ledger's entries into US dollars: what stands there as a cost counts as it stands, and tokens
without a cost count at the price that is known now. Changes no entry.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from schemas.calls.call import Call, Pending, Request
from schemas.settings.asking import AskSettings
from schemas.settings.knobs import Price
from tasks.buying.budget import Budget, cost_at
from tasks.doors.models import llm

_LONGER_ANSWER = 2
"""An answer that was cut is asked for once more, at twice the length."""
_PROMPT_TOKENS = 8192
"""Of an attempt that was lost before any answer told how long its prompt is: more than ours have."""


@dataclass(frozen=True)
class Owed:
    """Prices as they are known now, and the longest answer that a call may bring."""

    prices: Mapping[str, Price | None]
    longest_tokens: int

    @classmethod
    def by(cls, settings: AskSettings) -> Self:
        """Return what the settings say: of prices, and of the longest answer."""
        prices = {model: llm.price_of(model, settings.prices) for model in settings.models}
        asked = [settings.sampling_of(role) for role in settings.methods]
        longest = [
            one.max_tokens + llm.thinking_tokens(model, one) for one in asked for model in prices
        ]
        return cls(prices, _LONGER_ANSWER * max(longest, default=0))

    def usd(self, entries: Iterable[Call | Pending]) -> float:
        """Return what entries can have cost at the most, in US dollars; unknown prices are 0."""
        return math.fsum(map(self._of, entries))

    def _of(self, one: Call | Pending) -> float:
        if isinstance(one, Call):
            paid = one.answer
            if paid.cost_usd is not None:
                return paid.cost_usd
            return self.tokens_usd(
                paid.model, paid.prompt_tokens, paid.completion_tokens, paid.unknown
            )
        if one.cost_usd is not None and not (one.is_aloft and one.aloft_usd is None):
            return one.most_usd
        # Which model it went to is not written down: at the most it was the dearest.
        lost = one.is_aloft if one.cost_usd is not None else one.unknown + one.is_aloft
        prompt, made = (
            (one.prompt_tokens, one.completion_tokens) if one.cost_usd is None else (0, 0)
        )
        costs = [self.tokens_usd(model, prompt, made, lost) for model in self.prices]
        return (one.cost_usd or 0.0) + max(costs, default=0.0)

    def tokens_usd(
        self, model: str, prompt_tokens: int, completion_tokens: int, unknown: int
    ) -> float:
        """Return what a request without a cost can have cost at the most; US dollars.

        Args:
            model: Who was asked.
            prompt_tokens: Of the attempts that were answered, together.
            completion_tokens: Likewise.
            unknown: Attempts of which nobody knows how they ended.
        """
        prompt_tokens += unknown * (prompt_tokens or _PROMPT_TOKENS)
        completion_tokens += unknown * self.longest_tokens
        return cost_at(self.prices.get(model), prompt_tokens, completion_tokens) or 0.0


def priced(pending: Pending | None, request: Request, budget: Budget) -> Pending | None:
    """Return how a request stands, with a cost where there was none and the price is known now."""
    most_usd = budget.most(request)
    if pending is None or most_usd is None:
        return pending
    if pending.cost_usd is None:
        paid = budget.cost(request.model, pending.prompt_tokens, pending.completion_tokens) or 0.0
        pending = replace(pending, cost_usd=paid + pending.unknown * most_usd)
    if pending.is_aloft and pending.aloft_usd is None:
        pending = replace(pending, aloft_usd=most_usd)
    return pending
