"""Serve one model, apart: `python -m tasks.doors.processes.model_program NAME HOST PORT`.

The server is transformers' own, with an API like OpenAI's; NAME is a folder in the working folder,
and the only model that it knows. Says on standard output when it answers, and ends when standard
input does.
"""

import os
import sys
import time
import urllib.request

import torch
from transformers.cli.serve import Serve

from tasks.doors.processes.children import READY

_POLL_S = 0.1
_ANSWER_S = 5.0


def main(name: str, host: str, port: int) -> None:
    """Serve until standard input ends."""
    # Requests that come together are answered together where there is a GPU. In main memory that takes
    # most of it for a store of what was read: 15 GB for the smallest model.
    serving = Serve(
        force_model=name, host=host, port=port, non_blocking=True,
        log_level="error", continuous_batching=torch.cuda.is_available(),
    )  # fmt: skip
    while not _answers(host, port):
        time.sleep(_POLL_S)
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    # Not through sys.stdin, which this process could then not close at its end.
    while os.read(0, 1):
        pass
    serving.kill_server()
    # Threads of PyTorch's that hang must not keep it.
    os._exit(0)


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/health", timeout=_ANSWER_S) as response:
            return bool(response.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
