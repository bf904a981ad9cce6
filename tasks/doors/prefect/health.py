"""Ask whether a Prefect server answers, and notice when it has stopped to.

Turns an address into yes or no within seconds. A process that is there may still say nothing: stopped,
stuck, or starved. Knows neither whose server it is nor what is done about it.
"""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable

_ANSWER_S = 5.0
_WATCH_S = 2.0
LOST_S = 20.0
"""A server that has said nothing for so long is taken for lost."""
_FEWEST_IN_VAIN = 3
"""Where this process was stopped itself, time alone says nothing of the server."""
_WANTS_KEY = (401, 403)
"""What a server says that is there; Prefect's client brings the key."""


class Watch:
    """Asks a server again and again, in a thread of its own."""

    def __init__(
        self,
        address: str,
        lost: Callable[[int], None],
        is_up: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take what is asked.

        Args:
            address: Of the server's API, without a slash at its end.
            lost: Called when it has not answered for LOST_S, with how often that was so since it last
                answered.
            is_up: Whether it can be expected to answer; a server that boots is not asked.
        """
        self.is_silent = False
        """Whether it left the last question without an answer."""
        self._address, self._lost, self._is_up = address, lost, is_up
        self._is_over = threading.Event()

    def start(self) -> None:
        """Begin to ask."""
        threading.Thread(target=self._watch, name="prefect-server", daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self._is_over.set()

    def _watch(self) -> None:
        heard, in_vain, losses = time.monotonic(), 0, 0
        while not self._is_over.wait(_WATCH_S):
            has_answered = self._is_up() and answers(self._address)
            self.is_silent = self._is_up() and not has_answered
            if not self.is_silent:
                heard, in_vain = time.monotonic(), 0
                losses = 0 if has_answered else losses
                continue
            in_vain += 1
            if in_vain >= _FEWEST_IN_VAIN and time.monotonic() - heard > LOST_S:
                losses += 1
                self._lost(losses)
                heard, in_vain = time.monotonic(), 0


def answers(address: str) -> bool:
    """Tell whether a Prefect server answers within some seconds.

    Args:
        address: Of its API, without a slash at its end.
    """
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=_ANSWER_S) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as e:
        return e.code in _WANTS_KEY
    except (OSError, ValueError):
        return False
