"""Die at a named point, for tests of what a killed process leaves behind.

EVOLFLOW_FAILPOINT=name:n kills this process, as `kill -9` does, when it reaches the point for the
n-th time. Points: `answer-received` (an answer is here, but not in the ledger yet), `answer-kept`
(answers are in the ledger, but their shard is not written yet), `vote-received` and `vote-kept` (a
person's vote, before and after it is on the disk).
"""

import itertools
import os
import signal

_NAME, _, _NTH = os.environ.get("EVOLFLOW_FAILPOINT", "").partition(":")
_DEADLY = int(_NTH or 1)
_reached = itertools.count(1)


def reach(name: str) -> None:
    """Pass a point; any thread may. Nothing happens unless the environment names it."""
    if name == _NAME and next(_reached) == _DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
