"""Make a virtual environment of locks, or go on with one that was interrupted.

    python deployments/make_venv.py VENV LOCK... [--beside LOCK] [--also REQUIREMENT...]

Packages go in by batches. What is in stands in VENV/.made, a line each, written after the package
itself: what is not said there is installed again. Where something else is there than the locks
name, all is made anew. This file needs the standard library only, for nothing else is yet there.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

BATCH = 24
# One fetches while the other unpacks.
AT_ONCE = 2
# Compiling everything takes longer than all the rest, and most modules are never imported.
PIP = ("-m", "pip", "install", "--no-compile", "--disable-pip-version-check", "--no-input")
LOCKED = ("--no-deps", "--require-hashes", "--requirement")
OURS = ("--no-deps", "--no-build-isolation", "--no-index", "--editable", ".")
# 110 MB for those who develop these packages, and the pages of a proxy that is never started.
TESTED = ("matplotlib", "numpy", "pandas", "pyarrow", "scipy", "sklearn", "statsmodels")
NOT_KEPT = (
    *(f"{name}/**/tests" for name in TESTED),
    "pyarrow/include",
    "litellm/proxy/_experimental/out",
)
# Imports what can be imported, so that the first command need not compile it. LiteLLM would ask the
# network for its prices, and Prefect make itself a home.
IMPORT = """
import importlib, os, shutil, sys, tempfile
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", DO_NOT_TRACK="1")
os.environ["PREFECT_HOME"] = tempfile.mkdtemp()
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as e:
        print(name, e)
shutil.rmtree(os.environ["PREFECT_HOME"], ignore_errors=True)
"""


class Failed(Exception):
    """A program failed; the message is all that it printed."""


class Made:
    """What is in an environment: `name==version` is whole, `? name==version` was begun."""

    def __init__(self, venv: Path) -> None:
        self._file = venv / ".made"
        self._turn = threading.Lock()
        # A line without its end was being written.
        text = self._file.read_text(encoding="utf-8") if self._file.is_file() else ""
        lines = text.split("\n")[:-1]
        self.whole = {line for line in lines if not line.startswith("? ")}
        self.touched = {re.sub(r"^\? ", "", line) for line in lines}

    def begin(self, names: Iterable[str]) -> None:
        """Say that these may be there in part from now on."""
        self._write(f"? {name}\n" for name in names)

    def finish(self, names: Iterable[str]) -> None:
        """Say that these are there."""
        self._write(f"{name}\n" for name in names)

    def _write(self, lines: Iterable[str]) -> None:
        with self._turn, self._file.open("a", encoding="utf-8") as file:
            file.write("".join(lines))


class Programs:
    """Starts programs in an environment; what they print matters only where they fail."""

    def __init__(self, venv: Path, turn: int) -> None:
        self._venv = venv
        # Our turn is theirs too: after kill -9 the next set-up waits for what they still write.
        self._turn = turn
        # uv is five times as fast, but does not read pip's settings, which may be needed.
        self._uv = shutil.which("uv")

    def starts(self) -> bool:
        """Tell whether the environment's Python, which leads elsewhere, is still there."""
        try:
            self.python("-c", "")
        except (OSError, Failed):
            return False
        return True

    def python(self, *arguments: str) -> None:
        """Run the environment's Python."""
        self.run(str(self._venv / "bin/python"), *arguments)

    def install(self, requirements: str) -> None:
        """Install what a file of pinned requirements names, whatever seems to be there."""
        if self._uv:
            target = ("--python", str(self._venv / "bin/python"), "--reinstall")
            try:
                return self.run(self._uv, "pip", "install", *target, *LOCKED, requirements)
            except Failed:
                self._uv = None
        return self.python(*PIP, "--ignore-installed", *LOCKED, requirements)

    def run(self, *command: str) -> None:
        """Run a program to its end."""
        ran = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            pass_fds=(self._turn,),
            env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
        )
        if ran.returncode:
            raise Failed(f"{' '.join(command)}\n{ran.stdout}")


def main() -> int:
    """Make what is missing; return the exit code."""
    asked = _arguments().parse_args()
    # Two at once, as under `make -j`, take turns; the lock ends with its processes.
    with Path(__file__).open(encoding="utf-8") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
            make(asked, Programs(asked.venv, turn.fileno()))
        except (Failed, KeyboardInterrupt) as end:
            _say(f"{end}\n{asked.venv} is not ready; the same command goes on from here.".lstrip())
            return 1 if isinstance(end, Failed) else 130
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("venv", type=Path, help="the folder of the environment")
    parser.add_argument("locks", type=Path, nargs="+", help="what must be there")
    parser.add_argument("--beside", type=Path, nargs="*", default=[], help="what may be there too")
    parser.add_argument("--also", nargs="*", default=[], help="packages that no lock holds")
    parser.add_argument("--compile", action="store_true", help="compile what our code imports")
    parser.add_argument("--takes", default="some minutes", help="the time and size to announce")
    return parser


