"""What can be set of a merge: the same as a command's arguments and as a form in the Prefect UI."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from schemas.settings.knobs import Address


class MergeForm(BaseModel):
    """Which adapter becomes a model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trained: Address = Field(description="Folder of a finished fine-tuning by LoRA or QLoRA.")
    out: Address = Field(description="Folder of the merged model, to be made.")
    base: Address | None = Field(
        default=None, description="Folder of the base, where it is not where it was."
    )

    @classmethod
    def of(cls, settings: Self) -> Self:
        """Return the form that these settings fill: they are no other."""
        return settings

    def settings(self) -> Self:
        """Return what the form says."""
        return self
