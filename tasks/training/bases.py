"""Find the model that a fine-tuning begins with, and the chat template that it is trained for.

Turns settings into a folder and a text. Loads nothing.
"""

import hashlib
from pathlib import Path

from schemas.errors import BadInput
from schemas.folders.trained import TrainedFolder
from schemas.settings.training import TINY, PromptFormat, TrainingSettings
from tasks.doors.storage.places import place
from tasks.packs.pack import SHIPPED
from tasks.runs.run_json import read_record
from tasks.training.model_folders import model_at

_FORMATS = SHIPPED / "formats"
_NO_PREAMBLE = "{% set preamble = '' %}"
"""Where a format has a place for one."""


def base_of(settings: TrainingSettings) -> Path | None:
    """Return the folder of the model that is fine-tuned; None for one made on the spot.

    Raises:
        BadInput: It is no folder of a model.
    """
    if settings.base == TINY:
        return None
    return model_at(Path(settings.base), "base")


def template_of(name: PromptFormat, preamble: str = "") -> str | None:
    """Return a prompt format as a chat template; None for the model's own.

    Args:
        name: Of the format.
        preamble: What opens each prompt; a conversation with a system message has that instead.

    Raises:
        BadInput: The format has no place for a preamble.
    """
    text = None if name == "base" else _text_of(_FORMATS / f"{name}.jinja")
    if not preamble:
        return text
    if text is None or _NO_PREAMBLE not in text:
        raise BadInput(
            f"preamble: the format {name} has none; leave it out, or take vicuna_v1.1 or alpaca"
        )
    return text.replace(_NO_PREAMBLE, f"{{% set preamble = {_literal(preamble)} %}}", 1)


def template_for(settings: TrainingSettings) -> str | None:
    """Return the template that a training uses: one begun with an older text of the format keeps it.

    Raises:
        BadInput: The preamble cannot be read, or the format has no place for one.
    """
    now = template_of(settings.prompt_format, _preamble_of(settings.preamble))
    older = _FORMATS / "older" / f"{settings.prompt_format}.jinja"
    if (
        settings.preamble is None
        and older.exists()
        and _begun_with(settings.out) == hash_of(text := _text_of(older))
    ):
        return text
    return now


def lacks_preamble(settings: TrainingSettings) -> bool:
    """Tell whether the format opens with a sentence that was not given."""
    return settings.preamble is None and _NO_PREAMBLE in (template_for(settings) or "")


def hash_of(template: str | None) -> str:
    """Return what tells one template from another."""
    return hashlib.sha256((template or "").encode()).hexdigest()


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip("\n")


def _preamble_of(name: str | None) -> str:
    if name is None:
        return ""
    try:
        text = Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise BadInput(f"preamble: {name}: cannot be read as UTF-8 text ({e}); name a file") from e
    if not text:
        raise BadInput(f"preamble: {name} is empty; write the sentence into it, or leave it out")
    return text


def _literal(text: str) -> str:
    """Return a text as Jinja reads it between quotes."""
    escaped = text.encode("unicode_escape").decode("ascii").replace("'", "\\'")
    return f"'{escaped}'"


def _begun_with(out: str) -> object:
    """Return the hash of the template that a training was begun with; None where there is none."""
    folder = TrainedFolder(place(out))
    if not folder.run_json.exists():
        return None
    pack = read_record(folder).named("pack")
    return pack.get("sha256") if isinstance(pack, dict) else None
