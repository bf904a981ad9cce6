"""Run a job of fine-tuning in a process apart: PyTorch's memory goes with it, and ours stays small.

Turns a job's file into records while it runs. The process ends with this one, however this one ends.
Several devices are accelerate's business: with its config, its launcher starts the processes. Nothing
of PyTorch is imported here: the base install has none of it.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from schemas.documents.training import Fault, Record, record_of
from schemas.errors import BadInput, RunFault
from schemas.redaction import for_local_models

_PROGRAM = "tasks.doors.processes.fine_tuning"
_POLL_S = 0.2
_DRAIN_S = 60.0
_ERROR_LINE = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt)\b.*")
_LOG_TAIL_BYTES = 65_536

_asked_to_stop: list[RunFault] = []
_running: list["subprocess.Popen[bytes]"] = []


def require(method: str) -> None:
    """Make sure that the packages for fine-tuning are here.

    Raises:
        BadInput: They are not.
    """
    if any(find_spec(name) is None for name in ("torch", "trl", "peft", "datasets")):
        raise BadInput("fine-tuning needs the extra train: pip install 'evolflow[train]'")
    if method == "qlora" and find_spec("bitsandbytes") is None:
        raise BadInput("method: qlora needs the extra qlora: pip install 'evolflow[train,qlora]'")


def halt(fault: RunFault) -> bool:
    """Ask what runs to keep a checkpoint and end; `carried_out` raises the fault then.

    Returns:
        False where nothing runs.
    """
    _asked_to_stop.append(fault)
    return bool(_running)


def is_running() -> bool:
    """Tell whether a process works."""
    return bool(_running)


def carried_out(
    job: Path, says: Path, log: Path, hear: Callable[[Record], None], accelerate: Path | None = None
) -> None:
    """Run a job to its end.

    Args:
        job: Its file.
        says: Where the process writes its records; emptied first.
        log: Gets what the process prints.
        hear: Told each record as it comes.
        accelerate: A file of `accelerate config`; one process without.

    Raises:
        BadInput: The process says that something cannot be used.
        RunFault: It failed, or it was asked to stop.
    """
    says.write_bytes(b"")
    process = _launched(job, log, accelerate)
    _running.append(process)
    faults: list[str] = []
    try:
        for record in _heard(process, says):
            if isinstance(record, Fault):
                faults.append(record.message)
            hear(record)
    finally:
        _running.remove(process)
        _end(process)
    if _asked_to_stop:
        raise _asked_to_stop.pop(0)
    if faults:
        raise BadInput(faults[0])
    if process.returncode:
        raise RunFault(
            f"the training process ended ({_ending(process.returncode, log)}); its log is {log}; the "
            "same command goes on from the last checkpoint"
        )


def _launched(job: Path, log: Path, accelerate: Path | None) -> "subprocess.Popen[bytes]":
    launcher = ["-m", _PROGRAM]
    if accelerate is not None:
        launcher = ["-m", "accelerate.commands.launch", "--config_file", str(accelerate), *launcher]
    home = job.parent
    cache = home / "cache"
    cache.mkdir(exist_ok=True)
    with log.open("ab") as out:
        return subprocess.Popen(
            # -P, and a working folder of ours: no module there may pass for another.
            [sys.executable, "-P", *launcher, str(job)],
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the parent, which asks politely.
            start_new_session=True,
            env=for_local_models(os.environ, cache),
        )


def _heard(process: "subprocess.Popen[bytes]", says: Path) -> Iterator[Record]:
    """Yield records as they are written, until the process has ended and all are read."""
    read, is_told = 0, False
    while True:
        has_ended = process.poll() is not None
        with says.open("rb") as file:
            file.seek(read)
            *lines, _cut = file.read().split(b"\n")
        read += sum(len(line) + 1 for line in lines)
        yield from (record_of(line.decode()) for line in lines)
        if has_ended:
            return
        if _asked_to_stop and not is_told:
            _tell_to_stop(process)
            is_told = True
        time.sleep(_POLL_S)


def _tell_to_stop(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGTERM)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """See that it is gone; one that still works is given time for a checkpoint."""
    if process.poll() is None:
        _tell_to_stop(process)
        try:
            process.wait(_DRAIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
    if process.stdin is not None:
        process.stdin.close()
    process.wait()


def _ending(code: int, log: Path) -> str:
    if code < 0:
        named = signal.Signals(-code).name
        return f"{named}, perhaps for want of memory" if named == "SIGKILL" else named
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LOG_TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    errors = [line for line in lines if _ERROR_LINE.match(line)]
    return errors[-1] if errors else f"exit code {code}"
