"""Find the model that a fine-tuning begins with, and the chat template that it is trained for.

Turns settings into a folder and a text. Loads nothing.
"""

from pathlib import Path

from schemas.settings.training import TINY, PromptFormat, TrainingSettings
from tasks.packs.pack import SHIPPED
from tasks.training.model_folders import model_at

_FORMATS = SHIPPED / "formats"


def base_of(settings: TrainingSettings) -> Path | None:
    """Return the folder of the model that is fine-tuned; None for one made on the spot.

    Raises:
        BadInput: It is no folder of a model.
    """
    if settings.base == TINY:
        return None
    return model_at(Path(settings.base), "base")


def template_of(name: PromptFormat) -> str | None:
    """Return a prompt format as a chat template; None for the model's own."""
    if name == "base":
        return None
    return (_FORMATS / f"{name}.jinja").read_text(encoding="utf-8").rstrip("\n")
