"""A process that has imported what the commands import, and becomes them by forking: warm.py asks it.

Importing Prefect, Great Expectations and LiteLLM costs eight seconds of CPU, and hundreds of tests
start the real command. Only what others wrote is kept imported: the code of this repository is
executed anew in every fork, and so is what Prefect reads from the environment when it is imported.
`python -m tests.servers.zygote FD`: FD is one end of a pair of sockets; it ends when the other does.
"""

import atexit
import gc
import importlib
import json
import os
import random
import runpy
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.prefect_anew import imported_anew

LARGEST = 200_000
"""Bytes of an order."""
_PROGRAM = 'if __name__ == "__main__"'
_OURS = ("flows", "schemas", "tasks")
# Not for the warm process: heavy, optional, with threads of their own.
_NEVER = (
    "dask",
    "prefect_dask",
    "prefect_ray",
    "ray",
    "sentence_transformers",
    "torch",
    "transformers",
)
# What others wrote, and our code imports only when it needs it.
_LATE = (
    "prefect.main",
    "prefect.task_runners",
    "matplotlib.pyplot",
    "litellm",
    "great_expectations",
)


@dataclass(frozen=True)
class Order:
    """What a fork becomes."""

    module: str
    arguments: list[str]
    cwd: str
    env: dict[str, str]
    leads_session: bool
    files: tuple[int, int, int]
    """What becomes its standard input, output and error."""


def main(control: socket.socket) -> None:
    """Wait for orders; every one is a fork that ends as `python -m MODULE` does."""
    ending = _Ending()
    # Before all that is imported, so that it comes after all that these want to be done at the end.
    atexit.register(ending.leave)
    warm_up()
    control.send(b"warm")
    order = _next(control)
    _become(order)
    try:
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)
        ending.code = 0
    except SystemExit as e:
        ending.code = e.code or 0
        raise


class _Ending:
    """Leave when all is done but the freeing of memory: a fork would copy the whole of it for that."""

    code: object = None

    def leave(self) -> None:
        if isinstance(self.code, int):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self.code & 0xFF)


def warm_up() -> None:
    """Import everything, and forget what is ours."""
    with _without_heavy_ones():
        for name in (*_our_modules(), *_LATE):
            # A program that needs what is not here is none that a command imports.
            with suppress(ImportError):
                importlib.import_module(name)
    for name in [one for one in sys.modules if one.partition(".")[0] in _OURS]:
        del sys.modules[name]
    imported_anew()
    gc.collect()
    gc.freeze()
    # Ctrl-C in a terminal is for the tests and their commands.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _our_modules() -> list[str]:
    """Return the names of the modules of this repository that are no programs of their own."""
    found = [path for name in _OURS for path in sorted(Path(name).rglob("*.py"))]
    files = [path for path in found if _PROGRAM not in path.read_text() or path.name == "cli.py"]
    names = [".".join(path.with_suffix("").parts) for path in files]
    return [name.removesuffix(".__init__") for name in names]


class _Absent:
    """Finds nothing where it should not, whatever else would."""

    def find_spec(self, name: str, _path: Any, _target: Any = None) -> None:
        if name.partition(".")[0] in _NEVER:
            raise ModuleNotFoundError(name)


@contextmanager
def _without_heavy_ones() -> Iterator[None]:
    absent: Any = _Absent()
    sys.meta_path.insert(0, absent)
    yield
    sys.meta_path.remove(absent)


def _next(control: socket.socket) -> Order:
    """Fork for every order that comes and report every end; returns in the forks alone."""
    minded: dict[int, tuple[int, socket.socket]] = {}
    while True:
        watched: list[Any] = [control, *minded]
        ready, _, _ = select.select(watched, [], [])
        for one in [one for one in ready if one in minded]:
            _report(one, *minded.pop(one))
        if control not in ready:
            continue
        text, fds, _, _ = socket.recv_fds(control, LARGEST, 4)
        if not text:
            sys.exit(0)
        link = socket.socket(fileno=fds[3])
        pid = os.fork()
        if pid == 0:
            _forget(control, link, minded)
            return Order(**json.loads(text), files=(fds[0], fds[1], fds[2]))
        for fd in fds[:3]:
            os.close(fd)
        minded[os.pidfd_open(pid)] = (pid, link)
        link.send(str(pid).encode())


def _report(watched: int, pid: int, link: socket.socket) -> None:
    """Say with which code a fork ended."""
    _, status = os.waitpid(pid, 0)
    os.close(watched)
    with link:
        try:
            link.send(str(os.waitstatus_to_exitcode(status)).encode())
        except OSError:
            # Nobody waits for it any more.
            return


def _forget(
    control: socket.socket, link: socket.socket, minded: dict[int, tuple[int, socket.socket]]
) -> None:
    """Close what a command would not have."""
    for one in (control, link, *(other for _, other in minded.values())):
        one.close()
    for watched in minded:
        os.close(watched)


def _become(order: Order) -> None:
    """Make this process what a new one would be, as far as the command can tell."""
    if order.leads_session:
        os.setsid()
    for number, file in enumerate(order.files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(order.cwd)
    os.environ.clear()
    os.environ.update(order.env)
    sys.argv = [order.module, *order.arguments]
    # `python -m` looks in the working folder first.
    sys.path[0] = order.cwd
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _draw_anew()


def _draw_anew() -> None:
    """Python's own generator is seeded anew by the fork; NumPy's is not."""
    random.seed()
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
