"""Loaded by every Python process of a test run: write down each address that anybody connects to."""

import os
import sys
from typing import Any


def note(event: str, arguments: tuple[Any, ...]) -> None:
    """Append an address or a looked-up name to the file named in the environment."""
    if event == "socket.connect":
        line = f"connect {arguments[1]!r}"
    elif event == "socket.getaddrinfo":
        line = f"lookup {arguments[0]!r}"
    else:
        return
    with open(os.environ["SPY_FILE"], "a") as file:  # noqa: PTH123 - pathlib may not be loaded yet
        file.write(f"{line}\n")


if "SPY_FILE" in os.environ:
    sys.addaudithook(note)
