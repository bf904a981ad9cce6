"""Measure a run against the physical limit: a bare aiohttp loop over the same calls, in one sitting.

The server runs in a process of its own with a fixed latency. Prints the two side by side and their
ratios; wall times depend on the machine, ratios less so. Run it with `make bench`.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pandas as pd

ROOT = Path(__file__).parent.parent.parent


class Measured(NamedTuple):
    """One side of the comparison."""

    calls: int
    span_s: float
    """From the first answer's start to the last answer."""
    cpu_s: float
    peak_mb: float | None = None
    """Of the flow process; the bare loop runs inside the benchmark itself."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency-s", type=float, default=0.2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--more-rows", type=int, default=2000, help="for the marginal CPU a call")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.server", str(given.latency_s)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            compare(given, address, Path(folder))
        finally:
            server.terminate()
            server.wait()


def compare(given: argparse.Namespace, address: str, folder: Path) -> None:
    """Run both sides in turn, best of the rounds, and print the figures."""
    calls = 2 * given.rows
    ideal_s = calls * given.latency_s / given.concurrency
    print(f"{given.rows} seeds, evolve + respond = {calls} calls of {given.latency_s} s")
    print(f"concurrency {given.concurrency}, ideal {ideal_s:.2f} s")
    bare, ours = [], []
    for number in range(given.rounds):
        bare.append(asyncio.run(bare_loop(address, calls, given.concurrency)))
        ours.append(evolflow(address, given.rows, given.concurrency, folder / f"run-{number}"))
    best_bare, best_ours = (min(side, key=lambda m: m.span_s) for side in (bare, ours))
    more = evolflow(address, given.more_rows, given.concurrency, folder / "more")
    marginal_ms = 1000 * (more.cpu_s - min(m.cpu_s for m in ours)) / (more.calls - calls)
    print(f"{'':22}{'bare aiohttp':>14}{'evolflow':>12}{'ratio':>8}")
    line("call span, s", best_bare.span_s, best_ours.span_s)
    line("calls a second", best_bare.calls / best_bare.span_s, best_ours.calls / best_ours.span_s)
    line("CPU s, whole process", best_bare.cpu_s, best_ours.cpu_s)
    print(f"peak resident memory of the flow process: {best_ours.peak_mb:.0f} MB")
    print(f"marginal CPU a call, {given.rows} to {given.more_rows} rows: {marginal_ms:.2f} ms "
          "(the flow process alone)")  # fmt: skip
    print(f"all spans, s: bare {[round(m.span_s, 2) for m in bare]}, "
          f"evolflow {[round(m.span_s, 2) for m in ours]}")  # fmt: skip


def line(name: str, bare: float, ours: float) -> None:
    """Print one figure of both sides."""
    print(f"{name:22}{bare:14.2f}{ours:12.2f}{ours / bare:8.2f}")


async def bare_loop(address: str, calls: int, concurrency: int) -> Measured:
    """Send the same number of calls with nothing around them."""
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


def evolflow(address: str, rows: int, concurrency: int, out: Path) -> Measured:
    """Run the real command over the same calls: no judge, seeds' own responses kept."""
    seeds = out.with_suffix(".json")
    records = [{"instruction": f"Describe knot {n}.", "output": "It holds."} for n in range(rows)]
    seeds.write_text(json.dumps(records))
    command = [
        sys.executable, "-m", "tests.bench.measured", "run", "--seeds", str(seeds), "--out", str(out),
        "--model", "openai/bench", "--api-base", address, "--epochs", "1", "--no-gain-check",
        "--concurrency", str(concurrency),
    ]  # fmt: skip
    home = out.parent / "home"
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "EVOLFLOW_HOME": str(home)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    usage = json.loads(done.stderr.strip().splitlines()[-1])
    calls = pd.read_parquet(out / "calls")
    assert len(calls) == 2 * rows
    began = (calls["finished_at"] - calls["latency_s"]).min()
    span_s = float(calls["finished_at"].max() - began)
    return Measured(2 * rows, span_s, usage["cpu_s"], usage["peak_mb"])


if __name__ == "__main__":
    main()
