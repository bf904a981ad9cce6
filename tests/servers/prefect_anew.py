"""Let a fork import Prefect for the first time, though its parent has: settings are read then.

Prefect reads its settings from the environment and from the working folder, and configures logging
by them, when it is imported.
"""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_NAME = "prefect"


class _Anew:
    """Finds Prefect once, where it lies in memory already."""

    def __init__(self, prefect: ModuleType) -> None:
        self._prefect = prefect
        # The import system writes into the module what is in the spec that it is given.
        self._kept = {
            name: prefect.__dict__[name] for name in ("__spec__", "__loader__", "__path__")
        }

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _NAME:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._prefect

    def exec_module(self, module: ModuleType) -> None:
        sys.meta_path.remove(self)
        module.__dict__.update(self._kept)
        _read_settings()


def imported_anew() -> None:
    """Forget that Prefect is imported, and have its next import read the settings."""
    sys.meta_path.insert(0, _Anew(sys.modules.pop(_NAME)))


def _read_settings() -> None:
    context: Any = sys.modules["prefect.context"]
    logging: Any = sys.modules["prefect.logging.configuration"]
    context.refresh_global_settings_context()
    # An incremental set-up, which a second one would be, changes no handlers.
    logging.PROCESS_LOGGING_CONFIG.clear()
    logging.setup_logging()
