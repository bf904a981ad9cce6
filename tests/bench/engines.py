"""Measure what more than one process costs: the same run by threads, processes, Dask and Ray.

Prints, side by side, the whole command, the span of its calls, and both against threads. Run it with
`make bench-engines`.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.sides import Measured, evolflow, serving, table

ROWS = 400
SHARD_ROWS = 25
CONCURRENCY = 32
LATENCY_S = 0.2
KINDS = (("threads", 1), ("processes", 2), ("dask", 2), ("ray", 2))


def main() -> None:
    """Measure and print."""
    lines: list[tuple[str, ...]] = []
    heads = ("task_runner", "engines", "wall s", "span s", "span x threads", "start s", "calls/s")
    with tempfile.TemporaryDirectory() as folder, serving(latency_s=LATENCY_S) as server:
        base_s = 0.0
        for kind, engines in KINDS:
            wall_s, got = one(server.address, Path(folder) / kind, kind, engines)
            base_s = base_s or got.span_s
            lines.append((
                kind, str(engines), f"{wall_s:.1f}", f"{got.span_s:.1f}",
                f"{got.span_s / base_s:.2f}", f"{got.start_s:.1f}", f"{got.calls / got.span_s:.0f}",
            ))  # fmt: skip
            print(table(heads, lines), flush=True)


def one(address: str, out: Path, kind: str, engines: int) -> tuple[float, Measured]:
    """Run once; returns the whole command's seconds, and what its calls took."""
    more: dict[str, Any] = {"task-runner": kind, "engines": engines, "shard-rows": SHARD_ROWS}
    began = time.perf_counter()
    got = evolflow(address, ROWS, CONCURRENCY, out, **more)
    return time.perf_counter() - began, got


if __name__ == "__main__":
    main()
