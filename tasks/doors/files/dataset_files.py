"""Text files for others: JSON Lines and CSV, in a folder that appears whole or not at all.

Lines are written as they come, so that any number of them takes the same memory. Knows how the two
are written, not what a line means.
"""

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from schemas.errors import RunFault
from schemas.text import well_formed

# These end a line for str.splitlines, which many readers use, but not for JSON.
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Hand out an empty draft; it becomes the folder when the block ends well, and is gone otherwise.

    Args:
        path: Nothing may lie there, or an empty folder.

    Raises:
        RunFault: It cannot be written; nothing is left of it.
    """
    draft = path.with_name(f".draft-{os.getpid()}-{path.name}")
    try:
        _sweep(path)
        draft.mkdir(parents=True)
        yield draft
        _flush(draft)
        draft.rename(path)
        _flush(path.parent, deep=False)
    except OSError as e:
        raise RunFault(
            f"out: {path}: cannot be written ({e.strerror}); free space or choose another folder"
        ) from e
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sweep(path: Path) -> None:
    """Remove drafts of this folder that killed processes left; one that is being written stays."""
    if not path.parent.is_dir():
        return
    for old in path.parent.iterdir():
        named = re.fullmatch(rf"\.draft-(\d+)-{re.escape(path.name)}", old.name)
        if named and (int(named[1]) == os.getpid() or not _is_alive(int(named[1]))):
            shutil.rmtree(old, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _flush(folder: Path, *, deep: bool = True) -> None:
    for path in (*(folder.rglob("*") if deep else ()), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_lines(
    lines: Iterable[str], paths: Iterator[Path], per_file: int | None, head: str = ""
) -> list[Path]:
    """Write lines to one file after another.

    Args:
        lines: Each with its end.
        paths: Where each file goes.
        per_file: Most lines of a file; None puts all into one.
        head: Begins each file.

    Returns:
        The files that were made; none where there are no lines.
    """
    waiting = iter(lines)
    made: list[Path] = []
    for first in waiting:
        made.append(next(paths))
        rest = waiting if per_file is None else islice(waiting, per_file - 1)
        with made[-1].open("w", encoding="utf-8", newline="") as file:
            file.writelines(chain([head, first], rest))
    return made


def json_line(record: Mapping[str, Any]) -> str:
    """Return a record as a line of JSON; whatever the texts hold, it is one line for every reader."""
    line = json.dumps(record, ensure_ascii=False)
    return well_formed(line).translate(_LINE_ENDS) + "\n"


def csv_line(values: Sequence[str]) -> str:
    """Return one row of CSV."""
    sink = io.StringIO(newline="")
    csv.writer(sink, quoting=csv.QUOTE_ALL).writerow(map(well_formed, values))
    return sink.getvalue()
