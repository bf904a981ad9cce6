"""Measure what commands cost that have next to nothing to do: CPU seconds, all processes together.

Prints, a line a command, the best of two: CPU, wall, the goal, and CPU against a calibrating loop of
the same sitting, so that figures of two machines can be compared; a busy machine adds up to a third to
the CPU of what has two processes. Offline models only, nothing leaves
the machine. Run it with `make bench-start`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from tests.bench.sides import ROOT, table, write_seeds

TIMES = 2
LONGEST_S = 300
SEEDS = 3
PRICED = "openai/gpt-4.1-mini"
LOOP = "sum(n * n for n in range(5_000_000))"


class Cost(NamedTuple):
    """What a command took."""

    cpu_s: float
    """Of its process and of all that it started and waited for."""
    wall_s: float
    began: float


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))
        loop_s = bench.best(["-c", LOOP]).cpu_s
        print(f"a calibrating loop: {loop_s:.2f} CPU s; `python -c pass`: {bench.bare_s():.2f}\n")
        lines = [
            (what, f"{cpu:.2f}", f"{wall:.2f}", f"{goal:.1f}", f"{cpu / loop_s:.1f}")
            for what, cpu, wall, goal in bench.figures()
        ]
        heads = ("what", "CPU s", "wall s", "goal s", "CPU / loop")
        print(table(heads, lines))


class _Bench:
    """Runs commands in a folder and a home of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._run = folder / "run"
        seeds = write_seeds(folder / "seeds.json", SEEDS)
        self._flags = ["--seeds", seeds, "--epochs", 1, "--out", self._run, "--model"]
        # A user's Python keeps what it has compiled.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PREFECT"))}
        self._environment = {**kept, "EVOLFLOW_HOME": str(folder / "home")}

    def figures(self) -> list[tuple[str, float, float, float]]:
        """Return what was measured: its name, CPU and wall seconds, and the goal."""
        run = ["run", *self._flags, "offline/rewriter"]
        first = self._evolflow(*run)
        plan = ["plan", *self._flags]
        whole, start_s = self._whole_run(run)
        row = pd.read_parquet(self._run / "dataset", columns=["id"])["id"].iloc[0]
        quick = {"status": 1.0, "verify": 1.0, "report": 3.0}
        return [
            ("first run ever: database made", first.cpu_s, first.wall_s, 0.0),
            (f"run, {SEEDS} seeds x 1 epoch", whole.cpu_s, whole.wall_s, 7.0),
            ("  of it: start to first call (wall)", start_s, start_s, 3.5),
            self._timed("run again, finished", 2.0, *run),
            self._timed("--help", 0.6, "--help"),
            *(self._timed(name, goal, name, self._run) for name, goal in quick.items()),
            self._timed("show", 1.0, "show", self._run, row),
            self._timed("plan, offline", 2.0, *plan, "offline/rewriter"),
            self._timed(f"plan, {PRICED}", 2.0, *plan, PRICED),
        ]

    def best(self, arguments: Sequence[Any]) -> Cost:
        """Return the cheapest of some tries of a Python program."""
        return min(self._python(*arguments) for _ in range(TIMES))

    def bare_s(self) -> float:
        """Return the CPU seconds of a Python that does nothing."""
        return self.best(["-c", "pass"]).cpu_s

    def _whole_run(self, run: Sequence[Any]) -> tuple[Cost, float]:
        """Return the cheapest of some runs, and the shortest time to a first call."""
        tries = []
        for _ in range(TIMES):
            self._run.rename(self._folder / f"old-{time.monotonic_ns()}")
            cost = self._evolflow(*run)
            calls = pd.read_parquet(self._run / "calls")
            tries.append((cost, float((calls["finished_at"] - calls["latency_s"]).min())))
        return min(tries)[0], min(first - cost.began for cost, first in tries)

    def _timed(self, name: str, goal: float, *command: Any) -> tuple[str, float, float, float]:
        cost = self.best(["-m", "flows.cli", *command])
        return name, cost.cpu_s, cost.wall_s, goal

    def _evolflow(self, *command: Any) -> Cost:
        return self._python("-m", "flows.cli", *command)

    def _python(self, *arguments: Any) -> Cost:
        before, began = os.times(), time.time()
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False,
            timeout=LONGEST_S,
        )  # fmt: skip
        after = os.times()
        if done.returncode:
            raise SystemExit(done.stderr)
        cpu_s = sum(after[2:4]) - sum(before[2:4])
        return Cost(cpu_s, time.time() - began, began)


if __name__ == "__main__":
    main()
