"""Turn what the engine counts and what lies in the run folder into the live line's numbers."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from tasks.doors.pages.display import Snapshot
from tasks.doors.storage import shards
from tasks.doors.storage.places import is_object
from tasks.packs.pack import load_pack, stages_of
from tasks.runs.watch import LOOK_S

if TYPE_CHECKING:
    # LiteLLM comes with it, which takes seconds to import.
    from tasks.buying.orders import Progress


def _calls_a_row(settings: RunSettings) -> int:
    """Return how many calls a row costs in an epoch, if it passes everything."""
    stages = stages_of(load_pack(settings.pack))
    asked = [stage.traits.role for stage in stages if stage.traits.role is not None]
    return len([role for role in asked if role != "judge" or settings.gain_check])


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
        self._calls_a_row = _calls_a_row(settings)
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
            self._look_again_at = now + (LOOK_S if is_object(self._folder.root) else 0.0)
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
            self._count(self._folder.stage_shards(number, Stage.ELIMINATE))

    def _count(self, paths: list[Path]) -> None:
        for path in paths:
            if path not in self._judged:
                reasons = shards.read_table(path, columns=["reason"])["reason"].to_pylist()
                self._judged[path] = (len(reasons), reasons.count(Reason.KEPT.value))
