"""Turn what the engine counts and what lies in the run folder into the live line's numbers."""

import math
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from schemas.evaluation import EvaluationStage
from schemas.evaluation_folder import EPOCH
from schemas.evaluation_settings import EvaluationSettings
from schemas.reason import Reason
from schemas.run_folder import RunFolder
from schemas.scoring import ScoringStage
from schemas.settings import RunSettings
from tasks.doors import shards
from tasks.doors.display import Snapshot
from tasks.doors.places import is_object

if TYPE_CHECKING:
    # LiteLLM comes with it, which takes seconds to import.
    from tasks.orders import Progress


_LOOK_S = 5.0
"""Between two looks at an object store, each of which is some requests to be paid for."""


class Watcher(Protocol):
    """Whoever says how a run goes."""

    def snapshot(self, progress: "Progress") -> Snapshot:
        """Return the numbers of this moment."""


class Watch:
    """Remembers what it has counted, so that looking four times a second costs little."""

    def __init__(
        self, folder: RunFolder, settings: RunSettings, *, clock: Callable[[], float]
    ) -> None:
        """Watch a run.

        Args:
            folder: May not exist yet.
            settings: How many epochs and which calls there will be.
            clock: Seconds, monotonic.
        """
        self._folder = folder
        self._epochs = range(1, settings.epochs + 1)
        self._calls_a_row = 3 if settings.gain_check else 2
        self._clock = clock
        self._began = clock()
        self._judged: dict[Path, tuple[int, int]] = {}
        self._rows_before: int | None = None
        self._rows = 0
        self._epoch = 0
        self._look_again_at = -math.inf

    def snapshot(self, progress: "Progress") -> Snapshot:
        """Return the numbers of this moment."""
        now = self._clock()
        if now >= self._look_again_at:
            self._look_again_at = now + (_LOOK_S if is_object(self._folder.root) else 0.0)
            self._look()
        rows = self._rows
        done = sum(judged for judged, _ in self._judged.values())
        kept = sum(kept for _, kept in self._judged.values())
        if self._rows_before is None:
            self._rows_before = done
        past_s = self._clock() - self._began
        rate = progress.calls / past_s if past_s > 0 else 0.0
        expected = (rows * len(self._epochs) - self._rows_before) * self._calls_a_row
        return Snapshot(
            what=f"epoch {self._epoch}/{len(self._epochs)}",
            rows_done=done,
            rows_total=rows * len(self._epochs),
            kept_share=kept / done if done else None,
            calls=progress.calls,
            calls_a_second=rate,
            tokens=progress.prompt_tokens + progress.completion_tokens,
            spent_usd=progress.spent_usd if progress.is_priced else None,
            eta_s=max(0, expected - progress.calls) / rate if rate > 0 else None,
        )

    def _look(self) -> None:
        """Count what lies in the run folder now."""
        self._rows = sum(shards.count_rows(path) for path in self._folder.pool_shards(0))
        self._epoch = max((e for e in self._epochs if self._folder.pool_shards(e)), default=0)
        for number in self._epochs:
            self._count(self._folder.stage_shards(number, "eliminate"))

    def _count(self, paths: list[Path]) -> None:
        for path in paths:
            if path not in self._judged:
                reasons = shards.read_table(path, columns=["reason"])["reason"].to_pylist()
                self._judged[path] = (len(reasons), reasons.count(Reason.KEPT.value))


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
            self._look_again_at = now + (_LOOK_S if is_object(self._folder.root) else 1.0)
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


class _ShardWatch:
    """Counts the rows that are through, shard by shard."""

    what: str
    stages: type[StrEnum]
    """Those that end a shard's way: any of them."""

    def __init__(self, folder: RunFolder, *, clock: Callable[[], float]) -> None:
        """Watch.

        Args:
            folder: May not exist yet.
            clock: Seconds, monotonic.
        """
        self._folder = folder
        self._clock = clock
        self._began = clock()
        self._look_again_at = -math.inf
        self._rows = self._done = 0

    def snapshot(self, progress: "Progress") -> Snapshot:
        """Return the numbers of this moment; how long it takes depends on lines not yet looked at."""
        now = self._clock()
        if now >= self._look_again_at:
            self._look_again_at = now + (_LOOK_S if is_object(self._folder.root) else 1.0)
            self._look()
        past_s = now - self._began
        return Snapshot(
            what=self.what,
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
            for stage in self.stages
            for path in self._folder.stage_shards(EPOCH, stage)
        }
        done = [
            n for n, path in zip(rows, pools, strict=True) if path.name.rpartition("-")[2] in scored
        ]
        self._rows, self._done = sum(rows), sum(done)


class ScoringWatch(_ShardWatch):
    """Counts the rows that are scored."""

    what = "scoring"
    stages = ScoringStage


class AnswerWatch(_ShardWatch):
    """Counts the items that are answered."""

    what = "prediction"
    stages = EvaluationStage
