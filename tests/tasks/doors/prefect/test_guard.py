"""Who may ask a server without a password: its own pages and programs, under this machine's names."""

import pytest

from tasks.doors.prefect.guard import is_ours

HERE = "127.0.0.1:4200"


@pytest.mark.parametrize(
    ("bound_to", "host", "origin", "allowed"),
    [
        ("127.0.0.1", HERE, None, True),
        ("127.0.0.1", HERE, f"http://{HERE}", True),
        ("127.0.0.1", "localhost:4200", "http://localhost:4200", True),
        ("::1", "[::1]:4200", "http://[::1]:4200", True),
        ("127.0.0.1", HERE, "http://stranger.example", False),
        ("127.0.0.1", HERE, "http://127.0.0.1:8000", False),
        ("127.0.0.1", HERE, "null", False),
        ("127.0.0.1", "stranger.example:4200", "http://stranger.example:4200", False),
        ("127.0.0.1", "stranger.example:4200", None, False),
        ("127.0.0.1", "127.0.0.1.stranger.example", None, False),
        ("127.0.0.1", "", None, False),
        ("0.0.0.0", "team.example:4200", "http://team.example:4200", True),
        ("0.0.0.0", "team.example:4200", "http://stranger.example", False),
    ],
)
def test_only_our_own_pages_and_programs_may_ask(
    bound_to: str, host: str, origin: str | None, allowed: bool
) -> None:
    headers = [(b"Host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    assert is_ours(headers, bound_to) is allowed
