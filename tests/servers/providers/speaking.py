"""What the stand-ins of providers share: a server on loopback that keeps what arrives.

A provider is a function from what arrived to what is said, in the provider's own language.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiohttp import web

from tests.servers.loopback import running_loop
from tests.servers.model_server import plain

HARMLESS = "The answer to this is 42, as the facts show."


class Asked(NamedTuple):
    """One request as it arrived."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]


class Said(NamedTuple):
    """What is said to one request."""

    status: int
    body: dict[str, Any] | str


Provider = Callable[[Asked], Said]


@dataclass
class Speaking:
    """A running stand-in: its address and all that arrived."""

    provider: Provider
    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """Bodies as they arrived, oldest first."""
        return [one.body for one in self.asked]

    async def handle(self, request: web.Request) -> web.Response:
        asked = Asked(request.path_qs, await request.json(), dict(request.headers))
        self.asked.append(asked)
        said = self.provider(asked)
        self.statuses.append(said.status)
        text = said.body if isinstance(said.body, str) else json.dumps(said.body)
        return web.Response(text=text, status=said.status, content_type="application/json")


@contextmanager
def speaking(provider: Provider) -> Iterator[Speaking]:
    """Serve a provider on a free port of loopback for the length of a block."""
    server = Speaking(provider)
    with running_loop() as loop:
        runner = asyncio.run_coroutine_threadsafe(_start(server), loop).result()
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()


async def _start(server: Speaking) -> web.AppRunner:
    app = web.Application()
    app.router.add_post("/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.address = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    return runner


def answer_to(messages: list[dict[str, Any]]) -> str:
    """Return a good answer to the last message."""
    content = messages[-1]["content"]
    text = content if isinstance(content, str) else content[0]["text"]
    return plain(text, 0).text or HARMLESS
