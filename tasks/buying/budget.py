"""Keep a run's spending below its cap, counting calls in flight by what they could cost at most.

Turns prices into costs and reservations. Knows nothing of requests in flight beyond their number.
"""

from collections.abc import Mapping

from schemas.calls.call import Request
from schemas.errors import BadInput, BudgetReached
from schemas.settings.knobs import Price
from tasks.doors.models import llm

_PER_MILLION = 1e-6


def cost_at(price: Price | None, prompt_tokens: int, completion_tokens: int) -> float | None:
    """Return what tokens cost in US dollars, None where the price is unknown."""
    if price is None:
        return None
    return _PER_MILLION * (price.input * prompt_tokens + price.output * completion_tokens)


class Budget:
    """Spent, reserved, and the cap; used from the engine's thread alone."""

    def __init__(
        self, cap_usd: float | None, prices: Mapping[str, Price | None], spent_usd: float
    ) -> None:
        """Begin with what the run has spent so far.

        Args:
            cap_usd: Hard cap in US dollars; None for no cap.
            prices: By model name; None where the price is unknown.
            spent_usd: What the ledger says was spent already.

        Raises:
            BadInput: There is a cap, and the price of a model is unknown.
        """
        unknown = sorted(model for model, price in prices.items() if price is None)
        if cap_usd is not None and unknown:
            raise BadInput(
                f"budget_usd: {cap_usd:g} given, but the price of {unknown[0]} is unknown; "
                f'add [prices."{unknown[0]}"] with input and output (USD per million tokens) '
                "to the TOML file"
            )
        self._cap_usd = cap_usd
        self._prices = prices
        self.spent_usd = spent_usd
        self.reserved_usd = 0.0
        self._held = 0

    def part(self, cap_usd: float, spent_usd: float) -> "Budget":
        """Return a budget of its own at the same prices, of which so much is spent."""
        return Budget(cap_usd, self._prices, spent_usd)

    @property
    def is_priced(self) -> bool:
        """True where the prices of all models are known."""
        return None not in self._prices.values()

    def most(self, request: Request) -> float | None:
        """Return what a request can cost at most, in US dollars; None where the price is unknown.

        No tokenizer makes more tokens than a text has bytes.
        """
        text = request.prompt + (request.sampling.system or "")
        prompt_bytes = len(text.encode("utf-8", "surrogatepass"))
        most_tokens = llm.with_allowance(request).sampling.most_tokens
        return self.cost(request.model, prompt_bytes, most_tokens)

    def cost(self, model: str, prompt_tokens: int, completion_tokens: int) -> float | None:
        """Return what tokens cost in US dollars, None where the price is unknown."""
        return cost_at(self._prices.get(model), prompt_tokens, completion_tokens)

    def reserve(self, most_usd: float) -> bool:
        """Set money aside for a call; False while calls in flight hold what it needs.

        Raises:
            BudgetReached: The call could pass the cap even with nothing in flight.
        """
        if self._cap_usd is None:
            return True
        if self.spent_usd + self.reserved_usd + most_usd <= self._cap_usd:
            self.reserved_usd += most_usd
            self._held += 1
            return True
        if self.reserved_usd <= 0:
            raise BudgetReached(
                f"budget_usd: {self.spent_usd:.4f} of {self._cap_usd:g} USD spent and the next "
                f"call could cost {most_usd:.4f}; raise --budget-usd and run the same command again"
            )
        return False

    def settle(self, most_usd: float, cost_usd: float) -> None:
        """Give a reservation back and count what the call did cost."""
        if self._cap_usd is not None:
            self.reserved_usd = max(0.0, self.reserved_usd - most_usd)
            self._held -= 1
            if not self._held:
                self.reserved_usd = 0.0
        self.spent_usd += cost_usd
