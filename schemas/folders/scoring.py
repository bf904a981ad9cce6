"""Where everything of a scoring lies. Nobody else joins paths.

RUN/scores/ for a run, FILE.scores/ for a file of instructions:

run.json              settings, hashes, versions, state
difficulty.parquet    a sample of instructions, each with its difficulty
versions.parquet      a sample of lines, their versions compared with one another
embeddings.parquet    the instructions of the report's map as a model's points
calls.parquet         every completed call
manifest.json         files, rows, sha256: the commit
work/                 shards between stages, ledger, lock: our business

It is a run of one epoch, number 0. Shards with instructions come first, then those with lines, then
the one with the map's instructions, where a model is asked for their points.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from schemas.folders.run import RunFolder

ScoringTable = Literal["difficulty", "versions", "embeddings", "calls"]
EPOCH = 0
"""The one epoch of a scoring."""
SHARDS = 8
"""Shards of instructions, and as many of lines. A line's shard depends on nothing but its id: where
a run has grown, what was bought for a line is found where it was."""
MAP_SHARD = 2 * SHARDS
"""The shard with the map's instructions."""


@dataclass(frozen=True, slots=True)
class ScoringFolder(RunFolder):
    """The addresses of one scoring."""

    def scored(self, table: ScoringTable) -> Path:
        """One of the tables that users open."""
        return self.root / f"{table}.parquet"


def scores_of(run: RunFolder) -> ScoringFolder:
    """Return where a run's scores lie."""
    return ScoringFolder(run.root / "scores")


def scores_beside(file: Path) -> ScoringFolder:
    """Return where the scores of a file of instructions lie."""
    return ScoringFolder(file.with_name(f"{file.name}.scores"))
