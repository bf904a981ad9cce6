"""Send one HTTP request to a model's endpoint, over aiohttp: the only way out, for both lanes.

Turns an address and bytes into what came back, whatever it says. A connection is used once: bytes that
an endpoint leaves behind on a kept one would be taken for the next row's answer. What an answer means,
and keys, prices and retries, are not its business.
"""

import asyncio
import json
import uuid
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from schemas.calls.reply import Response
from schemas.errors import Retryable

# Many are in memory at once, and a broken endpoint may never end.
_MOST_BYTES = 32 * 1024**2
_REDIRECTS = (301, 302, 303, 307, 308)
_OWN_HEADERS = (
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "accept-encoding",
    "x-request-id",
)
"""Headers of another client's request that are this one's to set."""
_ID = "x-request-id"
_ID_PREFIX = "evolflow-"
_MOST_ECHOED = 200

_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}


async def post(
    url: str, body: Mapping[str, Any], *, key: str | None, headers: Mapping[str, str]
) -> Response:
    """Send one POST request of JSON, once.

    Args:
        url: The whole address.
        body: Sent as JSON.
        key: Bearer key; None sends none.
        headers: Sent besides.

    Raises:
        Retryable: As `send`.
    """
    own = {"content-type": "application/json"}
    if key:
        own["authorization"] = f"Bearer {key}"
    return await send("POST", url, {**headers, **own}, json.dumps(body).encode())


async def send(
    method: str, url: str, headers: Mapping[str, str], content: bytes | None
) -> Response:
    """Send one request, once.

    Args:
        method: Of HTTP.
        url: The whole address, as it goes on the wire.
        headers: Those of the connection are left out.
        content: The body; None for none.

    Raises:
        Retryable: Nothing whole came back; kind `refused` where no connection came about, `auth`
            where the address is another one now.
    """
    sent = {name: value for name, value in headers.items() if name.lower() not in _OWN_HEADERS}
    request_id = f"{_ID_PREFIX}{uuid.uuid4().hex}"
    sent[_ID] = request_id
    try:
        # A redirect would take the key to an address that nobody named.
        async with _session().request(
            method, URL(url, encoded=True), data=content, headers=sent, allow_redirects=False
        ) as response:
            _require_here(response, url)
            body = await _whole(response)
            _require_own(response, body, request_id)
            kept = {name.lower(): value for name, value in response.headers.items()}
            return Response(response.status, kept, body)
    except aiohttp.ClientConnectorError as e:
        raise Retryable(f"no connection to {url} ({e})", kind="refused") from e
    except aiohttp.InvalidURL as e:
        raise Retryable(f"{url} is no address ({e})", kind="auth") from e
    except ValueError as e:
        # Headers that no client takes, from either side; the words of the library quote them.
        raise Retryable(f"a header that is none ({type(e).__name__})", kind="bad_answer") from None
    except (aiohttp.ClientError, OSError, EOFError) as e:
        raise Retryable(f"the connection broke ({e or type(e).__name__})", kind="connection") from e


def _require_here(response: aiohttp.ClientResponse, url: str) -> None:
    if response.status in _REDIRECTS:
        target = response.headers.get("location", "nowhere")
        raise Retryable(
            f"{url} is redirected to {target} (HTTP {response.status}); give the address that it "
            "is redirected to, if it is one you trust",
            kind="auth",
        )


def _require_own(response: aiohttp.ClientResponse, body: bytes, request_id: str) -> None:
    """Make sure that an answer is not another request's, where the endpoint repeats their ids."""
    echoed = response.headers.get(_ID, "")[:_MOST_ECHOED]
    head = body[:_MOST_ECHOED].decode("utf-8", "replace")
    for text in (echoed, head):
        if _ID_PREFIX in text and request_id not in text:
            raise Retryable("the answer to another request", kind="bad_answer")


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
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=True,
            auto_decompress=True,
        )
    return _sessions[loop]
