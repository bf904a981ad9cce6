"""Spread calls evenly over time: requests and tokens a minute, by the library aiolimiter.

Evenly, not in bursts: a minute's worth sent at once is refused by providers that count by the second.
"""

from aiolimiter import AsyncLimiter

_WINDOW_S = 1.0


class Pace:
    """A speed limit for one event loop."""

    def __init__(self, *, rpm: int | None, tpm: int | None) -> None:
        """Set the limits; None means no limit.

        Args:
            rpm: Requests a minute.
            tpm: Tokens a minute.
        """
        self._requests = AsyncLimiter(1, 60 / rpm) if rpm else None
        self._tpm = tpm
        self._tokens = AsyncLimiter(max(1.0, tpm / 60 * _WINDOW_S), _WINDOW_S) if tpm else None

    async def wait(self, tokens: int) -> None:
        """Return when one more request of about that many tokens fits."""
        if self._requests:
            await self._requests.acquire()
        if self._tokens:
            left = float(tokens)
            # A request may be larger than a second's worth; it takes its seconds one after another.
            while left > 0:
                bite = min(left, self._tokens.max_rate)
                await self._tokens.acquire(bite)
                left -= bite
