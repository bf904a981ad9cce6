"""A server that answers no more is noticed, one that boots or answers again is let be: real sockets."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tasks.doors.prefect import health
from tests.flows.runs import wait_for


class Server:
    """Answers with a status, or takes questions and says nothing where there is none."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if outer.status is None:
                    outer.over.wait(30)
                    return
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}/api"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name, seconds in (("_ANSWER_S", 0.2), ("_WATCH_S", 0.02), ("LOST_S", 0.3)):
        monkeypatch.setattr(health, name, seconds)
    found = Server()
    thread = threading.Thread(target=found.http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield found
    found.over.set()
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture
def watched(server: Server) -> Iterator[Callable[..., tuple[health.Watch, list[int]]]]:
    made: list[health.Watch] = []

    def start(is_up: Callable[[], bool] = lambda: True) -> tuple[health.Watch, list[int]]:
        lost: list[int] = []
        made.append(health.Watch(server.address, lost.append, is_up))
        made[-1].start()
        return made[-1], lost

    yield start
    for watch in made:
        watch.close()


@pytest.mark.parametrize(
    ("status", "is_there"),
    [(200, True), (401, True), (403, True), (500, False), (404, False), (None, False)],
)
def test_only_a_server_that_serves_or_wants_a_key_is_there(
    server: Server, status: int | None, is_there: bool
) -> None:
    server.status = status
    assert health.answers(server.address) == is_there


def test_nobody_at_an_address_is_no_answer(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not health.answers(f"http://127.0.0.1:{port}/api"), "it takes calls and says nothing"
    assert not health.answers(f"http://127.0.0.1:{port}/api")
    assert not health.answers("no address")


def test_a_silent_server_is_told_of_again_and_again_until_it_answers(
    server: Server, watched: Callable[..., tuple[health.Watch, list[int]]]
) -> None:
    server.status = None
    watch, lost = watched()
    wait_for(lambda: watch.is_silent)
    wait_for(lambda: lost[:2] == [1, 2])
    server.status = 200
    wait_for(lambda: not watch.is_silent)
    n_told = len(lost)
    server.status = 500
    wait_for(lambda: len(lost) > n_told)
    assert lost[n_told] == 1, "it was counted on, although it had answered"


def test_a_server_that_boots_is_not_asked(
    server: Server, watched: Callable[..., tuple[health.Watch, list[int]]]
) -> None:
    server.status, is_up = None, threading.Event()
    watch, lost = watched(is_up.is_set)
    assert not server.over.wait(1.0)
    assert not watch.is_silent and lost == []
    is_up.set()
    wait_for(lambda: lost != [])
