"""A test about half a character may run in a worker process."""

from tests.workers import sendable


def test_what_was_logged_can_be_sent_whatever_it_holds() -> None:
    assert sendable("half \ud83e, 绳 \U0001f9f6") == "half \\ud83e, 绳 \U0001f9f6"
