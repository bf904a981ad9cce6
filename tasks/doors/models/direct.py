"""Post one JSON body to an OpenAI-compatible endpoint, over aiohttp: the lean lane to a model.

Turns an address and a body into what came back, whatever it says. One request a call, one pool of
connections an event loop. What an answer means, and keys, prices and retries, are not its business.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import aiohttp

from schemas.errors import Retryable

# Many are in memory at once, and a broken endpoint may never end.
_MOST_BYTES = 32 * 1024**2


class Response(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Looked up in any case of letters."""
    body: bytes


_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}


async def post(url: str, body: Mapping[str, Any], *, key: str | None) -> Response:
    """Send one POST request, once.

    Args:
        url: The whole address.
        body: Sent as JSON.
        key: Bearer key; None sends none.

    Raises:
        Retryable: Nothing whole came back; kind `refused` where no connection came about.
    """
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    try:
        # A redirect would take the key to an address that nobody named.
        async with _session().post(
            url, data=json.dumps(body), headers=headers, allow_redirects=False
        ) as response:
            return Response(response.status, response.headers, await _whole(response))
    except aiohttp.ClientConnectorError as e:
        raise Retryable(f"no connection to {url} ({e})", kind="refused") from e
    except (aiohttp.ClientError, OSError) as e:
        raise Retryable(f"the connection broke ({e or type(e).__name__})", kind="connection") from e


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise Retryable(f"an answer of more than {_MOST_BYTES:,} bytes", kind="bad_answer")
    return bytes(body)


async def close() -> None:
    """Close this loop's connections."""
    session = _sessions.pop(asyncio.get_running_loop(), None)
    if session is not None:
        await session.close()


def _session() -> aiohttp.ClientSession:
    loop = asyncio.get_running_loop()
    if loop not in _sessions:
        # How many calls are in flight, and for how long, the engine says.
        _sessions[loop] = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            trust_env=True,
            auto_decompress=True,
        )
    return _sessions[loop]
