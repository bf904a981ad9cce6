"""Lead LiteLLM's requests out of the same door as the direct lane's, and keep what came back.

Turns requests of httpx into requests of `direct`: one limit of size, no kept connections, no
redirects, one request a call, for both lanes. What an answer means is not its business.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpx
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

from schemas.calls.reply import Response
from schemas.errors import Retryable
from tasks.doors.models import direct

_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding", "connection")


@dataclass
class Heard:
    """What one call heard over the wire."""

    url: str | None = None
    """The address that was asked last."""
    response: Response | None = None
    fault: Retryable | None = None
    """Why nothing whole came."""


_heard: ContextVar[Heard | None] = ContextVar("heard", default=None)


def listening() -> Heard:
    """Return where what the calls of this context hear from now on is kept."""
    heard = Heard()
    _heard.set(heard)
    return heard


class _Transport(httpx.AsyncBaseTransport):
    """The way out that LiteLLM's clients are given."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        heard = _heard.get() or Heard()
        url = str(request.url)
        if heard.url == url and heard.fault is not None:
            # LiteLLM's own clients send once more where a connection broke.
            raise heard.fault
        heard.url, heard.response, heard.fault = url, None, None
        try:
            response = await direct.send(
                request.method, url, dict(request.headers), await request.aread() or None
            )
        except Retryable as e:
            heard.fault = e
            raise
        heard.response = response
        headers = {k: v for k, v in response.headers.items() if k not in _OF_THE_WIRE}
        return httpx.Response(
            response.status, headers=headers, content=response.body, request=request
        )


def install() -> None:
    """Give every client that LiteLLM makes from now on this way out."""
    AsyncHTTPHandler.create_async_transport = staticmethod(_made)  # type: ignore[method-assign,assignment]
    AsyncHTTPHandler.create_httpx_proxy_mounts = staticmethod(_no_mounts)  # type: ignore[method-assign,assignment]


def _made(*_: Any, **__: Any) -> httpx.AsyncBaseTransport:
    return _Transport()


def _no_mounts(*_: Any, **__: Any) -> dict[str, httpx.AsyncBaseTransport]:
    """The environment's proxies are heeded by the way out itself."""
    return {}
