"""What pytest's worker processes need: reports that can be sent."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Half a character, which some tests are about, may be in what was logged, but not on a wire."""
    report = yield
    report.sections = [(name, sendable(text)) for name, text in report.sections]
    return report


def sendable(text: str) -> str:
    """Return text with halves of characters spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()
