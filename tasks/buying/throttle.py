"""Go as fast as the endpoint lets us: learn its limits from its headers, or from its refusals.

A lone refusal is its row's affair. When refusals come at a rate, everybody holds as long as the
endpoint asks, fewer calls fly at once, and calls go at the rate that got through; both then grow
until the next refusal. Knows nothing of rows, money or threads.
"""

import logging
from collections import deque
from collections.abc import Callable

from schemas.calls.call import Limits
from tasks.buying.rate import Pace

log = logging.getLogger("evolflow.tempo")

_MEMORY = 64
_REFUSED_SHARE = 0.25
_FEWEST_REFUSALS = 4
_FEWEST_TO_LEARN = 10
_HOLD_S = 1.0
_LONGEST_HOLD_S = 60.0
_MINUTE_S = 60.0
_SLOWER = 0.95
_FASTER_SEARCHING = 1.25
_FASTER = 1.01
_CALLS_A_STEP = 16
_SAME_TIME_S = 1.0
_SPARE_SHARE = 0.5
"""Share of a window that may be used in a burst before calls are spread."""


class Tempo:
    """How many calls may fly, and when the next may go; used from the engine's thread alone."""

    def __init__(
        self, clock: Callable[[], float], *, concurrency: int, rpm: int | None, tpm: int | None
    ) -> None:
        """Begin at the user's own limits.

        Args:
            clock: Seconds, monotonic.
            concurrency: Calls in flight at most.
            rpm: Requests a minute; None for no limit.
            tpm: Tokens a minute; None for no limit.
        """
        self._clock = clock
        self._concurrency = concurrency
        self._given = Pace(rpm=rpm, tpm=tpm)
        self._learnt = Pace(rpm=None, tpm=None)
        self._most = float(concurrency)
        self._hold_until = 0.0
        self._outcomes: deque[bool] = deque(maxlen=_MEMORY)
        self._since = clock()
        self._answers_since = 0
        self._steps = 0
        self._is_searching = False

    @property
    def most_in_flight(self) -> int:
        """Calls that may fly at once now."""
        return int(self._most)

    def wait_s(self) -> float:
        """Return the seconds until the next call may go; 0 for now."""
        now = self._clock()
        hold_s = max(0.0, self._hold_until - now)
        return max(hold_s, self._given.wait_s(now), self._learnt.wait_s(now))

    def book(self, tokens: int) -> None:
        """Count a call of about that many tokens that goes now."""
        now = self._clock()
        self._given.book(now, tokens)
        self._learnt.book(now, tokens)

    def note_answer(self) -> None:
        """A call was not refused."""
        self._outcomes.append(True)
        self._answers_since += 1
        self._most = min(self._concurrency, self._most + 1 / self._most)
        rate = self._learnt.requests.a_minute
        if rate is None:
            return
        self._steps += 1
        if self._steps >= _CALLS_A_STEP:
            self._steps = 0
            self._set_rate(rate * (_FASTER_SEARCHING if self._is_searching else _FASTER))

    def note_refusal(self, retry_after_s: float | None) -> None:
        """A call was refused for going too fast (429)."""
        self._outcomes.append(False)
        rate = self._learnt.requests.a_minute
        if rate is not None:
            self._is_searching = False
            self._set_rate(rate * _SLOWER)
        refused = self._outcomes.count(False)
        if refused >= max(_FEWEST_REFUSALS, _REFUSED_SHARE * _MEMORY):
            self._slow_down(retry_after_s)

    def note_limits(self, limits: Limits, in_flight: int) -> None:
        """Heed what the endpoint says of its limits beside an answer.

        Args:
            limits: Of this answer.
            in_flight: Calls that are on their way and not counted in it.
        """
        if _is_scarce(limits.requests_left, limits.requests):
            self._learnt.requests.a_minute = limits.requests
        if _is_scarce(limits.tokens_left, limits.tokens):
            self._learnt.tokens.a_minute = limits.tokens
        left, reset_s = limits.requests_left, limits.requests_reset_s
        if left is not None and reset_s is not None and left <= in_flight:
            self._hold(_until_room_s(left, limits.requests, reset_s, in_flight))
        if limits.tokens_left == 0 and limits.tokens_reset_s is not None:
            self._hold(limits.tokens_reset_s)

    def _hold(self, wait_s: float) -> None:
        until = self._clock() + min(wait_s, _LONGEST_HOLD_S)
        self._hold_until = max(self._hold_until, until)

    def _slow_down(self, retry_after_s: float | None) -> None:
        now = self._clock()
        hold_s = _HOLD_S if retry_after_s is None else min(retry_after_s, _LONGEST_HOLD_S)
        if now < self._hold_until:
            return
        self._hold_until = now + hold_s
        took_s = self._hold_until - self._since
        if self._answers_since >= _FEWEST_TO_LEARN:
            self._set_rate(self._answers_since / took_s * _MINUTE_S)
            self._is_searching = True
        self._most = max(1.0, self._most / 2)
        self._since, self._answers_since = self._hold_until, 0
        self._outcomes.clear()
        log.warning(
            "the endpoint refuses too many calls (429): holding for %.1f s, then %d in flight at "
            "most%s", hold_s, self.most_in_flight, self._rate_text(),
        )  # fmt: skip

    def _rate_text(self) -> str:
        rate = self._learnt.requests.a_minute
        return "" if rate is None else f" and {rate:.0f} a minute"

    def _set_rate(self, a_minute: float) -> None:
        self._learnt.requests.a_minute = max(1.0, a_minute)


def _is_scarce(left: int | None, window: int | None) -> bool:
    return left is not None and window is not None and left < _SPARE_SHARE * window


def _until_room_s(left: int, window: int | None, reset_s: float, in_flight: int) -> float:
    """Return the seconds until one more call fits after those in flight.

    A window opens at its reset. A bucket refills all the time, and names the time until it is full.
    """
    if window:
        a_unit_s = _MINUTE_S / window
        if abs(reset_s - (window - left) * a_unit_s) <= _SAME_TIME_S:
            return (in_flight - left + 1) * a_unit_s
    return reset_s
