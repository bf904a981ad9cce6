"""What a fine-tuning says of itself: its job, what it counts on the way, and its figures.

The training process writes records, one JSON object a line; `record_of` reads them.
"""

from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from schemas.settings.training import TrainingSettings
from schemas.tables.row import SCHEMA_VERSION

TRAINING = "training"
"""Name of the losses of rows that are learned from; the others are held out."""
HELD_OUT = "held out"


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrainJob(_Said):
    """What the training process is told."""

    kind: Literal["train"] = "train"
    settings: TrainingSettings
    base: Path | None
    """Folder of the model; None for one that is made on the spot."""
    chat_template: str | None
    """None to keep the model's own."""
    folder: Path
    """Of the fine-tuning: its rows, its checkpoints, its draft."""
    data_sha256: str


class MergeJob(_Said):
    """What the merging process is told."""

    kind: Literal["merge"] = "merge"
    adapter: Path
    base: Path
    out: Path
    says: Path
    """File for its records."""


class Counts(_Said):
    """What becomes of the rows, before anything is learned."""

    kind: Literal["counts"] = "counts"
    rows: int
    cut: int
    """Rows that are longer than allowed, and keep the beginning of their response."""
    masked: int
    """Rows left out: nothing of their response fits."""
    tokens: int
    """In one pass over the rows that are learned from."""
    response_tokens: int
    """Those on which there is a loss."""
    special: int
    """Rows in whose text a special token of the model is written, which it will read as one."""
    longest: int
    """Longest row before cutting; tokens."""
    thinking: int = 0
    """Rows with what was thought before the answer: its tokens are response tokens."""


class Step(_Said):
    """One point of the loss chart."""

    kind: Literal["step"] = "step"
    step: int
    epoch: float
    part: str
    """Rows that are learned from, or those held out."""
    loss: float
    token_accuracy: float | None = None
    """0 to 1."""
    learning_rate: float | None = None
    grad_norm: float | None = None


class Begun(_Said):
    """How far the way is, once it is known."""

    kind: Literal["begun"] = "begun"
    steps: int
    from_step: int
    """0, or that of the checkpoint it goes on from."""
    device: str
    precision: str
    parameters: int
    trained_parameters: int
    prompt: str
    """The first row as the model sees it, up to its response."""


class Done(_Said):
    """How it ended."""

    kind: Literal["done"] = "done"
    seconds: float
    """Spent on steps by the process that ended it."""
    steps: int


class Stopped(_Said):
    """It was asked to stop, and kept a checkpoint."""

    kind: Literal["stopped"] = "stopped"
    step: int


class Fault(_Said):
    """Why it cannot go on, for the user."""

    kind: Literal["fault"] = "fault"
    message: str


Record = Annotated[Counts | Step | Begun | Done | Stopped | Fault, Field(discriminator="kind")]
_RECORD: TypeAdapter[Record] = TypeAdapter(Record)


def record_of(line: str) -> Record:
    """Return what a line of the training process says.

    Raises:
        ValueError: It is no such line.
    """
    return _RECORD.validate_json(line)


class Figures(BaseModel):
    """results.json: what was learned from what, and how it went."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    counts: Counts
    begun: Begun
    done: Done
    left_out: dict[str, int]
    """Rows of the mix or run without a response."""
    held_out_rows: int
    first_loss: float
    last_loss: float
    held_out_loss: float | None
    versions: dict[str, str]
    """Of the packages that trained it."""


LOSSES = pa.schema(
    [
        pa.field("step", pa.int64(), nullable=False),
        pa.field("epoch", pa.float64(), nullable=False),
        pa.field("part", pa.string(), nullable=False),
        pa.field("loss", pa.float64(), nullable=False),
        pa.field("token_accuracy", pa.float64()),
        pa.field("learning_rate", pa.float64()),
        pa.field("grad_norm", pa.float64()),
    ],
    metadata={"evolflow.table": "losses", "evolflow.version": SCHEMA_VERSION},
)
"""One row a point of the loss chart."""

BY_NAME: dict[str, pa.Schema] = {"losses": LOSSES}
"""Every schema of a fine-tuning by the name that its files carry in their metadata."""
