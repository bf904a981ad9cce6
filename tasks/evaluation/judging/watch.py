"""Turn what the engine counts and what lies in an evaluation's folder into the live line's numbers."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from schemas.folders.evaluation import EPOCH
from schemas.folders.run import RunFolder
from schemas.settings.evaluation import EvaluationSettings
from schemas.tables.evaluation import EvaluationStage
from tasks.doors.pages.display import Snapshot
from tasks.doors.storage import shards
from tasks.doors.storage.places import is_object
from tasks.runs.watch import LOOK_S

if TYPE_CHECKING:
    # LiteLLM comes with it, which takes seconds to import.
    from tasks.buying.orders import Progress


class EvaluationWatch:
    """Counts the items that are judged."""

    def __init__(
        self, folder: RunFolder, settings: EvaluationSettings, *, clock: Callable[[], float]
    ) -> None:
        """Watch an evaluation.

        Args:
            folder: May not exist yet.
            settings: Which calls there will be.
            clock: Seconds, monotonic.
        """
        games = 2 if settings.protocol == "both-orders" else 1
        n_models = sum(one.file is None for one in settings.those)
        self._calls_an_item = n_models + games * len(settings.compared)
        self._canary_calls = games * settings.canary_items
        self._folder = folder
        self._clock = clock
        self._began = clock()
        self._done_before: int | None = None
        self._look_again_at = -math.inf
        self._items = self._done = 0

    def snapshot(self, progress: "Progress") -> Snapshot:
        """Return the numbers of this moment."""
        now = self._clock()
        if now >= self._look_again_at:
            self._look_again_at = now + (LOOK_S if is_object(self._folder.root) else 1.0)
            self._look()
        if self._done_before is None:
            self._done_before = self._done
        past_s = now - self._began
        rate = progress.calls / past_s if past_s > 0 else 0.0
        expected = (self._items - self._done_before) * self._calls_an_item + self._canary_calls
        return Snapshot(
            what="evaluation",
            rows_done=self._done,
            rows_total=self._items,
            kept_share=None,
            calls=progress.calls,
            calls_a_second=rate,
            tokens=progress.prompt_tokens + progress.completion_tokens,
            spent_usd=progress.spent_usd if progress.is_priced else None,
            eta_s=max(0, expected - progress.calls) / rate if rate > 0 else None,
        )

    def _look(self) -> None:
        """Count the items whose shards are judged."""
        pools = self._folder.pool_shards(EPOCH)
        rows = [shards.count_rows(path) for path in pools]
        judged = [
            self._folder.stage_shard(EPOCH, EvaluationStage.JUDGE, n) for n in range(len(pools))
        ]
        self._items = sum(rows)
        self._done = sum(n for n, path in zip(rows, judged, strict=True) if path.exists())
