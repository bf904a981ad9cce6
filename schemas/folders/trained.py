"""Where everything of a fine-tuning lies. Nobody else joins paths.

TRAINED/run.json              settings, hashes, versions, state
TRAINED/rows.jsonl            what it learns from: one prompt and response a line
TRAINED/losses.parquet        one row a logged step
TRAINED/results.json          counts and figures, for machines
TRAINED/model/                the whole model, of a full fine-tune: safetensors, chat template …
TRAINED/adapter/              what was learned, to be merged with its base; of LoRA and QLoRA
TRAINED/manifest.json         files and sha256: the commit
TRAINED/report/index.html     the one-page report
TRAINED/work/                 checkpoints, logs, lock: our business

A model's folder, merged or not, holds `evolflow-model.json`: what a server must know of it.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from schemas.folders.run import RunFolder

CARD = "evolflow-model.json"
TEMPLATE = "chat_template.jinja"


class Probe(BaseModel):
    """A message, and how many tokens it is with everything that the chat template puts around it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message: str
    prompt_tokens: int


class ModelCard(BaseModel):
    """What a model's folder says of itself: how it was trained, and so how it must be asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt_format: str
    """Name of the format that it was trained with."""
    chat_template_sha256: str
    """Of the file `chat_template.jinja` beside it, as it was trained with."""
    max_length_tokens: int
    """Longest prompt and response together that it was trained on; tokens."""
    probe: Probe
    """By which a server shows that it uses the template."""
    base: str
    """What it was trained from, by name."""
    method: str
    data_sha256: str
    """Of the rows that it learned from."""


@dataclass(frozen=True, slots=True)
class TrainedFolder(RunFolder):
    """The addresses of one fine-tuning."""

    @property
    def rows(self) -> Path:
        """What it learns from: one prompt and response a line."""
        return self.root / "rows.jsonl"

    @property
    def losses(self) -> Path:
        """One row a logged step."""
        return self.root / "losses.parquet"

    @property
    def model(self) -> Path:
        """The whole model, of a full fine-tune."""
        return self.root / "model"

    @property
    def adapter(self) -> Path:
        """What was learned, of LoRA and QLoRA."""
        return self.root / "adapter"

    @property
    def results(self) -> Path:
        """Counts and figures, for machines."""
        return self.root / "results.json"

    @property
    def own_base(self) -> Path:
        """The model that was made on the spot, where there was none."""
        return self.work / "base"

    @property
    def draft(self) -> Path:
        """What the training process leaves: the model, or the adapter."""
        return self.work / "draft"

    @property
    def checkpoints(self) -> Path:
        """From where a stopped fine-tuning goes on."""
        return self.work / "checkpoints"

    @property
    def training_log(self) -> Path:
        """What the training process prints."""
        return self.work / "training.log"

    @property
    def job(self) -> Path:
        """What the training process is told to do."""
        return self.work / "job.json"

    @property
    def steps(self) -> Path:
        """What the training process says while it works: one record a line."""
        return self.work / "steps.jsonl"
