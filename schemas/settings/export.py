"""What can be set of an export: the same as a command's arguments and as a form in the Prefect UI."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from schemas.settings.knobs import Address, Text
from schemas.tables.export import Reasoning


class ExportForm(BaseModel):
    """What is handed on, how, and where to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Address = Field(description="Folder of a finished run, or of a mix.")
    format: Text = Field(description="How trainers read it: one of those that --format lists.")
    out: Address = Field(description="Folder to be made.")
    card: bool = Field(default=False, description="Write a dataset card, README.md.")
    license: Text | None = Field(
        default=None, description="Licence in the card, as the Hub names it."
    )
    shard_rows: int | None = Field(
        default=None, ge=1, le=10_000_000,
        description="Most rows of a file; one file by default, of parquet 20,000 rows a file.",
    )  # fmt: skip
    reasoning: Reasoning = Field(
        default="drop", description="What the model thought before an answer: left out, before the "
        "answer as <think>, or in the fields reasoning_content and thinking of its message.",
    )  # fmt: skip

    @classmethod
    def of(cls, settings: Self) -> Self:
        """Return the form that these settings fill: they are no other."""
        return settings

    def settings(self) -> Self:
        """Return what the form says."""
        return self
