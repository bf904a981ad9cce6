"""Where everything of a run lies. Nobody else joins paths.

RUN/run.json                                settings, hashes, versions, state
RUN/dataset/epoch-1/part-00000.parquet      survivors
RUN/eliminated/epoch-1/part-00000.parquet   what failed, with reason and evidence
RUN/calls/epoch-1/part-00000.parquet        every completed call
RUN/manifest.json                           files, rows, sha256: the commit
RUN/validation.json                         the finished dataset against the rules
RUN/report/index.html                       the one-page report
RUN/work/                                   shards between stages, ledger, lock: our business

RUN may lie on an object store. Nothing can be appended to there, so a ledger is a folder of segments.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from schemas.stages import Stage

Table = Literal["dataset", "eliminated", "calls"]
TABLES: tuple[Table, ...] = ("dataset", "eliminated", "calls")
_EPOCH = re.compile(r"epoch-(0|[1-9][0-9]{0,8})")
SETTLED = "advance"
"""What a shard is called whose verdicts are settled, after its last stage."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The addresses of one run."""

    root: Path

    @property
    def run_json(self) -> Path:
        """Settings, prompt hashes, versions, seed file's sha256, state."""
        return self.root / "run.json"

    @property
    def manifest(self) -> Path:
        """What is committed; written last."""
        return self.root / "manifest.json"

    @property
    def validation(self) -> Path:
        """What the rules find in the finished dataset."""
        return self.root / "validation.json"

    @property
    def report(self) -> Path:
        """The one-page report."""
        return self.root / "report" / "index.html"

    @property
    def work(self) -> Path:
        """The program's own business."""
        return self.root / "work"

    @property
    def lock(self) -> Path:
        """Held by the one process that runs this folder."""
        return self.work / "lock"

    @property
    def share(self) -> Path:
        """How an epoch's limits are divided among processes, and whether they shall stop."""
        return self.work / "share.json"

    @property
    def given_up(self) -> Path:
        """Which answers were given up on purpose, and are to be bought anew."""
        return self.work / "given-up.json"

    @property
    def seal(self) -> Path:
        """What all files were like when the run was done."""
        return self.work / "finished.json"

    @property
    def log(self) -> Path:
        """The run's log, one line a shard."""
        return self.work / "run.log"

    def lesson(self, name: str) -> Path:
        """One thing that a model was found not to take."""
        return self.work / "lessons" / f"{name}.json"

    def lessons(self) -> list[Path]:
        """All that models were found not to take."""
        return sorted((self.work / "lessons").glob("*.json"))

    def pool_shard(self, epoch: int, shard: int) -> Path:
        """Parents that enter an epoch; epoch 0 holds the seeds as they were read."""
        return self._epoch(epoch) / f"pool-{shard:05d}.parquet"

    def pool_shards(self, epoch: int) -> list[Path]:
        """All shards that enter an epoch and exist, in shard order."""
        return sorted(self._epoch(epoch).glob("pool-*.parquet"))

    def set_aside(self) -> Path:
        """Seed rows that cannot be used, with their reasons."""
        return self._epoch(0) / "set-aside.parquet"

    def stage_shard(self, epoch: int, stage: str, shard: int) -> Path:
        """What a stage made of a shard."""
        return self._epoch(epoch) / f"{stage}-{shard:05d}.parquet"

    def ledger(self, epoch: int, shard: int) -> Path:
        """Answers bought for a shard in an epoch, all stages."""
        return self.work / "ledger" / f"epoch-{epoch}" / f"shard-{shard:05d}{self._ledger_ending}"

    def epochs(self) -> list[int]:
        """Numbers of the epochs for which something was bought, in order."""
        return sorted(
            int(found[1]) for path in self._bought() if (found := _EPOCH.fullmatch(path.name))
        )

    def strange_epochs(self) -> list[Path]:
        """Folders in the place of an epoch's ledgers that no epoch can have; nobody reads them."""
        return sorted(path for path in self._bought() if not _EPOCH.fullmatch(path.name))

    def _bought(self) -> Iterator[Path]:
        return (self.work / "ledger").glob("epoch-*")

    def ledgers(self, epoch: int) -> list[Path]:
        """All ledgers of an epoch that exist, in shard order."""
        folder = self.work / "ledger" / f"epoch-{epoch}"
        return sorted(folder.glob(f"shard-*{self._ledger_ending}"))

    def stage_shards(self, epoch: int, stage: str) -> list[Path]:
        """All of a stage's shards of an epoch that exist, in shard order."""
        return sorted(self._epoch(epoch).glob(f"{stage}-*.parquet"))

    def settled_shards(self, epoch: int) -> list[Path]:
        """All shards with verdicts: the settled ones once all are, until then the judged ones."""
        settled = self.stage_shards(epoch, SETTLED)
        is_whole = len(settled) >= len(self.pool_shards(epoch))
        return settled if is_whole else self.stage_shards(epoch, Stage.ELIMINATE)

    def table(self, table: Table, epoch: int) -> Path:
        """Folder of one table's parts for one epoch."""
        return self.root / table / f"epoch-{epoch}"

    def part(self, table: Table, epoch: int, number: int) -> Path:
        """One part of a table."""
        return self.table(table, epoch) / f"part-{number:05d}.parquet"

    @property
    def _ledger_ending(self) -> str:
        return ".jsonl" if isinstance(self.root, Path) else ""

    def _epoch(self, epoch: int) -> Path:
        return self.work / f"epoch-{epoch}"
