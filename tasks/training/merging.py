"""What a merge is: its settings, the model that comes of it, and who looks at it."""

from pathlib import Path

from schemas.documents.document import Document
from schemas.errors import BadInput
from schemas.folders.trained import CARD
from schemas.settings.merging import MergeForm
from tasks.runs.checks import Check, Problem
from tasks.runs.kind import Kind
from tasks.training.model_folders import checked_card, model_at


class ModelStatus(Document):
    """What is known of a model that was trained or merged here."""

    folder: str
    base: str
    prompt_format: str
    max_length_tokens: int


def model_status(folder: Path) -> ModelStatus:
    """Return what a model's folder says of itself.

    Raises:
        BadInput: There is no model, or its chat template is not the one that it was trained with.
    """
    card = checked_card(model_at(folder, "model"))
    if card is None:
        raise BadInput(f"{folder}: {CARD} is missing; this model was not made here")
    return ModelStatus(
        folder=str(folder),
        base=card.base,
        prompt_format=card.prompt_format,
        max_length_tokens=card.max_length_tokens,
    )


def model_text(folder: Path) -> str:
    """Return what a model's folder says of itself, and what comes next."""
    found = model_status(folder)
    return "\n".join(
        [
            f"model:    {folder}, from {found.base}",
            f"prompts:  {found.prompt_format}, {found.max_length_tokens:,} tokens at most",
            f"next:     evolflow serve {folder}",
        ]
    )


def model_checks(folder: Path) -> list[Check]:
    """Return everything that was checked: weights, configuration, chat template."""
    try:
        found = model_status(folder)
    except BadInput as e:
        what, _, remedy = str(e).rpartition("; ")
        return [Check("model", "unusable", [Problem(folder.name, what, remedy)])]
    return [Check("model", f"asked in the format {found.prompt_format}, with its own template")]


MERGING = Kind(
    "merging",
    "merge",
    MergeForm,
    folder=Path,
    record=CARD,
    status=model_status,
    text=model_text,
    checks=model_checks,
    why_no_page="is a model; the report is its fine-tuning's",
)
