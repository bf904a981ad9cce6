"""Measure `evolflow mix` by rows and by kind of duplicates: time and peak memory.

Prints both by number of rows. Run it with `make bench-mix`.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from schemas.documents.manifest import Manifest
from schemas.tables.row import DATASET, SCHEMA_VERSION, Row, to_table
from tasks.doors.storage import shards
from tasks.runs.manifest import commit, entry_of
from tests.bench.sides import table
from tests.tasks.exported import finished_run, row_of

WORDS = [
    f"{a}{b}{c}" for a in "bdfglmnprst" for b in "aeiou" for c in ("ln", "rt", "sk", "mb", "x")
]
PART_ROWS = 20_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000, 250_000])
    parser.add_argument("--dedup", nargs="+", default=["exact", "minhash", "lexical"])
    given = parser.parse_args()
    lines: list[tuple[str, ...]] = []
    heads = ("rows", "dedup", "wall s", "rows/s", "peak MB", "against first", "removed")
    with tempfile.TemporaryDirectory() as folder:
        first: dict[str, float] = {}
        for rows in given.rows:
            run = write_run(Path(folder) / str(rows), rows)
            for dedup in given.dedup:
                wall_s, peak_mb, removed = one(run, dedup)
                against = peak_mb / first.setdefault(dedup, peak_mb)
                lines.append((
                    f"{rows:,}", dedup, f"{wall_s:.0f}", f"{rows / wall_s:,.0f}", f"{peak_mb:.0f}",
                    f"{against:.2f}", removed,
                ))  # fmt: skip
                print(table(heads, lines), flush=True)


def one(run: Path, dedup: str) -> tuple[float, float, str]:
    """Mix a run with all checks; returns seconds, megabytes and what the command says first."""
    out = run.parent / f"mix-{dedup}"
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, "mix", run, "--out", out, "--dedup", dedup, "--sample",
         "70000", "--decontaminate", "own"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    wall_s = time.perf_counter() - began
    said, _, peak = done.stdout.rpartition("peak ")
    return wall_s, int(peak) / 1024, said.splitlines()[0]


_MEASURED = """
import resource, sys
from flows.cli import main
try:
    main()
finally:
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def write_run(place: Path, rows: int) -> Path:
    """Make a finished run of texts of some 50 words, a tenth of them near duplicates."""
    place.mkdir()
    folder = finished_run(place, [], epochs=1, rows=[row_of(0, 0, "Name a knot.", "Reef.")])
    drawn = random.Random(0)
    paths = []
    for number, begin in enumerate(range(0, rows, PART_ROWS)):
        made = [_row(n, drawn) for n in range(begin, min(rows, begin + PART_ROWS))]
        path = folder.part("dataset", 0, number)
        shards.write_table(to_table(made, DATASET), path)
        paths.append(path)
    for part in folder.table("dataset", 0).glob("*.parquet"):
        if part not in paths:
            part.unlink()
    files = [entry_of(folder, path) for path in paths]
    commit(
        folder, Manifest(schema_version=SCHEMA_VERSION, files=files, made_from={"0": "key"}), None
    )
    return folder.root


_before: list[list[str]] = []


def _row(number: int, drawn: random.Random) -> Row:
    words = [drawn.choice(WORDS) for _ in range(50)]
    if _before and drawn.random() < 0.1:
        words = [*drawn.choice(_before)]
        for place in (10, 40):
            words[place] = drawn.choice(WORDS)
    if len(_before) < 5_000:
        _before.append(words)
    response = " ".join(drawn.choice(WORDS) for _ in range(120))
    return row_of(number, 0, " ".join(words), response)


if __name__ == "__main__":
    main()
