"""What the tests of exports share: a finished run made by hand, with the texts that a test wants.

Tests of training begin with it, too.
"""

from collections.abc import Sequence
from pathlib import Path

from schemas.documents.manifest import Manifest
from schemas.folders.run import RunFolder
from schemas.folders.scoring import scores_of
from schemas.settings.evolution import RunSettings
from schemas.tables.row import DATASET, ELIMINATED, SCHEMA_VERSION, Row, to_table
from schemas.tables.scoring import DIFFICULTIES, VERSIONS, Difficulty, Version
from tasks.doors.storage import shards
from tasks.runs.manifest import commit, entry_of

CODE = "```python\ndef f(x: str) -> str:\n\treturn f'{x}\\n'\n```\n"
HARD_TEXTS = [
    "plain",
    "你好 🎉 café ﷽ 👩‍👩‍👧",
    CODE,
    "nul \x00 bell \x07 escape \x1b end",
    "ends \u2028 of \u2029 lines \x85 and \r\n more \x1c\x1d\x0b\x0c",
    '"quoted", \'twice\'; and\\back\\slashes\\u0041 "" ,,',
    "=1+1",
    "@SUM(A1)",
    "-1",
    "+1",
    "\t=1",
    "\r=1",
    "'=1",
    "\ufeffmark",
    "long " * 60_000,
]
"""Texts that formats and readers stumble over."""


def finished_run(
    place: Path,
    texts: Sequence[tuple[str, str | None]],
    epochs: int = 2,
    rows: Sequence[Row] | None = None,
) -> RunFolder:
    """Make a finished run whose lines have these texts in every epoch, or one of these rows."""
    folder = RunFolder(place / "run")
    _record(folder, place, epochs)
    paths = []
    for epoch in range(epochs + 1):
        own = [row_of(n, epoch, *pair) for n, pair in enumerate(texts)]
        own = own if rows is None else [row for row in rows if row.epoch == epoch]
        gone = Row(f"gone-{epoch}", "s0", 0, epoch, "gone", reason="no_gain", evidence="same")
        # Two parts an epoch: what is read must not depend on how it was cut.
        cut = len(own) // 2
        for number, half in enumerate((own[:cut], own[cut:])):
            shards.write_table(to_table(half, DATASET), folder.part("dataset", epoch, number))
            paths.append(folder.part("dataset", epoch, number))
        shards.write_table(to_table([gone], ELIMINATED), folder.part("eliminated", epoch, 0))
        paths.append(folder.part("eliminated", epoch, 0))
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        files=[entry_of(folder, path) for path in paths],
        made_from={str(epoch): f"key-{epoch}" for epoch in range(epochs + 1)},
    )
    commit(folder, manifest, None)
    return folder


def _record(folder: RunFolder, place: Path, epochs: int) -> None:
    settings = RunSettings(
        seeds=place / "seeds.json", out=folder.root, model="offline/rewriter", epochs=epochs
    )
    record = {
        "run_id": "0123", "kind": "evolution", "state": "done", "created_at": "today",
        "changed_at": "today", "settings": settings.model_dump(mode="json"), "fixed": {},
        "seeds_sha256": "1" * 64, "pack": {"name": "general", "sha256": "2" * 64},
        "versions": {"evolflow": "0.1.0"},
    }  # fmt: skip
    shards.write_json(record, folder.run_json)


def row_of(line: int, epoch: int, instruction: str, response: str | None) -> Row:
    """Return a line's row of an epoch."""
    seed = f"s{line}"
    ancestor = seed if epoch == 1 else f"{seed}-{epoch - 1}"
    return Row(
        f"{seed}-{epoch}" if epoch else seed, seed, line, epoch, instruction,
        parent_id=ancestor if epoch else None,
        operation="deepen" if epoch else None,
        response=response, model="offline/rewriter", extra='{"topic": "boats"}',
    )  # fmt: skip


def scored(folder: RunFolder, rows: Sequence[tuple[Row, float | None]]) -> None:
    """Put scores beside a run, as a judge would have given them."""
    versions = [
        Version(
            n, row.id, row.seed_id, row.epoch, row.instruction, row.response, "a/judge", 3, 1,
            complexity=1.0, quality=quality,
        )
        for n, (row, quality) in enumerate(rows)
    ]  # fmt: skip
    shards.write_table(to_table(versions, VERSIONS), scores_of(folder).scored("versions"))
    difficult = [
        Difficulty(
            n, row.id, row.seed_id, row.epoch, row.instruction, "a/judge",
            None if quality is None else 1 + quality,
        )
        for n, (row, quality) in enumerate(rows)
    ]  # fmt: skip
    shards.write_table(to_table(difficult, DIFFICULTIES), scores_of(folder).scored("difficulty"))
