"""Bytes on the wire in; a whole answer, Retryable or RowFault out, whatever the bytes are.

A server of bare sockets says what no library would: two answers, wrong lengths, half of everything.
"""

import asyncio
import gzip
import json
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.calls.call import Answer, Request, Sampling
from schemas.errors import Retryable, RowFault
from schemas.settings.asking import Lane
from schemas.stages import Stage
from tasks.doors.models import llm

LANES: list[Lane] = ["auto", "litellm"]
OWN, OTHER = "The answer of this row.", "The answer of another row."
_MOST = 32 * 1024**2


class RawServer:
    """Answers every request with the bytes that it was given."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self.says = b""
        self.requests = 0

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                while _heard(connection):
                    self.requests += 1
                    connection.sendall(self.says)
                    # Whoever keeps the connection is given what was left behind on it.
                    if b"content-length" not in self.says.lower():
                        return
            except OSError:
                return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _heard(connection: socket.socket) -> bool:
    """Read one request whole; False where the client is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return False
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    sizes = [
        line.split(b":")[1]
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    ]
    while len(body) < int(sizes[0]):
        body += connection.recv(65536)
    return True


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    server = RawServer()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server
    server.close()
    thread.join()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner
        runner.run(llm.close())


def completion(text: str) -> bytes:
    choice = {"finish_reason": "stop", "message": {"content": text}}
    return json.dumps({"choices": [choice], "usage": None}).encode()


def response(
    body: bytes, *, off: int = 0, head: bytes = b"", status: str = "200 OK"
) -> bytes:  # fmt: skip
    """Return a response whose length is said wrong by so many bytes."""
    start = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
    return start.encode() + b"content-length: %d\r\n" % (len(body) + off) + head + b"\r\n" + body


def ask(server: RawServer, runner: asyncio.Runner, lane: Lane, says: bytes) -> Answer | Exception:
    server.says = says
    request = Request("r", 1, Stage.RESPOND, "openai/m", "Say it.", Sampling(1.0, 0.9, 9, 0.0))
    try:
        return runner.run(
            llm.complete(request, api_base=server.address, timeout_s=0.5, lane=lane)
        ).answer
    except (Retryable, RowFault) as fault:
        assert len(str(fault)) <= 400 and len(str(fault).splitlines()) <= 1
        return fault


GOOD, STRAY = response(completion(OWN)), response(completion(OTHER))
BYTES = st.one_of(
    st.binary(max_size=80),
    st.builds(lambda body: response(body), st.binary(max_size=80)),
    st.builds(lambda n: GOOD[:n], st.integers(0, len(GOOD))),
    st.builds(lambda off: response(completion(OWN), off=off), st.integers(-40, 40)),
    st.builds(lambda at, byte: GOOD[:at] + byte + GOOD[at + 1 :], st.integers(0, len(GOOD) - 1),
              st.binary(min_size=1, max_size=1)),
    st.builds(lambda head: response(completion(OWN), head=head), st.sampled_from([
        b"content-encoding: gzip\r\n", b"transfer-encoding: chunked\r\n",
        b"retry-after: " + b"9" * 5000 + b"\r\n", b"location: http://x/\r\n",
        b"x-ratelimit-reset-requests: " + b"9" * 5000 + b"\r\n", b"a" * 70_000 + b": b\r\n",
        b"bad header\r\n", b"content-type: text/event-stream\r\n",
    ])),
    st.builds(lambda status: response(completion(OWN), status=status), st.sampled_from([
        "301 M", "204 N", "500 E", "429 S", "403 F", "99 X", "abc", "200", "600 Y",
    ])),
)  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("lane", LANES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(says=GOOD)
@example(says=GOOD + STRAY)
@given(says=BYTES)
def test_no_bytes_break_the_door(
    server: RawServer, runner: asyncio.Runner, lane: Lane, says: bytes
) -> None:
    """Half of the bytes promise more than comes, and each such call waits for its deadline."""
    got = ask(server, runner, lane, says)
    if isinstance(got, Answer):
        assert OTHER not in got.text


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("left", [STRAY, completion(OTHER), b"\r\n" + STRAY, STRAY * 3])
def test_what_an_answer_leaves_behind_is_nobodys_answer(
    server: RawServer, runner: asyncio.Runner, lane: Lane, left: bytes
) -> None:
    """On a kept connection the next row would get it, and nothing would show it."""
    for _ in range(4):
        got = ask(server, runner, lane, GOOD + left)
        assert isinstance(got, Retryable) or (isinstance(got, Answer) and got.text == OWN)


@pytest.mark.parametrize("lane", LANES)
def test_an_answer_that_names_another_request_is_not_taken(
    server: RawServer, runner: asyncio.Runner, lane: Lane
) -> None:
    shifted = response(completion(OTHER), head=b"x-request-id: evolflow-0123456789abcdef\r\n")
    got = ask(server, runner, lane, shifted)
    assert isinstance(got, Retryable) and "another request" in str(got)


@pytest.mark.parametrize("lane", LANES)
def test_an_answer_without_an_end_and_one_that_swells_are_left(
    server: RawServer, runner: asyncio.Runner, lane: Lane
) -> None:
    bomb = gzip.compress(b" " * (2 * _MOST))
    got = ask(server, runner, lane, response(bomb, head=b"content-encoding: gzip\r\n"))
    assert isinstance(got, Retryable) and "more than" in str(got)
