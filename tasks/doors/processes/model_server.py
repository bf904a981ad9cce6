"""Keep a server for one model, as a child that ends with this process however this one ends.

Turns a model's folder into an address like OpenAI's. Nothing of PyTorch is imported here: the base
install has none of it. Knows nothing of what a model must be.
"""

import json
import os
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from schemas.errors import BadInput, RunFault
from schemas.redaction import for_local_models
from tasks.doors.processes.children import Child, Program

_PROGRAM = "tasks.doors.processes.model_program"
_POLL_S = 0.2
_DRAIN_S = 5.0
_ANSWER_S = 300.0
_FREE = 0


class Served(NamedTuple):
    """A model that can be asked."""

    name: str
    """As requests must call it."""
    address: str
    """Base of its API, with /v1."""
    child: Child


def require() -> None:
    """Make sure that the packages for serving are here.

    Raises:
        BadInput: They are not.
    """
    if any(find_spec(name) is None for name in ("torch", "transformers", "uvicorn")):
        raise BadInput("serving a model needs the extra train: pip install 'evolflow[train]'")


@contextmanager
def served(folder: Path, name: str, host: str, port: int | None) -> Iterator[Served]:
    """Have a model served for the length of the block.

    Args:
        folder: Of the model.
        name: As requests shall call it: a file's name.
        host: IP address to listen on.
        port: None for one that is free.

    Raises:
        BadInput: The port is taken.
        RunFault: The server does not start.
    """
    port = _free(host, port)
    with tempfile.TemporaryDirectory(prefix="evolflow-") as home:
        # The server calls a model by its path: a link makes the path a name.
        (Path(home) / name).symlink_to(folder.resolve(), target_is_directory=True)
        cache = Path(home) / "cache"
        cache.mkdir()
        environment = for_local_models(os.environ, cache)
        child = Child(
            Program(f"the server of {folder}", _PROGRAM, [name, host, str(port)], Path(home),
                    environment)
        )  # fmt: skip
        try:
            _wait(child, folder)
            yield Served(name, f"http://{host}:{port}/v1", child)
        finally:
            child.close(_DRAIN_S)


def prompt_tokens(served: Served, message: str) -> int:
    """Return how many tokens a message is to the server, with all that it puts around it.

    Raises:
        RunFault: It does not answer.
    """
    body = {
        "model": served.name,
        "messages": [{"role": "user", "content": message}],
        "max_tokens": 1,
    }
    request = urllib.request.Request(
        f"{served.address}/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_S) as response:
            return int(json.load(response)["usage"]["prompt_tokens"])
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise RunFault(f"the model's server does not answer a first message: {e}") from e


def _free(host: str, port: int | None) -> int:
    """Return a port that can be listened on."""
    try:
        with socket.create_server((host, port or _FREE)) as listener:
            return int(listener.getsockname()[1])
    except OSError as e:
        raise BadInput(
            f"port: {host}:{port} cannot be listened on ({e.strerror}); name another"
        ) from e


def _wait(child: Child, folder: Path) -> None:
    while not child.ready.is_set():
        if child.fault is not None:
            raise RunFault(f"the server of {folder} {child.fault}")
        time.sleep(_POLL_S)
