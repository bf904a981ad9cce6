"""The Prefect server that all tests share which are not about the one that a run brings along."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tasks.doors.processes.children import Child, Program

_START_S = 120.0
_DRAIN_S = 5.0


@contextmanager
def shared_prefect(environment: Mapping[str, str], home: Path) -> Iterator[str]:
    """Serve for the length of a block; gives the address as PREFECT_API_URL has it.

    It is the product's own program, started as the product does: a process that ends with this one.
    While it boots, requests wait for it.
    """
    home.mkdir(parents=True, exist_ok=True)
    own = {
        **{name: environment[name] for name in ("PATH", "HOME", "LANG") if name in environment},
        "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1", "PREFECT_UI_ENABLED": "0",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT__SERVER_EPHEMERAL": "1",
        "PREFECT__SERVER_FINAL": "1",
    }  # fmt: skip
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        os.set_inheritable(listener.fileno(), True)
        number = listener.fileno()
        child = Child(
            Program("the tests' server", "tasks.doors.prefect.prefect_server", [str(number)], home,
                    own, [number])
        )  # fmt: skip
        try:
            assert child.ready.wait(_START_S), child.fault
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        finally:
            child.close(_DRAIN_S)
