"""Spread calls evenly over time: requests and tokens a minute, as rates that can change.

Evenly, not in bursts: a minute's worth sent at once is refused by providers that count by the
second. Each call books its share of the time to come (the generic cell rate algorithm); a little of
the time that was missed may be caught up. Knows no clock but the one that it is given.
"""

from dataclasses import dataclass

_MINUTE_S = 60.0
_CATCH_UP_S = 0.25


@dataclass
class Rate:
    """One limit: so many units a minute, None for no limit."""

    a_minute: float | None
    _booked_until: float = 0.0

    def wait_s(self, now: float) -> float:
        """Return the seconds until the next call may go."""
        return 0.0 if self.a_minute is None else max(0.0, self._booked_until - now)

    def book(self, now: float, units: float) -> None:
        """Count a call that goes now."""
        if self.a_minute is not None:
            start = max(self._booked_until, now - _CATCH_UP_S)
            self._booked_until = start + units * _MINUTE_S / self.a_minute


class Pace:
    """Requests and tokens a minute; used from one thread."""

    def __init__(self, *, rpm: float | None, tpm: float | None) -> None:
        """Set the limits; None means no limit.

        Args:
            rpm: Requests a minute.
            tpm: Tokens a minute.
        """
        self.requests = Rate(rpm)
        self.tokens = Rate(tpm)

    def wait_s(self, now: float) -> float:
        """Return the seconds until one more call fits."""
        return max(self.requests.wait_s(now), self.tokens.wait_s(now))

    def book(self, now: float, tokens: int) -> None:
        """Count a call of about that many tokens that goes now."""
        self.requests.book(now, 1)
        self.tokens.book(now, tokens)
