"""Closed streams, old terminals, few open files: one line or an escape, never a traceback or a hang."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

_SETTLED = "from flows.commands.surroundings import *; settle(); "


def python(code: str, **more: object) -> "subprocess.CompletedProcess[str]":
    given = {"capture_output": True, "text": True, "timeout": 60, "check": False, **more}
    command = [sys.executable, "-c", _SETTLED + code]
    return subprocess.run(command, cwd=ROOT, **given)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_with_closed_streams_a_command_ends_as_with_open_ones(closed: str) -> None:
    line = f'"$0" -m flows.cli status nowhere {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", line, sys.executable], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 2


def test_a_closed_stream_is_not_taken_by_the_next_file() -> None:
    code = "import os; fd = os.open('/', os.O_RDONLY); os._exit(0 if fd > 2 else 1)"
    line = f"\"$0\" -c '{_SETTLED}{code.replace(chr(39), chr(34))}' <&- >&-"
    done = subprocess.run(
        ["/bin/sh", "-c", line, sys.executable], cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_what_a_terminal_cannot_show_is_escaped(encoding: str) -> None:
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = python("print('kept \\u4f60 \\u2026')", env=env)
    assert (done.returncode, done.stdout) == (0, "kept \\u4f60 \\u2026\n")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o177])
def test_what_is_made_is_for_its_user_alone(tmp_path: Path, umask: int) -> None:
    place = tmp_path / "made"
    code = f"import os, pathlib; pathlib.Path({str(place)!r}).touch()"
    assert python(code, umask=umask).returncode == 0
    assert place.stat().st_mode & 0o777 == 0o600 & ~umask


@pytest.mark.parametrize("few", [40, 64])
def test_too_few_open_files_are_one_line(few: int) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))

    done = python("require_files()", preexec_fn=limit)
    assert f"BadInput: open files: {few} allowed at once, 128 needed" in done.stderr


def test_a_soft_limit_of_open_files_is_raised() -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 512))

    code = "require_files(); import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    assert python(code, preexec_fn=limit).stdout == "512\n"
