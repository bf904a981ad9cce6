"""Judge the endpoint by what it answered lately: fair, a storm to wait out, or gone.

A lone failure is its row's affair. When many rows fail in a row and nobody succeeds, the endpoint
is to blame: everybody pauses and one call at a time tries again. An endpoint that refuses the key,
the credit, the model or the connection is gone at once. Knows nothing of rows, money or threads.
"""

import logging
import math
from collections import deque
from collections.abc import Callable

from schemas.errors import ModelUnavailable, Retryable, RowFault

log = logging.getLogger("evolflow.weather")

_AUTH_STREAK = 3
_REFUSED_S = 5.0
_STORM_ROWS = 10
_PATIENCE_S = 900.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_RECENT = 64
_CALM_SHARE = 0.25


ITS_OWN = ("bad_answer", "no_endpoint", "withheld", "empty")
"""Kinds of failure that are a row's own where others are answered."""


class Weather:
    """What the endpoint answered lately; used from the engine's thread alone."""

    def __init__(self, clock: Callable[[], float], *, concurrency: int) -> None:
        """Begin fair.

        Args:
            clock: Seconds, monotonic.
            concurrency: Calls in flight at most; a storm needs several rows to be told from a row.
        """
        self._clock = clock
        self._storm_rows = min(_STORM_ROWS, max(3, concurrency))
        self._failed_rows: set[str] = set()
        self._auth_streak = 0
        self._streak_began: float | None = None
        self._pause_s = _FIRST_PAUSE_S
        self._refused_rows: set[str] = set()
        self._denied_rows: set[str] = set()
        self.successes = 0
        self.answers = 0
        self._paused_until = 0.0
        self._probe: str | None = None
        self._recent: deque[bool] = deque(maxlen=_RECENT)

    @property
    def storm(self) -> bool:
        """True while nobody gets an answer."""
        return len(self._failed_rows) >= self._storm_rows

    @property
    def is_calm(self) -> bool:
        """True while failures are the exception: each is most likely gone when asked again."""
        return self._recent.count(False) <= _CALM_SHARE * _RECENT

    def wait_s(self) -> float:
        """Return the seconds until a call may be sent; in a storm, one after each pause may."""
        if not self.storm:
            return 0.0
        if self._probe is not None:
            return math.inf
        return max(0.0, self._paused_until - self._clock())

    def note_sent(self, row_id: str) -> None:
        """A row's call was sent; in a storm it is the one that tries."""
        if self.storm:
            self._probe = row_id

    def note_success(self) -> None:
        """Somebody got an answer, be it that the request was a bad one."""
        if self.storm:
            log.warning("the endpoint answers again; going on")
        self.successes += 1
        self._recent.append(True)
        self._probe = None
        self._failed_rows.clear()
        self._auth_streak = 0
        self._streak_began = None
        self._pause_s = _FIRST_PAUSE_S

    def note_refusal(self, row_id: str, error: RowFault) -> None:
        """Somebody was told that the request is a bad one: the endpoint is alive.

        Raises:
            ModelUnavailable: Everybody was told so, and nobody ever got an answer; or access was
                denied to many since anybody did.
        """
        if error.is_answer:
            self.note_answer()
            return
        (self._denied_rows if error.is_access else self._refused_rows).add(row_id)
        refused = self._denied_rows if self.answers else self._denied_rows | self._refused_rows
        if len(refused) >= _STORM_ROWS:
            raise ModelUnavailable(gone(error))
        if not error.is_access:
            self.note_success()

    def note_answer(self) -> None:
        """Somebody got an answer."""
        self.answers += 1
        self._refused_rows.clear()
        self._denied_rows.clear()
        self.note_success()

    def note_failure(self, row_id: str, error: Retryable) -> None:
        """Somebody did not.

        Raises:
            ModelUnavailable: The endpoint is gone: waiting will not help.
        """
        now = self._clock()
        self._recent.append(False)
        # Calls sent before the storm may still fail while one tries.
        if self._probe == row_id:
            self._probe = None
        if self._streak_began is None:
            self._streak_began = now
        lasted_s = now - self._streak_began
        is_auth = error.kind == "auth" or (error.kind == "no_endpoint" and not self.answers)
        self._auth_streak = self._auth_streak + 1 if is_auth else 0
        is_gone = (
            self._auth_streak >= _AUTH_STREAK
            or (error.kind == "refused" and lasted_s >= _REFUSED_S)
            or (self.storm and lasted_s >= _PATIENCE_S)
        )
        if is_gone:
            raise ModelUnavailable(gone(error))
        if is_auth or error.kind == "refused":
            return
        # An endpoint that answers others, and these rows with nothing usable, is there.
        if error.kind not in ITS_OWN or not self.answers:
            self._failed_rows.add(row_id)
        if self.storm and now >= self._paused_until:
            self._pause(now, error)

    def _pause(self, now: float, error: Retryable) -> None:
        wait_s = max(self._pause_s, error.retry_after_s or 0.0)
        self._paused_until = now + wait_s
        self._pause_s = min(_LONGEST_PAUSE_S, self._pause_s * 2)
        log.warning("nobody gets an answer (%s); trying again in %.0f s", error, wait_s)


def gone(error: Retryable | RowFault) -> str:
    """Return what a run that stops for its endpoint says, in the provider's words."""
    is_out_of_reach = isinstance(error, Retryable) and error.kind == "refused"
    what = "cannot be reached" if is_out_of_reach else "refuses every call"
    return (
        f"the model endpoint {what}: {error}; mend that and run the same command "
        "again: what was paid for is kept"
    )
