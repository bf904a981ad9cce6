"""Wait as long as an endpoint asks, within the user's bound, and say so.

Turns what an endpoint asks to wait into what is waited. Who waits is not its business.
"""

import logging
import math
import time

from schemas.errors import Retryable

log = logging.getLogger("evolflow.patience")

_WORTH_SAYING_S = 5.0
_CAUSE_CHARS = 160


class Patience:
    """The longest wait, and until when it was said that somebody waits; used from one thread."""

    def __init__(self, longest_s: float) -> None:
        """Begin without a wait.

        Args:
            longest_s: Of one wait; seconds.
        """
        self._longest_s = longest_s
        self._said_until = -math.inf

    def bound(self, error: Retryable, model: str) -> None:
        """Cut down what an error asks to wait to the bound; said once for all that wait as long."""
        asked_s = error.retry_after_s
        if asked_s is None:
            return
        error.retry_after_s = wait_s = min(asked_s, self._longest_s)
        # The clock on the wall may step; what was said holds for a length of time.
        until = time.monotonic() + wait_s
        if wait_s < _WORTH_SAYING_S or until <= self._said_until + _WORTH_SAYING_S:
            return
        self._said_until = until
        clipped = f" (it asks for {asked_s:,.0f} s)" if asked_s > wait_s else ""
        log.warning(
            "%s asks to wait: %s; waiting %.0f s%s, until %s", model, str(error)[:_CAUSE_CHARS],
            wait_s, clipped, time.strftime("%H:%M:%S", time.localtime(time.time() + wait_s)),
        )  # fmt: skip
