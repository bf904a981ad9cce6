"""Find the folder of a model, tell one model from another, and read what it says of itself.

Loads nothing. Knows nothing of training and serving.
"""

import hashlib
import json
import re
from pathlib import Path

from pydantic import ValidationError

from schemas.errors import BadInput
from schemas.folders.trained import CARD, TEMPLATE, ModelCard, TrainedFolder
from tasks.doors.storage import shards

_CONFIG, _TOKENIZER = "config.json", "tokenizer_config.json"
_WEIGHTS = "*.safetensors"
_NAMED_DIGITS = 12
_PARTS = (_WEIGHTS, _CONFIG, "tokenizer*", "*.jinja")


def model_at(root: Path, setting: str) -> Path:
    """Return a model's folder: the one named, or that of a finished fine-tuning.

    Raises:
        BadInput: There is none.
    """
    trained = TrainedFolder(root)
    if trained.run_json.exists() and trained.adapter.exists():
        raise BadInput(f"{setting}: {root} holds an adapter; `evolflow merge {root}` makes a model")
    folder = trained.model if trained.run_json.exists() else root
    if not (folder / _CONFIG).is_file():
        raise BadInput(
            f"{setting}: {root} is no folder of a model: {_CONFIG} is missing; name a finished "
            f"fine-tuning or a model on this machine"
        )
    if not any(folder.glob("*.safetensors")):
        raise BadInput(f"{setting}: {folder} has no weights as safetensors; convert them first")
    return folder


def identity(folder: Path, *, by_weights: bool = False) -> str:
    """Return what tells one model from another.

    Args:
        folder: Of the model.
        by_weights: Look at the weights themselves, which takes seconds for each ten gigabytes; else
            at their names and sizes.
    """
    told = hashlib.sha256()
    for path in sorted({path for part in _PARTS for path in folder.glob(part)}):
        is_large = path.suffix == ".safetensors" and not by_weights
        content = "" if is_large else shards.sha256_of(path)
        told.update(f"{path.name} {path.stat().st_size} {content}\n".encode())
    return told.hexdigest()


def served_name(name: str, root: Path) -> str:
    """Return what a model is called while it is served: another content has another name.

    Raises:
        BadInput: There is no model.
    """
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.") or "model"
    content = identity(model_at(root, f"systems.{name}"), by_weights=True)
    return f"{plain}-{content[:_NAMED_DIGITS]}"


def checked_card(folder: Path) -> ModelCard | None:
    """Return what a model says of itself; None where it comes from elsewhere.

    Raises:
        BadInput: Its chat template is missing, or is not the one that it was trained with.
    """
    card, template = folder / CARD, folder / TEMPLATE
    if not card.exists():
        _require_template(folder)
        return None
    try:
        found = ModelCard.model_validate_json(card.read_bytes())
    except ValidationError as e:
        raise BadInput(
            f"{card}: {e.errors()[0]['msg']}; put it back as the training left it"
        ) from e
    if not template.exists():
        raise BadInput(f"{template} is missing; put it back as the training left it")
    if shards.sha256_of(template) != found.chat_template_sha256:
        raise BadInput(
            f"{template} is not the chat template that the model was trained with, and it would answer "
            "badly; put it back as the training left it"
        )
    return found


def _require_template(folder: Path) -> None:
    if (folder / TEMPLATE).exists():
        return
    path = folder / _TOKENIZER
    try:
        has_one = bool(json.loads(path.read_text(encoding="utf-8")).get("chat_template"))
    except (OSError, ValueError, AttributeError):
        has_one = False
    if not has_one:
        raise BadInput(
            f"{folder}: has no chat template; put the one that it was trained with there as {TEMPLATE}"
        )
