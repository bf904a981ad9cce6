"""Have a package imported without what it names and will not use here.

Turns names of modules into proxies that import the real one when something of it is asked for, and
names of optional packages into packages that are not installed; both for one thread and one block
only. Whoever else imports them, now or later, gets the real ones. Knows no package.
"""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


@contextmanager
def put_off(late: Sequence[str], *, absent: Sequence[str] = ()) -> Iterator[None]:
    """Put imports off for the length of a block.

    Args:
        late: Modules that are imported when something of them is used, if ever.
        absent: Optional packages that this thread is told are not there.
    """
    finder = _Finder(late, absent)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in late:
            _forget(name)


class _Late(ModuleType):
    """Stands for a module that nobody has used yet."""

    def __getattr__(self, name: str) -> Any:
        # The import system looks for names like these while it makes a module.
        if name.startswith("__"):
            raise AttributeError(name)
        _forget(self.__name__)
        return getattr(import_module(self.__name__), name)


class _LateLoader(Loader):
    """Makes stand-ins, each once: whoever asks again wants the real module."""

    def __init__(self, finder: "_Finder") -> None:
        self._finder = finder

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return a stand-in."""
        self._finder.late.discard(spec.name)
        return _Late(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty."""


class _Finder(MetaPathFinder):
    """Answers one thread alone: others may import the same at this moment."""

    def __init__(self, late: Sequence[str], absent: Sequence[str]) -> None:
        self.late, self._absent = set(late), frozenset(absent)
        self._thread = threading.get_ident()

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        """Return a stand-in's spec; None where others shall look."""
        if threading.get_ident() != self._thread:
            return None
        if name in self._absent:
            raise ModuleNotFoundError(f"No module named {name!r}, for this block", name=name)
        return ModuleSpec(name, _LateLoader(self)) if name in self.late else None


def _forget(name: str) -> None:
    """Take a stand-in out of the way of the real module; who holds it keeps it."""
    if not isinstance(sys.modules.get(name), _Late):
        return
    stand_in = sys.modules.pop(name)
    package, _, own = name.rpartition(".")
    if package and vars(sys.modules[package]).get(own) is stand_in:
        delattr(sys.modules[package], own)
