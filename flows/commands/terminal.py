"""Run a flow from a terminal: server, signals, live display, exit code.

The flow works in a thread of its own, so that this, the main thread, is free to hear Ctrl-C and to
draw. Order only: what a flow does is in its own module.
"""

import gc
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, Protocol

import click

from flows.commands.ending import end
from flows.commands.surroundings import require_files
from schemas.errors import Interrupted, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.asking import AskSettings
from schemas.text import visible
from tasks.doors.pages import display
from tasks.doors.prefect import embedded_server
from tasks.doors.storage.places import is_object
from tasks.runs import seal
from tasks.runs.kind import RunKind
from tasks.runs.run_json import note_stop
from tasks.runs.watch import Watcher

_POLL_S = 0.2
_LATE = ("tasks.doors.expectations", "tasks.doors.pages.charts")

log = logging.getLogger("evolflow.running")


class Worker(Protocol):
    """Whatever works while a flow runs: an engine that asks models, or a training process."""

    def prepare(self) -> None:
        """Import what takes seconds, and check what needs it."""

    def cells(self) -> Sequence[str]:
        """Return the parts of the live line."""

    def halt(self, fault: RunFault) -> bool:
        """Stop politely; returns False where nothing works yet."""

    def drain(self) -> None:
        """Wait until it has stopped, or has had time enough."""


@dataclass(frozen=True)
class Asking:
    """An engine that asks models."""

    settings: AskSettings
    """With whole paths."""
    watch: Watcher

    def prepare(self) -> None:
        """Import the engine, and check that all models can be asked."""
        from tasks.buying import models

        models.check(self.settings)
        if said := models.proxy_of(self.settings):
            click.echo(f"evolflow: {said}", err=True)

    def cells(self) -> Sequence[str]:
        """Return how many rows, calls, tokens and dollars there are."""
        from tasks.buying import engines

        return self.watch.snapshot(engines.progress()).cells()

    def halt(self, fault: RunFault) -> bool:
        """Send nothing more."""
        from tasks.buying import engines

        return engines.halt(fault)

    def drain(self) -> None:
        """Wait for the calls in flight."""
        from tasks.buying import engines

        deadline = time.monotonic() + self.settings.drain_s
        while engines.progress().in_flight and time.monotonic() < deadline:
            time.sleep(_POLL_S)


@dataclass(frozen=True)
class Alone:
    """A flow whose tasks ask no model and start no process."""

    name: str

    def prepare(self) -> None:
        """Nothing: its tasks import what they need."""

    def cells(self) -> Sequence[str]:
        """Return what works."""
        return [self.name]

    def halt(self, fault: RunFault) -> bool:
        """There is nothing to stop politely: the process ends at once."""
        return False

    def drain(self) -> None:
        """Nothing is in flight."""


@dataclass(frozen=True)
class Work:
    """A flow to be run from a terminal."""

    flow: str
    """Module and function, `flows.evolution:evolution`: imported while the server boots."""
    form: Any
    """The flow's one parameter."""
    folder: RunFolder
    worker: Worker


def carry_out(kind: RunKind[Any, Any], settings: Any, worker: Worker | None = None) -> None:
    """Check, run until done, and say what came out.

    A run that is done needs no server to say so; a server of the user's own is told of every run.

    Args:
        kind: Which kind of job this is.
        settings: As the user gave them.
        worker: Whatever works meanwhile; where none is given, an engine if the kind asks models.

    Raises:
        BadInput: Something cannot be used.
        RunFault: The run had to stop.
    """
    require_files()
    kind.check(settings)
    whole = kind.whole(settings)
    folder = kind.at(whole.out)
    is_done = kind.is_sealed and not embedded_server.is_users() and seal.holds(folder, whole)
    if not is_done:
        worker = worker or _worker(kind, folder, whole)
        fault = run(Work(f"flows.{kind.name}:{kind.name}", kind.form.of(whole), folder, worker))
        if fault is not None:
            raise fault
    click.echo(visible(kind.last_words(kind.at(settings.out))))


def _worker(kind: RunKind[Any, Any], folder: RunFolder, settings: Any) -> Worker:
    if kind.watch is None:
        return Alone(kind.name)
    return Asking(settings, kind.watch(folder, settings))


def run(work: Work) -> BaseException | None:
    """Run until done or stopped.

    Returns:
        None when done, else what stopped the run.
    """
    # Importing makes a million objects that stay: to look them through again and again would be a
    # third of the work.
    gc.disable()
    embedded_server.prepare_environment()
    with embedded_server.opened() as server:
        flow = _flow(work.flow)
        work.worker.prepare()
        threading.Thread(target=_import_the_rest, name="imports", daemon=True).start()
        with (
            display.shown(work.worker.cells, _log_path(work.folder)),
            ThreadPoolExecutor(1, thread_name_prefix="flow") as executor,
        ):
            heard = _hear_signals(work.worker.halt, server.leave)
            future = executor.submit(flow, work.form, return_state=True)
            while not future.done():
                wait([future], timeout=_POLL_S)
                if server.fault is not None:
                    _leave(work, server, RunFault(server.fault))
                if heard and server.is_silent:
                    _leave(work, server, heard[0])
    return _fault(future, server)


def _flow(path: str) -> Any:
    """Import a flow, which takes seconds, while the server boots."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _log_path(folder: RunFolder) -> Path:
    """Return where log lines go: nothing can be appended to on an object store, but at home."""
    if not is_object(folder.log):
        return folder.log
    logs = Path(os.environ["PREFECT_HOME"]).parent / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return logs / f"{re.sub(r'[^0-9A-Za-z.]+', '-', str(folder.root))}.log"


def _leave(work: Work, server: embedded_server.Server, fault: RunFault) -> NoReturn:
    """End without Prefect: its client would go on trying for minutes."""
    work.worker.halt(fault)
    work.worker.drain()
    note_stop(work.folder, fault)
    server.leave()
    end(str(fault), fault.exit_code, at_once=True)


def _import_the_rest() -> None:
    """Import what is needed only when the first answers are there."""
    for name in _LATE:
        import_module(name)
    gc.freeze()
    gc.enable()


def _fault(future: "Future[Any]", server: embedded_server.Server) -> BaseException | None:
    broken = future.exception()
    if broken is not None:
        return server.explain(broken)
    result = future.result().result(raise_on_failure=False)
    if not isinstance(result, BaseException):
        return None
    return server.explain(result) if embedded_server.is_of_prefect(result) else result


def _hear_signals(
    halt: Callable[[Interrupted], bool], leave: Callable[[], None]
) -> list[Interrupted]:
    """Stop politely at the first signal and at once at the second.

    Args:
        halt: Stops what works; returns False where nothing works yet.
        leave: Called before this process ends at once.

    Returns:
        What was heard: empty for now, filled by the signals.
    """
    heard: list[Interrupted] = []

    def on_signal(number: int, _frame: object) -> None:
        log.warning("stopping when the calls in flight are answered; once more drops them")
        fault = Interrupted(
            "stopped; run the same command again to go on: nothing paid for is lost"
        )
        fault.exit_code = 128 + number  # type: ignore[misc]
        # What was answered is in the ledger already, so leaving at once loses nothing; on an object
        # store it loses what was answered in the last second.
        heard.append(fault)
        if len(heard) > 1 or not halt(fault):
            leave()
            os._exit(128 + number)

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return heard
