"""The two sides that benchmarks compare: a bare aiohttp loop, and the real command, over one server."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pandas as pd

ROOT = Path(__file__).parent.parent.parent


class Measured(NamedTuple):
    """What a side took for its calls."""

    calls: int
    span_s: float
    """From the start of the first answered call to the last answer."""
    cpu_s: float
    """Of the measured process alone."""
    start_s: float = 0.0
    """From the start of the process to its first call."""
    peak_mb: float = 0.0


class Server:
    """A model server in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self._process = process
        self.address = address
        self.seen: dict[str, int] = {}
        """What it saw; known once it has ended."""

    def end(self) -> None:
        """End it and read what it saw."""
        out, _ = self._process.communicate("")
        self.seen = json.loads(out)


@contextmanager
def serving(**orders: Any) -> Iterator[Server]:
    """Serve for the length of a block.

    Args:
        orders: latency_s; faults (share by status); rpm, burst and telling.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.server", json.dumps(orders)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    server = Server(process, process.stdout.readline().strip())
    try:
        yield server
    finally:
        server.end()


def bare(address: str, calls: int, concurrency: int) -> Measured:
    """Send the same number of calls with nothing around them."""
    return asyncio.run(_bare(address, calls, concurrency))


async def _bare(address: str, calls: int, concurrency: int) -> Measured:
    gate = asyncio.Semaphore(concurrency)
    connector = aiohttp.TCPConnector(limit=0)
    cpu = time.process_time()
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(number: int) -> None:
            body = {"model": "m", "messages": [{"role": "user", "content": f"prompt {number}"}]}
            async with gate, session.post(f"{address}/chat/completions", json=body) as response:
                await response.json()

        began = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(calls)))
        span_s = time.perf_counter() - began
    return Measured(calls, span_s, time.process_time() - cpu)


def evolflow(
    address: str,
    rows: int,
    concurrency: int,
    out: Path,
    *,
    model: str = "openai/bench",
    **flags: Any,
) -> Measured:
    """Run the real command over two calls a row: no judge, seeds' own responses kept."""
    seeds = write_seeds(out.with_suffix(".json"), rows)
    settings = out.with_suffix(".toml")
    settings.write_text(f'[prices."{model}"]\ninput = 1.0\noutput = 1.0\n')
    began = time.time()
    usage = run_measured(
        settings, "--seeds", seeds, "--out", out, "--model", model, "--api-base", address,
        "--epochs", 1, "--no-gain-check", "--concurrency", concurrency,
        *(part for name, value in flags.items() for part in (f"--{name}", value)),
        home=out.parent / "home",
    )  # fmt: skip
    calls = pd.read_parquet(out / "calls")
    assert len(calls) == 2 * rows and calls["error"].isna().all()
    first = float((calls["finished_at"] - calls["latency_s"]).min())
    span_s = float(calls["finished_at"].max()) - first
    return Measured(2 * rows, span_s, usage["cpu_s"], first - began, usage["peak_mb"])


def write_seeds(path: Path, rows: int) -> Path:
    """Write seeds that have their responses."""
    records = [{"instruction": f"Describe knot {n}.", "output": "It holds."} for n in range(rows)]
    path.write_text(json.dumps(records))
    return path


def run_measured(*arguments: Any, home: Path) -> dict[str, float]:
    """Run the command to its end; returns CPU seconds and peak memory of its process."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.measured", "run", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "EVOLFLOW_HOME": str(home), "OPENAI_API_KEY": "none"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    usage: dict[str, float] = json.loads(done.stderr.strip().splitlines()[-1])
    return usage


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table for a terminal: the first column to the left, figures to the right."""
    widths = [max(len(row[n]) for row in (heads, *rows)) for n in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(w) if n == 0 else cell.rjust(w)
                  for n, (cell, w) in enumerate(zip(row, widths, strict=True)))
        for row in (heads, *rows)
    )  # fmt: skip
