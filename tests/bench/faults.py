"""Measure what faults cost: the call span at 1 % and 10 % failures, and how full a limited line stays.

Prints each beside the clean span of the same sitting. Run it with `make bench`.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.sides import evolflow, serving, table

ROWS, CONCURRENCY, LATENCY_S = 500, 64, 0.2
RPM, BURST = 1200, 20
LIMITED_ROWS = 300
CASES: tuple[tuple[str, dict[str, float]], ...] = (
    ("clean", {}),
    ("1 % 429", {"429": 0.01}),
    ("5 % 429 + 5 % 500", {"429": 0.05, "500": 0.05}),
)
TELLINGS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("--rpm given", "nothing", {"rpm": RPM}),
    ("told in x-ratelimit headers", "openai", {}),
    ("told by Retry-After", "retry-after", {}),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="best of so many")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(faults(given.rounds, Path(folder)), end="\n\n", flush=True)
        print(limited(Path(folder)), flush=True)


def faults(rounds: int, folder: Path) -> str:
    """Return the call span under faults beside the clean one."""
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        for name, shares in CASES:
            with serving(latency_s=LATENCY_S, faults=shares) as server:
                out = folder / f"{CASES.index((name, shares))}-{number}"
                measured = evolflow(server.address, ROWS, CONCURRENCY, out)
                found.setdefault(name, []).append(measured.span_s)
    clean = min(found["clean"])
    lines = [
        (name, f"{min(spans):.2f}", f"{min(spans) / clean:.2f}", f"{max(spans) / clean:.2f}",
         " ".join(f"{span:.2f}" for span in spans))
        for name, spans in found.items()
    ]  # fmt: skip
    heads = ("faults at random", "span s", "ratio", "worst", "all spans, s")
    return f"{2 * ROWS} calls of {LATENCY_S} s, C={CONCURRENCY}, all answered\n" + table(
        heads, lines
    )


def limited(folder: Path) -> str:
    """Return throughput and refusals at a server that enforces a limit of requests a minute."""
    lines = []
    for number, (name, telling, flags) in enumerate(TELLINGS):
        with serving(latency_s=LATENCY_S, rpm=RPM, burst=BURST, telling=telling) as server:
            out = folder / f"limited-{number}"
            measured = evolflow(server.address, LIMITED_ROWS, CONCURRENCY, out, **flags)
        a_minute = 60 * measured.calls / measured.span_s
        refused = server.seen["refused"] / server.seen["requests"]
        lines.append((name, f"{a_minute:.0f}", f"{a_minute / RPM:.1%}", f"{refused:.1%}"))
    heads = ("the limit is", "calls/min", "of the limit", "refused")
    return f"a bucket of {RPM} requests a minute, {BURST} at once\n" + table(heads, lines)


if __name__ == "__main__":
    main()