def make(asked: argparse.Namespace, programs: Programs) -> None:
    """Install what is missing, and say so before; say nothing where all is there."""
    venv: Path = asked.venv
    wanted, also = read_locks(asked.locks), set(asked.also)
    # The commands and the package's description come from pyproject.toml.
    ours = f"evolflow=={hashlib.sha256(Path('pyproject.toml').read_bytes()).hexdigest()[:16]}"
    made = Made(venv)
    known = {*wanted, *read_locks(asked.beside), *also}
    strange = [name for name in made.touched - known if not name.startswith("evolflow==")]
    anew = bool(strange) or not made.touched or not programs.starts()
    if anew:
        _refuse_other_pythons()
        made = Made(Path(os.devnull))
    missing = {name: text for name, text in wanted.items() if name not in made.whole}
    if not anew and not missing and {ours, *also} <= made.whole:
        return

    begun = time.monotonic()
    have = f"; {len(wanted) - len(missing)} are there" if len(missing) < len(wanted) else ""
    takes = asked.takes if missing else "some seconds"
    _say(f"{venv}: {len(wanted)} packages of {asked.locks[-1]}{have}; {takes}")
    if anew:
        _remove(venv)
        programs.run(sys.executable, "-m", "venv", str(venv))
        programs.python("-m", "pip", "uninstall", "--yes", "setuptools")
        made = Made(venv)
    _install(made, missing, programs, begun)
    for name in sorted(also - made.whole):
        _say(f"  {name} and what it needs")
        made.begin([name])
        with _file(
            re.sub(r"\[.*?\]| \\$", "", text.split("\n")[0]) for text in wanted.values()
        ) as pins:
            programs.python(*PIP, "--ignore-installed", name, "--constraint", pins)
        made.finish([name])
    programs.python(*PIP, *OURS)
    if asked.compile:
        _say("  evolflow itself; compiling what it imports")
        programs.python("-c", IMPORT, *imported(Path()))
    _prune(venv)
    made.finish([ours])
    _say(f"{venv} is ready after {time.monotonic() - begun:.0f} s")


def read_locks(locks: Iterable[Path]) -> dict[str, str]:
    """Return the text of each requirement, hashes included, by `name==version`."""
    found: dict[str, str] = {}
    for lock in locks:
        for text in re.split(r"\n(?=[^\s#])", lock.read_text(encoding="utf-8")):
            named = re.match(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", text)
            if named:
                found.setdefault(f"{named[1]}=={named[2]}", text)
    return found


def imported(root: Path) -> list[str]:
    """Return the modules of others that our code imports, first or late."""
    found: set[str] = set()
    for file in sorted(
        f for top in ("flows", "tasks", "schemas") for f in root.glob(f"{top}/**/*.py")
    ):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    return sorted(found)


def _install(made: Made, missing: dict[str, str], programs: Programs, begun: float) -> None:
    def install(names: list[str]) -> list[str]:
        made.begin(names)
        with _file(missing[name] for name in names) as requirements:
            programs.install(requirements)
        made.finish(names)
        return names

    done = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for batch in as_completed([pool.submit(install, n) for n in _batches(list(missing))]):
                done += len(batch.result())
                _say(f"  {done} of {len(missing)} packages, {time.monotonic() - begun:.0f} s")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def _file(lines: Iterable[str]) -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        yield file.name


def _batches(names: list[str]) -> Iterator[list[str]]:
    """Yield some names at a time; versions of one package, for several Pythons, stay together."""
    batch: list[str] = []
    for name in names:
        if len(batch) >= BATCH and name.split("==")[0] != batch[-1].split("==")[0]:
            yield batch
            batch = []
        batch.append(name)
    if batch:
        yield batch


def _refuse_other_pythons() -> None:
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        this = ".".join(map(str, sys.version_info[:2]))
        sys.exit(
            f"Python 3.11 to 3.13 is needed, not {this}; say which: make PYTHON=python3.12 ..."
        )


def _prune(venv: Path) -> None:
    for pattern in NOT_KEPT:
        for folder in list(venv.glob(f"lib/*/site-packages/{pattern}")):
            shutil.rmtree(folder, ignore_errors=True)


def _remove(venv: Path) -> None:
    if venv.is_symlink():
        venv.unlink()
    elif venv.exists():
        shutil.rmtree(venv)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
