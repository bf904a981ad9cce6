"""Make sure that the database that a Prefect server shall use is there.

SQLite in the data folder needs nothing. Any other is named by Prefect's own environment variable,
because its address holds a password. Asks once; changes nothing.
"""

import asyncio
import os
from urllib.parse import urlsplit

import asyncpg

from schemas.errors import BadInput

NAME = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
_POSTGRESQL = "postgresql+asyncpg"
_KNOCK_S = 10.0
_USUAL_PORT = 5432


def require_answer() -> None:
    """Return where the database answers, or none is named.

    Raises:
        BadInput: It does not answer, or is none that Prefect knows.
    """
    address = os.environ.get(NAME)
    if not address or address.startswith("sqlite+aiosqlite:"):
        return
    parts = urlsplit(address)
    if parts.scheme != _POSTGRESQL:
        raise BadInput(
            f"{NAME}: begins with {parts.scheme or 'nothing'}://; give "
            f"{_POSTGRESQL}://user:password@host:5432/name"
        )
    port = _port(address)
    try:
        asyncio.run(_knock(parts._replace(scheme="postgresql").geturl()))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as e:
        # The address itself is not shown: it holds a password.
        raise BadInput(
            f"{NAME}: no PostgreSQL answers at {parts.hostname}:{port} "
            f"({str(e) or type(e).__name__}); start it, or mend the address"
        ) from None


def _port(address: str) -> int:
    try:
        return urlsplit(address).port or _USUAL_PORT
    except ValueError:
        raise BadInput(f"{NAME}: its port is no number from 1 to 65535; mend the address") from None


async def _knock(address: str) -> None:
    connection = await asyncpg.connect(address, timeout=_KNOCK_S)
    await connection.close()
