"""Keep pages of strangers away from a server that has no password.

Any page that a user visits can make the browser post to an address of this machine, and can give that
address a name of its own. Browsers say from which page a request comes and which name they used: what
fits neither is refused. Knows nothing of what is served.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def guarded(app: App, bound_to: str) -> App:
    """Return an app that answers its own pages and programs, and no others.

    Args:
        app: What is to be guarded.
        bound_to: Address that the server listens on; on loopback only this machine's names are taken.
    """

    async def guard(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not is_ours(scope["headers"], bound_to):
            await _refuse(scope, send)
        else:
            await app(scope, receive, send)

    return guard


def is_ours(headers: list[tuple[bytes, bytes]], bound_to: str) -> bool:
    """Tell whether a request comes from a page of ours or from a program, under a name of ours."""
    found = {name.lower(): value.decode("latin-1") for name, value in headers}
    host, origin = found.get(b"host", ""), found.get(b"origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return False
    return not _is_loopback(bound_to) or _is_loopback(urlsplit(f"//{host}").hostname or "")


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


async def _refuse(scope: Message, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 403, "headers": []})
    await send({"type": "http.response.body", "body": b"not from a page of this server\n"})
