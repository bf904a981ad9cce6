"""How runs stand, as `evolflow status --json` says it and pages and live lines read it.

Knows shapes, not how they are counted. US dollars are None where a price is unknown.
"""

from schemas.documents.document import Document, Number
from schemas.documents.training import Figures


class StageBill(Document):
    """What a stage of an epoch did, and what its calls add up to."""

    rows: int
    """Those that are through."""
    calls: int
    sent: int
    """Requests: a call may need several."""
    failed: int
    """Calls without an answer."""
    unknown: int
    """Requests of which nobody knows how they ended."""
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Number | None
    calls_per_s: float | None
    """None where the calls take no time to speak of."""

    @property
    def tokens(self) -> int:
        """All of them, in and out."""
        return self.prompt_tokens + self.completion_tokens


Stages = dict[str, StageBill]
"""By the stage's name, in their order."""


class Waiting(Document):
    """Requests that were sent and have no answer: they are asked again."""

    sent: int
    unknown: int
    cost_usd: Number
    """At the most."""


class Totals(Document):
    """Sums over stages and over requests that have no answer yet."""

    calls: int
    failed: int
    prompt_tokens: int
    completion_tokens: int
    sent: int
    unknown: int
    cost_usd: Number | None

    @property
    def tokens(self) -> int:
        """All of them, in and out."""
        return self.prompt_tokens + self.completion_tokens


class DatasetRows(Document):
    """What became of all rows of a run."""

    dataset_rows: int
    eliminated_rows: int


class RunTotals(Totals, DatasetRows):
    """Sums over epochs; its rows stand first."""


class EpochStatus(Document):
    """How one epoch of a run stands."""

    epoch: int
    """0 is that of the seeds."""
    rows: int
    judged: int
    kept: int
    kept_by_operation: dict[str, int]
    eliminated: dict[str, dict[str, int]]
    """Rows by reason and operation."""
    stages: Stages
    unanswered_yet: Waiting


class RunStatus(Document):
    """How an evolution stands."""

    run: str
    state: str
    model: str
    epochs: list[EpochStatus]
    """Those that have begun."""
    totals: RunTotals


class _JobStatus(Document):
    """What the status of every other job that buys begins with."""

    run: str
    kind: str
    state: str


class EvaluationStatus(_JobStatus):
    """How an evaluation stands."""

    judge: str
    items: int
    stages: Stages
    totals: Totals


class PredictionStatus(_JobStatus):
    """How a prediction stands."""

    model: str
    items: int
    stages: Stages
    totals: Totals


class ScoringStatus(_JobStatus):
    """How a scoring stands."""

    source: str
    judge: str | None
    rows: int
    """Instructions and versions to be scored."""
    stages: Stages
    totals: Totals


class TrainingStatus(Document):
    """How a fine-tuning stands."""

    state: str
    folder: str
    made: str | None
    """Where the model or adapter lies, once there is one."""
    figures: Figures | None
    """None until it is done."""
