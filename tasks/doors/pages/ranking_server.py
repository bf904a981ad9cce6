"""Serve an application to browsers on one address until told to stop.

Takes a listening socket first, so that a taken port is said before anything else is done. Knows
nothing of what is served.
"""

import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import uvicorn

from schemas.errors import BadInput, RunFault

_POLITE_S = 5
"""How long answers on their way may take at the end."""
_POLL_S = 0.05


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address.

    Raises:
        BadInput: It is none.
    """
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        raise BadInput(f"--host: {host!r} is no IP address; give one, or localhost") from None


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        BadInput: It cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as e:
        raise BadInput(
            f"--port: {port} on {host} cannot be had ({e.strerror}); stop what listens there, or give "
            "another --port"
        ) from None


def serve(
    app: Any, listener: socket.socket, is_over: threading.Event, on_ready: Callable[[], None]
) -> None:
    """Serve until it is over.

    Args:
        app: An ASGI application.
        listener: Listens already; is closed in the end.
        is_over: Set by whoever wants the end.
        on_ready: Told when the first browser may come.

    Raises:
        RunFault: It does not start, or ends by itself.
    """
    # Nothing of requests is logged: addresses may hold the token of a first visit.
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, lifespan="off",
        timeout_graceful_shutdown=_POLITE_S,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # In a thread of its own it leaves signals to us.
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(_POLL_S)
        if server.started:
            on_ready()
        while thread.is_alive() and not is_over.wait(_POLL_S):
            pass
        if not is_over.is_set():
            raise RunFault("the ranking page has ended by itself; run the same command again")
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
