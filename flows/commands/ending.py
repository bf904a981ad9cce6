"""End the program with a reason: one line on standard error and an exit code."""

import os
import sys
from typing import NoReturn

import click

from schemas.redaction import redact
from schemas.text import visible


def end(message: str, code: int, *, at_once: bool = False) -> NoReturn:
    """Say why, and leave.

    Args:
        message: May quote strangers: keys are taken out, and what would steer a terminal.
        code: What the shell is told.
        at_once: Wait for nobody, where threads that are not ours hang.
    """
    line = " ".join(visible(redact(message, os.environ)).splitlines())
    click.echo(f"evolflow: {line}", err=True)
    if at_once:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
