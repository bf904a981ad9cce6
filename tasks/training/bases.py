"""Find the model that a fine-tuning begins with, and the chat template that it is trained for.

Turns settings into a folder and a text. Loads nothing.
"""

import hashlib
from pathlib import Path

from schemas.errors import BadInput
from schemas.trained_folder import TrainedFolder
from schemas.training_settings import TINY, PromptFormat, TrainingSettings

_FORMATS = Path(__file__).parent.parent / "prompts" / "formats"
_CONFIG = "config.json"
_PARTS = ("*.safetensors", _CONFIG, "tokenizer*", "*.jinja")


def base_of(settings: TrainingSettings) -> Path | None:
    """Return the folder of the model that is fine-tuned; None for one made on the spot.

    Raises:
        BadInput: It is no folder of a model.
    """
    if settings.base == TINY:
        return None
    return model_at(Path(settings.base), "base")


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


def identity(folder: Path | None) -> str:
    """Return what tells one model from another: small files by content, weights by name and size."""
    if folder is None:
        return TINY
    paths = sorted({path for part in _PARTS for path in folder.glob(part)})
    told = hashlib.sha256()
    for path in paths:
        is_weights = path.suffix == ".safetensors"
        told.update(f"{path.name} {path.stat().st_size} ".encode())
        told.update(b"" if is_weights else path.read_bytes())
    return told.hexdigest()


def template_of(name: PromptFormat) -> str | None:
    """Return a prompt format as a chat template; None for the model's own."""
    if name == "base":
        return None
    return (_FORMATS / f"{name}.jinja").read_text(encoding="utf-8").rstrip("\n")
