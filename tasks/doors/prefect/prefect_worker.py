"""The control room's worker, as a process of its own: `python -m tasks.doors.prefect.prefect_worker`.

Starts flow runs as processes, says on standard output when it does, and ends when standard input does:
its parent is gone or says so. Runs in hand are asked to stop first, and save what is in flight. The
only importer of Prefect's workers.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from typing import Any

from anyio import TASK_STATUS_IGNORED
from prefect.client.schemas.objects import FlowRun
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from tasks.doors.processes.children import READY

POOL = "evolflow"
_POLITE_S = 80.0
_POLL_S = 0.2
_LAST_S = 5.0


class _Worker(ProcessWorker):
    """Knows the processes of its runs, and stops them politely: cancelled, Prefect kills them."""

    def __init__(self) -> None:
        super().__init__(work_pool_name=POOL, name=POOL, create_pool_if_not_found=True)
        self._is_over = False
        self._leaders: set[int] = set()
        """Each run has a process group of its own; the leaders of those that may live."""

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Start what is due, but nothing more once it is over."""
        return [] if self._is_over else await super().get_and_submit_flow_runs()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: Any = TASK_STATUS_IGNORED,
    ) -> ProcessWorkerResult:
        """Carry one flow run to its end."""
        noted: Any = _Noted(task_status, self._leaders)
        return await super().run(flow_run, configuration, noted)

    async def drain(self) -> None:
        """Tell all runs to stop; returns when they have, or when it took too long."""
        self._is_over = True
        deadline = time.monotonic() + _POLITE_S
        self._signal(signal.SIGTERM)
        while self._leaders and time.monotonic() < deadline:
            await asyncio.sleep(_POLL_S)
            self._signal(0)
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        """Send a signal to all groups, and forget those that are gone."""
        for leader in list(self._leaders):
            try:
                os.killpg(leader, number)
            except ProcessLookupError:
                self._leaders.discard(leader)


class _Noted:
    """Passes on that a run has started, and notes its process."""

    def __init__(self, told: Any, leaders: set[int]) -> None:
        self._told, self._leaders = told, leaders

    def started(self, pid: int) -> None:
        """Take the news."""
        self._leaders.add(pid)
        self._told.started(pid)


async def work() -> None:
    """Work until standard input ends; makes the work pool where it is not there."""
    worker, over = _Worker(), asyncio.Event()
    listening = (asyncio.get_running_loop(), over)
    threading.Thread(target=_listen, args=listening, daemon=True).start()
    working = asyncio.ensure_future(worker.start(printer=_tell))
    ending = asyncio.ensure_future(over.wait())
    await asyncio.wait([working, ending], return_when=asyncio.FIRST_COMPLETED)
    if not over.is_set():
        return await working
    await worker.drain()
    working.cancel()
    await asyncio.wait([working], timeout=_LAST_S)
    # The server may be gone already, and Prefect would go on telling it.
    os._exit(0)


def _tell(*_said: object) -> None:
    """Prefect says one thing through this: that the worker is started."""
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()


def _listen(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    """Say when standard input ends."""
    # Below Python's buffers: a thread that holds their lock makes the interpreter abort at its end.
    while os.read(sys.stdin.fileno(), 1):
        pass
    loop.call_soon_threadsafe(over.set)


if __name__ == "__main__":
    asyncio.run(work())
