"""Read small files that evolflow or its user wrote: JSON, TOML and text, with limits, never a pipe.

Turns a path into a value, or what stops that into one line. Knows no shape of a file.
"""

import errno
import json
import os
import tomllib
from pathlib import Path
from typing import Any

from schemas.errors import BadInput, RunFault

_MOST_JSON_BYTES = 256 * 1024 * 1024
"""A manifest of a million files has less."""
MOST_TEXT_BYTES = 1024 * 1024
"""Longest prompt, settings file or list of phrases."""
_MOST_DOTS = 200
"""In a line of TOML: each part of a dotted key is a table, and costs what all before it do."""


class Unfit(ValueError):
    """A file that is not read; the message says why."""


def parsed(path: Path) -> Any:
    """Return what a JSON file of a local folder holds.

    Raises:
        Unfit: It is no plain file, too large, or no JSON.
        OSError: It cannot be read.
    """
    return json_of(read_bytes(path, _MOST_JSON_BYTES))


def json_of(content: bytes) -> Any:
    """Return what bytes are as JSON.

    Raises:
        Unfit: They are none, or nested more deeply than can be read.
    """
    try:
        return json.loads(content.decode("utf-8"))
    except RecursionError:
        raise Unfit("not JSON (nested too deeply)") from None
    except ValueError as e:
        raise Unfit(f"not JSON ({str(e).partition(';')[0]})") from None


def read_bytes(path: Path, most: int) -> bytes:
    """Return what a plain file holds.

    Args:
        path: The file.
        most: Bytes that it may have.

    Raises:
        Unfit: It is a pipe, a device or a folder, or has more.
        OSError: It cannot be read.
    """
    # A pipe would wait for a writer; a device may have no end.
    if path.exists() and not path.is_file():
        raise Unfit("no plain file")
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as e:
        if e.errno == errno.ELOOP:
            raise Unfit("a link that leads to itself") from None
        raise
    if len(content) > most:
        raise Unfit(f"larger than {most // 1024:,} KiB")
    return content


def read_text(path: Path, within: Path, needs: str) -> str:
    """Return what a text file of a folder holds.

    Args:
        path: The file.
        within: The folder that it must lie in, whatever links lead there.
        needs: Who needs it, for the message.

    Raises:
        BadInput: It is missing, unreadable, no UTF-8, too large, or leads out of the folder.
    """
    try:
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(within)):
            raise Unfit("a link out of its folder")
        return read_bytes(path, MOST_TEXT_BYTES).decode("utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: missing; {needs}") from None
    except UnicodeDecodeError as e:
        raise BadInput(f"{path}: not UTF-8 at byte {e.start}; save it as UTF-8") from None
    except Unfit as e:
        raise BadInput(f"{path}: {e}; put a plain text file of its own there") from None
    except OSError as e:
        raise BadInput(f"{path}: cannot be read ({e.strerror}); make it a readable file") from None


def read_toml(path: Path, text: str) -> dict[str, Any]:
    """Return what a text says as TOML.

    Args:
        path: Where it stands, for the message.
        text: What the file holds.

    Raises:
        BadInput: It is none, or made to use up memory.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") > _MOST_DOTS:
            raise BadInput(f"{path}: line {number} has over {_MOST_DOTS} dots; mend it there")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BadInput(f"{path}: not TOML (nested too deeply); mend it there") from None
    except ValueError as e:
        # Also numbers of more digits than Python makes one of.
        raise BadInput(f"{path}: not TOML: {e}; mend it there") from None


def json_fault(path: Path, e: Unfit) -> RunFault:
    """Return what is said of a JSON file that cannot be read."""
    return RunFault(f"{path}: {e}; put it back as evolflow wrote it, or take it away")
