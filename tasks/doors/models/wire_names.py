"""Say in a provider's words what a model is told, as LiteLLM's own mapping has it.

Turns parameters in OpenAI's words into those that go over the wire, and reads LiteLLM's table of
models. Sends nothing.
"""

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from schemas.calls.call import Parameters
from tasks.doors.models.families import Family, family_of


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, Any]]:
    """Return LiteLLM's table of models, from the file that it ships with: no import, no network."""
    spec = find_spec("litellm")
    folder = Path(str(spec.origin)).parent if spec else Path()
    text = (folder / "model_prices_and_context_window_backup.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = json.loads(text)
    return table


def listed(model: str) -> dict[str, Any]:
    """Return what LiteLLM's table says of a model; nothing where it is not there."""
    # The table itself: LiteLLM's own look-up fills gaps with 0 and may ask a local server.
    provider, _, name = model.partition("/")
    if model in _table():
        return _table()[model]
    entry = _table().get(name, {})
    return entry if entry.get("litellm_provider") == provider else {}


@lru_cache(maxsize=64)
def known_family(model: str) -> Family:
    """Return what is known of a model by its name, or else by LiteLLM's table."""
    is_listed = not model.startswith("offline/") and bool(listed(model).get("supports_reasoning"))
    return family_of(model, is_listed_as_thinking=is_listed)


@lru_cache(maxsize=64)
def named(model: str, sent: str) -> Parameters:
    """Return a model's parameters, which come as JSON, under the names that it knows.

    OpenAI's own newer models call some differently and refuse others; LiteLLM knows which.
    """
    if model.startswith("openai/") and listed(model):
        return translated(model, sent)
    same: Parameters = json.loads(sent)
    return same


@lru_cache(maxsize=64)
def translated(model: str, sent: str) -> Parameters:
    """Return parameters, which come as JSON, as LiteLLM's own mapping has them."""
    from tasks.doors.models import litellm_lane

    return litellm_lane.parameters(model, json.loads(sent))
