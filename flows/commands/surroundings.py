"""Make the best of what the shell gave: streams, file modes, the number of open files.

Turns closed streams into ones that swallow, letters that a terminal cannot show into their escapes,
and a small limit of open files into a larger one or one line. Knows no command.
"""

import os
import resource
import sys
from contextlib import suppress

from schemas.errors import BadInput

_PRIVATE = 0o077
"""What others may not do with files of ours: prompts and answers may be nobody's business."""
_FILES = 1024
_FEWEST_FILES = 128
"""A run needs its server's, its log's, its shards' and its connections' at once."""


def settle() -> None:
    """Settle streams and file modes; called once, before anything is written."""
    _fill_closed()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # A pipe that somebody opened to be read, too, cannot be changed any more.
            with suppress(OSError):
                reconfigure(errors="backslashreplace")
    os.umask(os.umask(_PRIVATE) | _PRIVATE)


def require_files() -> None:
    """Make sure that enough files may be open at once.

    Raises:
        BadInput: They may not, and the limit cannot be raised from here.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _FILES:
        return
    most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if most > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < _FEWEST_FILES:
        raise BadInput(
            f"open files: {most} allowed at once, {_FEWEST_FILES} needed; give ulimit -n {_FILES} "
            "first"
        )


def _fill_closed() -> None:
    """Open what was closed: else the first socket would get its number, and be written to."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
