"""Keep a child process alive as long as this one wants it, and never longer.

A child says a line when it works, ends when its standard input does, and is started anew when it dies
alone. Knows nothing of what it does.
"""

import logging
import math
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_START_S = 120.0
_KEPT_LINES = 200
_MOST_IN_VAIN = 3
READY = "evolflow: ready"
"""What a child says when it works."""
_ERROR_LINE = re.compile(r"^[\w.]*(?:Error|Exception|Exit|Interrupt)\b.*")

log = logging.getLogger("evolflow.children")


@dataclass(frozen=True)
class Program:
    """What a child runs."""

    name: str
    """As messages call it."""
    module: str
    arguments: Sequence[str]
    home: Path
    """Its working folder."""
    environment: Mapping[str, str]
    files: Sequence[int] = ()
    """Descriptors that it inherits."""


class Child:
    """A running program; when it dies alone, another takes its place."""

    def __init__(self, program: Program) -> None:
        """Start the first one."""
        self._program = program
        self._ended: str | None = None
        self._is_wanted = True
        self._changing = threading.Lock()
        self._deadline = time.monotonic() + _START_S
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self.ready = threading.Event()
        """Set once the first one works."""
        self._process = self._launch()
        threading.Thread(target=self._watch, name=program.name, daemon=True).start()

    @property
    def fault(self) -> str | None:
        """Why there is none; None while there is one, or one starts."""
        if time.monotonic() > self._deadline:
            return f"is not there after {_START_S:.0f} s"
        return self._ended

    @property
    def is_up(self) -> bool:
        """Whether it said that it works, and nothing was heard of its end."""
        return self._deadline == math.inf

    @property
    def last_error(self) -> str | None:
        """The last error that it told of, in its own words; None where it told of none."""
        errors = [line for line in list(self._said) if _ERROR_LINE.match(line)]
        return errors[-1] if errors else None

    def kill(self) -> None:
        """End it at once; another takes its place, as when it dies alone."""
        self._process.kill()

    def close(self, drain_s: float) -> None:
        """End it, politely first.

        Args:
            drain_s: Seconds that it has to end by itself.
        """
        with self._changing:
            self._is_wanted = False
            process = self._process
        if not self.is_up:
            # It still starts, and would not hear.
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=drain_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _launch(self) -> "subprocess.Popen[str]":
        program = self._program
        return subprocess.Popen(
            # -P, and another working folder: no module or settings file there may pass for ours.
            [sys.executable, "-P", "-m", program.module, *program.arguments],
            cwd=program.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=program.files,
            # Ctrl-C in the terminal is for the parent, which still needs it to stop cleanly.
            start_new_session=True,
            env=dict(program.environment),
        )

    def _watch(self) -> None:
        """Start another whenever one dies, but one that cannot even start."""
        in_vain = 0
        while True:
            in_vain = 0 if self._listen() else in_vain + 1
            code = self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            ending = _ending(code, self._said)
            with self._changing:
                if not self._is_wanted:
                    return
                if in_vain and (code > 0 or in_vain > _MOST_IN_VAIN):
                    self._ended = f"does not start: {ending}"
                    return
                log.warning("%s ended (%s); starting another", self._program.name, ending)
                self._deadline = time.monotonic() + _START_S
                self._process = self._launch()

    def _listen(self) -> bool:
        """Read what the child says until it ends; tells whether it ever worked."""
        has_worked = False
        self._said.clear()
        for line in self._process.stdout or ():
            if line.strip() == READY:
                has_worked = True
                self._deadline = math.inf
                self.ready.set()
            else:
                self._said.append(line.strip())
        return has_worked


def _ending(code: int, said: deque[str]) -> str:
    """Say in a few words why a child ended."""
    errors = [line for line in said if _ERROR_LINE.match(line)]
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return errors[-1] if errors and code > 0 else how
