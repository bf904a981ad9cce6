"""Turn what an engine counts and what lies in a run folder into the live line's numbers.

What the watches of all kinds of run share, and the watch of those that take shards through once.
"""

import math
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from schemas.folders.evaluation import EPOCH
from schemas.folders.run import RunFolder
from tasks.doors.pages.display import Snapshot
from tasks.doors.storage import shards
from tasks.doors.storage.places import is_object

if TYPE_CHECKING:
    # LiteLLM comes with it, which takes seconds to import.
    from tasks.buying.orders import Progress


LOOK_S = 5.0
"""Between two looks at an object store, each of which is some requests to be paid for."""


class Watcher(Protocol):
    """Whoever says how a run goes."""

    def snapshot(self, progress: "Progress") -> Snapshot:
        """Return the numbers of this moment."""


class ShardWatch:
    """Counts the rows that are through, shard by shard."""

    def __init__(
        self, what: str, stages: type[StrEnum], folder: RunFolder, *, clock: Callable[[], float]
    ) -> None:
        """Watch.

        Args:
            what: What works.
            stages: Those that end a shard's way: any of them.
            folder: May not exist yet.
            clock: Seconds, monotonic.
        """
        self._what, self._stages = what, stages
        self._folder = folder
        self._clock = clock
        self._began = clock()
        self._look_again_at = -math.inf
        self._rows = self._done = 0

    def snapshot(self, progress: "Progress") -> Snapshot:
        """Return the numbers of this moment; how long it takes depends on lines not yet looked at."""
        now = self._clock()
        if now >= self._look_again_at:
            self._look_again_at = now + (LOOK_S if is_object(self._folder.root) else 1.0)
            self._look()
        past_s = now - self._began
        return Snapshot(
            what=self._what,
            rows_done=self._done,
            rows_total=self._rows,
            kept_share=None,
            calls=progress.calls,
            calls_a_second=progress.calls / past_s if past_s > 0 else 0.0,
            tokens=progress.prompt_tokens + progress.completion_tokens,
            spent_usd=progress.spent_usd if progress.is_priced else None,
            eta_s=None,
        )

    def _look(self) -> None:
        pools = self._folder.pool_shards(EPOCH)
        rows = [shards.count_rows(path) for path in pools]
        scored = {
            path.name.rpartition("-")[2]
            for stage in self._stages
            for path in self._folder.stage_shards(EPOCH, stage)
        }
        done = [
            n for n, path in zip(rows, pools, strict=True) if path.name.rpartition("-")[2] in scored
        ]
        self._rows, self._done = sum(rows), sum(done)
