"""Where everything of an evaluation lies. Nobody else joins paths.

RUN/run.json                      settings, hashes, versions, state
RUN/items/part-00000.parquet      the test set as it was read
RUN/answers/part-00000.parquet    every system's answers
RUN/judgments/part-00000.parquet  every game: scores, outcome, the judge's own words
RUN/calls/part-00000.parquet      every completed call
RUN/results.json                  the figures, for machines
RUN/agreement.json                people's figures, for machines
RUN/manifest.json                 files, rows, sha256: the commit
RUN/report/index.html             the one-page report
RUN/votes/…                       people's votes: one append-only file, and what was shown to whom
RUN/work/                         shards between stages, ledger, lock: our business

It is a run of one epoch, number 0, whose pool are the test items.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from schemas.folders.run import RunFolder

EvaluationTable = Literal["items", "answers", "judgments", "calls"]
EVALUATION_TABLES: tuple[EvaluationTable, ...] = ("items", "answers", "judgments", "calls")
EPOCH = 0
"""The one epoch of an evaluation."""


@dataclass(frozen=True, slots=True)
class EvaluationFolder(RunFolder):
    """The addresses of one evaluation."""

    @property
    def results(self) -> Path:
        """The figures, for machines."""
        return self.root / "results.json"

    @property
    def votes(self) -> Path:
        """People's votes, one record an event, oldest first."""
        return self.root / "votes" / f"votes{self._ledger_ending}"

    @property
    def ranking(self) -> Path:
        """What people are shown: items, systems, aspects, and the secret of the shuffle."""
        return self.root / "votes" / "ranking.json"

    @property
    def ranking_lock(self) -> Path:
        """Held by the one process that writes votes."""
        return self.root / "votes" / "lock"

    @property
    def agreement(self) -> Path:
        """How far people agree, with one another and with the judge; for machines."""
        return self.root / "agreement.json"

    def parts(self, table: EvaluationTable) -> Path:
        """Folder of one table's parts."""
        return self.root / table

    def table_part(self, table: EvaluationTable, number: int = 0) -> Path:
        """One part of a table."""
        return self.parts(table) / f"part-{number:05d}.parquet"
