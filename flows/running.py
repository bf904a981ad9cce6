"""Run the evolution from a terminal: server, signals, live display, exit code.

The flow works in a thread of its own, so that this, the main thread, is free to hear Ctrl-C and to
draw. Order only: what a run does is in `flows.evolution`.
"""

import logging
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from schemas.errors import Interrupted, RunFault
from schemas.run_folder import RunFolder
from schemas.settings import RunSettings
from tasks.doors import control_room, display
from tasks.watch import Watch

_POLL_S = 0.2

log = logging.getLogger("evolflow.running")


def run_evolution(settings: RunSettings) -> BaseException | None:
    """Run until done or stopped.

    Returns:
        None when done, else what stopped the run.
    """
    folder = RunFolder(settings.out)
    control_room.prepare_environment()
    with control_room.opened():
        # Imports that take seconds, while the server boots.
        from flows.evolution import evolution
        from tasks import engine, shared_engine

        engine.check(settings)
        control_room.wait_until_ready()
        watch = Watch(folder, settings, clock=time.monotonic)
        with (
            display.shown(lambda: watch.snapshot(shared_engine.progress()), folder.log),
            ThreadPoolExecutor(1, thread_name_prefix="flow") as executor,
        ):
            _hear_signals(shared_engine.halt)
            future = executor.submit(evolution, settings, return_state=True)
            while not future.done():
                wait([future], timeout=_POLL_S)
    return _fault(future)


def _fault(future: "Future[Any]") -> BaseException | None:
    broken = future.exception()
    if broken is not None:
        return RunFault(
            f"Prefect failed: {broken}; see to its server and run the same command again"
        )
    result = future.result().result(raise_on_failure=False)
    return result if isinstance(result, BaseException) else None


def _hear_signals(halt: Callable[[Interrupted], bool]) -> None:
    """Stop politely at the first signal and at once at the second."""
    heard: list[int] = []

    def on_signal(number: int, _frame: object) -> None:
        heard.append(number)
        log.warning("stopping when the calls in flight are answered; once more drops them")
        fault = Interrupted(
            "stopped; run the same command again to go on: nothing paid for is lost"
        )
        fault.exit_code = 128 + number  # type: ignore[misc]
        # What was answered is in the ledger already, so leaving at once loses nothing.
        if len(heard) > 1 or not halt(fault):
            os._exit(128 + number)

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
