"""Read what is handed on: a finished run's dataset, or a mix, in batches, and its counts.

Turns Parquet parts into examples, and with a run's scores into preferences. Writes nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from schemas.documents.document import checked_as
from schemas.documents.mix_json import MixRecord
from schemas.documents.run_json import EvolutionRecord, RunRecord, checked
from schemas.errors import BadInput, RunFault
from schemas.folders.run import RunFolder, Table
from schemas.folders.scoring import scores_of
from schemas.tables.export import Example, Reasoning
from schemas.tables.row import DATASET
from tasks.doors.storage import shards
from tasks.runs.manifest import read_manifest
from tasks.runs.run_json import read_record
from tasks.sources.reasoning import shown

_COLUMNS = [field.name for field in fields(Example) if field.name in {*DATASET.names, "run"}]
_BATCH_ROWS = 1_000
_SEED = "seed"


class Source(NamedTuple):
    """What is handed on."""

    folder: RunFolder
    name: str
    record: EvolutionRecord | MixRecord
    parts: list[Path]
    sha256: str
    """Of what names its content, and of the scores where these are needed."""

    @property
    def is_mix(self) -> bool:
        """Whether it holds rows of several runs, or of one, drawn and cleaned."""
        return isinstance(self.record, MixRecord)

    @property
    def run_id(self) -> str:
        """Of the run; empty for a mix, which has none."""
        return "" if isinstance(self.record, MixRecord) else self.record.run_id


def source_at(root: Path, *, needs_scores: bool = False) -> Source:
    """Return what lies in a folder.

    Raises:
        BadInput: It is neither a finished run nor a mix, or it has no scores that are needed.
        RunFault: What it says of itself is damaged.
    """
    folder, mix = RunFolder(root), root / "mix.json"
    name = root.name or root.resolve().name
    if mix.exists():
        if needs_scores:
            raise BadInput(f"{root}: a mix has no scores; name the run that was scored")
        parts = sorted((root / "data").glob("part-*.parquet"))
        about = checked_as(MixRecord, shards.read_json(mix), mix)
        return Source(folder, name, about, parts, _sha256([mix]))
    if not folder.run_json.exists():
        raise BadInput(f"{root}: holds neither run.json nor mix.json; name a run folder or a mix")
    _require_finished(folder, read_record(folder))
    record = checked(shards.read_json(folder.run_json), folder.run_json, EvolutionRecord)
    content = [folder.manifest, *(_scores(folder) if needs_scores else [])]
    return Source(folder, name, record, _parts(folder, "dataset"), _sha256(content))


def _require_finished(folder: RunFolder, record: RunRecord) -> None:
    if record.kind != "evolution":
        raise BadInput(
            f"{folder.root}: holds another kind of run ({record.kind}); name one of kind evolution"
        )
    if record.state != "done":
        raise BadInput(
            f"{folder.root}: is not finished ({record.state}); the same `evolflow run` goes on"
        )
    if not folder.manifest.exists():
        raise BadInput(f"{folder.manifest}: missing; the same `evolflow run` makes it anew")


def _scores(folder: RunFolder) -> list[Path]:
    path = scores_of(folder).scored("versions")
    if not path.exists():
        raise BadInput(
            f"{path}: missing; `evolflow score {folder.root}` has a judge score its lines"
        )
    return [path]


def _sha256(paths: Sequence[Path]) -> str:
    return hashlib.sha256("".join(map(shards.sha256_of, paths)).encode()).hexdigest()


def _parts(folder: RunFolder, table: Table) -> list[Path]:
    """Return a table's parts of all published epochs, in order, each as the manifest has it."""
    manifest = read_manifest(folder)
    hashes = {entry.path: entry.sha256 for entry in manifest.files}
    epochs = sorted(int(e) for e in manifest.made_from if e.isdecimal())
    parts = [p for e in epochs for p in sorted(folder.table(table, e).glob("part-*.parquet"))]
    for path in parts:
        if shards.sha256_of(path) != hashes.get(path.relative_to(folder.root).as_posix()):
            raise RunFault(f"{path}: damaged or not published; the same `evolflow run` mends it")
    named = sum(name.startswith(f"{table}/") for name in hashes)
    if named != len(parts):
        raise RunFault(
            f"{folder.root / table}: {named - len(parts)} of {named} files are missing; the same "
            "`evolflow run` makes them anew"
        )
    return parts


def examples(
    source: Source, left_out: "Counter[str]", reasoning: Reasoning = "drop"
) -> Iterator[Example]:
    """Yield all rows that have a response, in one shape; the others are counted in `left_out`.

    Args:
        source: Where they lie.
        left_out: Gets a count by reason.
        reasoning: What becomes of what was thought before the response.
    """
    for record in _records(source.parts, _COLUMNS):
        if not (record["response"] or "").strip():
            left_out["without response"] += 1
        elif (one := shown(Example(**{"run": source.name, **record}), reasoning)) is None:
            left_out["writes of think tags"] += 1
        else:
            yield one


def _records(paths: Sequence[Path], columns: list[str]) -> Iterator[dict[str, Any]]:
    for path in paths:
        for batch in shards.read_table(path, columns=columns).to_batches(_BATCH_ROWS):
            yield from batch.to_pylist()


def counts_of(source: Source) -> dict[int, "Counter[str]"]:
    """Return the rows of the dataset by epoch and operation."""
    return _counts(source.parts, "operation")


def eliminated_in(source: Source) -> dict[int, "Counter[str]"]:
    """Return the eliminated rows by epoch and reason; a mix says it in its record."""
    return {} if source.is_mix else _counts(_parts(source.folder, "eliminated"), "reason")


def _counts(paths: Sequence[Path], column: str) -> dict[int, "Counter[str]"]:
    found: dict[int, Counter[str]] = {}
    for path in paths:
        read = shards.read_table(path, columns=["epoch", column])
        for epoch, name in zip(*(one.to_pylist() for one in read.columns), strict=True):
            found.setdefault(epoch, Counter())[name or _SEED] += 1
    return found
