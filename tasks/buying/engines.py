"""Hold the process's engines: the flow's own, or its part in a run that several processes carry.

Tasks are given paths, not objects, so that Prefect can run them again, here or in another process;
this is where they find the way to a model.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, Protocol

from schemas.calls.call import Call, Pending
from schemas.errors import Interrupted, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.asking import AskSettings
from tasks.buying import divided
from tasks.buying.divided import Share
from tasks.buying.engine import Engine
from tasks.buying.orders import Book, Progress, Wanted
from tasks.buying.owed import Owed
from tasks.doors.processes import parent
from tasks.doors.storage import lock

_POLL_S = 0.1
Tick = Callable[[], None]
Paid = Iterable[Call | Pending]


class Buyer(Protocol):
    """Where a shard's answers are bought."""

    def buy(self, wanted: Sequence[Wanted], book: Book, on_tick: Tick, paid: Paid) -> None:
        """Get an answer for every request, as `Engine.buy` does.

        Args:
            wanted: What to ask.
            book: Told of every attempt and answer.
            on_tick: Called about once a second.
            paid: What the shard's ledger of this epoch said before.
        """


class _Own:
    """The flow's own engine: all shards share its limits and the run's budget."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def buy(self, wanted: Sequence[Wanted], book: Book, on_tick: Tick, paid: Paid) -> None:
        del paid  # It is in the run's budget already.
        self._engine.buy(wanted, book, on_tick)


class _Part:
    """A process's engine with its part of the limits, as one shard uses it."""

    def __init__(
        self, engine: Engine, folder: RunFolder, shared: Share, shard: int, owed: Owed
    ) -> None:
        self._engine = engine
        self._owed = owed
        self._folder = folder
        self._share = shared
        self._shard = shard

    def buy(self, wanted: Sequence[Wanted], book: Book, on_tick: Tick, paid: Paid) -> None:
        budget = None
        if self._share.shard_usd is not None:
            spent_usd = self._owed.usd(paid) - self._share.before_usd[self._shard]
            budget = self._engine.budget.part(self._share.shard_usd, spent_usd)

        def tick() -> None:
            on_tick()
            fault = divided.stop_of(self._folder, self._share)
            if fault is not None:
                self._engine.halt(fault)

        self._engine.buy(wanted, book, tick, budget)


class _Current:
    """What this process has open."""

    engine: Engine | None = None
    """The flow's own."""
    progress = Progress()
    """Of the flow's engine opened last; still there when it is closed."""
    folder: RunFolder | None = None
    """The run that this process is the flow of, where other processes carry its shards."""
    parts: ClassVar[dict[str, tuple[str, Engine]]] = {}
    """By run folder: this process's share of it, and the engine for that."""
    joining = threading.Lock()
    is_watching = False
    """Whether this process will end with the one that started it."""


@contextmanager
def opened(settings: AskSettings, folder: RunFolder, *, spent_usd: float) -> Iterator[None]:
    """Have what a run's shards need to buy, for the length of the run.

    Args:
        settings: Limits, prices, address, and who carries shards.
        folder: The run's.
        spent_usd: What the run spent before.
    """
    if settings.task_runner != "threads":
        divided.forget(folder)
        _Current.folder = folder
        try:
            yield
        finally:
            _Current.folder = None
        return
    engine = Engine(settings, spent_usd=spent_usd, folder=folder)
    _Current.engine, _Current.progress = engine, engine.progress
    try:
        yield
    finally:
        _Current.engine = None
        engine.close()


@contextmanager
def buyer(folder: RunFolder, settings: AskSettings, shard: int) -> Iterator[Buyer]:
    """Have what buys a shard's answers in this process; its ledger is nobody else's meanwhile.

    Raises:
        RunFault: Nothing is open, because a task ran outside its flow; or everybody shall stop.
    """
    if _Current.engine is not None:
        yield _Own(_Current.engine)
        return
    # First the share of the lock, then the look at who holds it: whoever takes the run over in between
    # waits, and this one sees it.
    with lock.shared(folder.lock):
        shared = divided.read(folder)
        if (fault := divided.stop_of(folder, shared)) is not None:
            raise fault
        yield _part(folder, settings, shard, shared)


def _part(folder: RunFolder, settings: AskSettings, shard: int, shared: Share) -> Buyer:
    return _Part(_joined(folder, settings, shared), folder, shared, shard, Owed.by(settings))


def _joined(folder: RunFolder, settings: AskSettings, shared: Share) -> Engine:
    """Return this process's engine for a run, opened anew where the limits were divided anew."""
    with _Current.joining:
        known, engine = _Current.parts.get(str(folder.root), ("", None))
        if engine is not None and known == shared.id:
            return engine
        if engine is not None:
            engine.close()
        if not _Current.is_watching:
            parent.end_with_it(_save)
            _Current.is_watching = True
        engine = Engine(divided.part_of(settings, shared.engines), spent_usd=0.0, folder=folder)
        _Current.parts[str(folder.root)] = (shared.id, engine)
        return engine


def _save() -> None:
    """Send nothing more, and wait for the calls in flight: they are paid for."""
    engines = [engine for _, engine in _Current.parts.values()]
    for engine in engines:
        engine.halt(Interrupted("the process that this works for is gone"))
    while any(engine.progress.in_flight for engine in engines):
        time.sleep(_POLL_S)


def progress() -> Progress:
    """Return what the flow's engine has done; nothing before one was open."""
    return _Current.progress


def halt(fault: RunFault) -> bool:
    """Halt the run that this process is the flow of; False where none is open."""
    if _Current.engine is not None:
        _Current.engine.halt(fault)
        return True
    if _Current.folder is not None and _Current.folder.share.exists():
        divided.halt(_Current.folder, fault)
        return True
    return False
