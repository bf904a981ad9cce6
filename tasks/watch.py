"""Turn what the engine counts and what lies in the run folder into the live line's numbers."""

from collections.abc import Callable
from pathlib import Path

from schemas.reason import Reason
from schemas.run_folder import RunFolder
from tasks.doors import shards
from tasks.doors.display import Snapshot
from tasks.engine import Progress


class Watch:
    """Remembers what it has counted, so that looking four times a second costs little."""

    def __init__(self, folder: RunFolder, epochs: int, *, clock: Callable[[], float]) -> None:
        """Watch a run.

        Args:
            folder: May not exist yet.
            epochs: Rounds of evolution.
            clock: Seconds, monotonic.
        """
        self._folder = folder
        self._epochs = epochs
        self._clock = clock
        self._began = clock()
        self._judged: dict[Path, tuple[int, int]] = {}
        self._rows_at_start: int | None = None

    def snapshot(self, progress: Progress) -> Snapshot:
        """Return the numbers of this moment."""
        epochs = range(1, self._epochs + 1)
        epoch = max((e for e in epochs if self._folder.pool_shards(e)), default=0)
        rows = sum(shards.count_rows(path) for path in self._folder.pool_shards(min(epoch, 1)))
        for number in epochs:
            self._look(self._folder.stage_shards(number, "eliminate"))
        done = sum(judged for judged, _ in self._judged.values())
        kept = sum(kept for _, kept in self._judged.values())
        if self._rows_at_start is None:
            self._rows_at_start = done
        past_s = self._clock() - self._began
        total = rows * self._epochs
        pace = (done - self._rows_at_start) / past_s if past_s > 0 else 0.0
        return Snapshot(
            epoch=epoch,
            epochs=self._epochs,
            rows_done=done,
            rows_total=total,
            kept_share=kept / done if done else None,
            calls=progress.calls,
            calls_a_second=progress.calls / past_s if past_s > 0 else 0.0,
            tokens=progress.prompt_tokens + progress.completion_tokens,
            spent_usd=progress.spent_usd,
            eta_s=(total - done) / pace if pace > 0 else None,
        )

    def _look(self, paths: list[Path]) -> None:
        for path in paths:
            if path not in self._judged:
                reasons = shards.read_table(path, columns=["reason"])["reason"].to_pylist()
                self._judged[path] = (len(reasons), reasons.count(Reason.KEPT.value))
