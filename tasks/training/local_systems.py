"""Serve those systems of an evaluation that are models of this machine, for as long as it runs.

Turns settings that name folders into settings that name addresses. A served model is called by its
content, so that an evaluation goes on with the same model at another address, and with no other.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from schemas.settings.evaluation import EvaluationSettings, System
from schemas.settings.knobs import Price
from schemas.settings.prediction import PredictionSettings
from tasks.training.model_folders import served_name
from tasks.training.serve import served

_Settings = TypeVar("_Settings", EvaluationSettings, PredictionSettings)


@contextmanager
def local_systems(settings: _Settings) -> Iterator[_Settings]:
    """Have the systems that are folders served for the length of the block.

    Raises:
        BadInput: A folder holds no model that can be served.
        RunFault: A server does not start.
    """
    with ExitStack() as stack:
        found = {one.name: _asked(one, stack) for one in settings.those if one.folder is not None}
        yield _asking(settings, found) if found else settings


def _asking(settings: _Settings, found: dict[str, str]) -> _Settings:
    """Return the settings with addresses; nobody is paid for a model of one's own."""
    free = {
        str(System.of(name, value).model): Price(input=0, output=0) for name, value in found.items()
    }
    asked: _Settings = settings.with_systems(found)
    return asked.model_copy(update={"prices": {**free, **asked.prices}})


def _asked(one: System, stack: ExitStack) -> str:
    folder = Path(str(one.folder))
    name = served_name(one.name, folder)
    serving = stack.enter_context(served(folder, name, setting=f"systems.{one.name}"))
    return f"openai/{serving.name}@{serving.address}"
