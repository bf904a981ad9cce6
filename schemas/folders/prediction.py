"""Where everything of a prediction lies: an evaluation's folder without judgments.

RUN/run.json                      settings, hashes, versions, state
RUN/items/part-00000.parquet      the test set as it was read
RUN/answers/part-00000.parquet    the model's answers
RUN/calls/part-00000.parquet      every completed call
RUN/answers.json                  the answers for others: alpaca_eval's model outputs
RUN/manifest.json                 files, rows, sha256: the commit
RUN/work/                         shards between stages, ledger, lock: our business
"""

from dataclasses import dataclass
from pathlib import Path

from schemas.folders.evaluation import EvaluationFolder


@dataclass(frozen=True, slots=True)
class PredictionFolder(EvaluationFolder):
    """The addresses of one prediction."""

    @property
    def answers_json(self) -> Path:
        """The answers for others."""
        return self.root / "answers.json"
