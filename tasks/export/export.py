"""Turn a finished run's or a mix's dataset into a folder that trainers read. Buys nothing.

OUT/train/…               the data, in one format
OUT/dataset_info.json     how LLaMA-Factory reads it
OUT/axolotl.yaml          how axolotl reads it
OUT/README.md             the dataset card, where it is asked for
OUT/export.json           what it was made from, and every file's sha256

The folder appears whole or not at all. Rows pass through in small batches. What a format is stands in
`tasks.export.formats`.
"""

import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from schemas.documents.document import checked_as
from schemas.documents.export_json import ExportRecord
from schemas.documents.manifest import Entry
from schemas.errors import BadInput
from schemas.folders.export import ExportFolder
from schemas.settings.export import ExportForm
from schemas.tables.export import HANDED_ON, HANDED_ON_THOUGHTS, Format, Reasoning
from tasks.doors.files import dataset_files
from tasks.doors.files.yaml_text import yaml_text
from tasks.doors.storage import folders, shards
from tasks.doors.storage.places import is_object, place
from tasks.export.card import About, card_head, card_text
from tasks.export.examples import pairs
from tasks.export.formats import CSV_COLUMNS, FORMATS
from tasks.runs.made_at_once import same_at
from tasks.sources.finished import Source, counts_of, eliminated_in, examples, source_at

log = logging.getLogger("evolflow.hand_on")

_LICENSE = re.compile(r"[a-z0-9][a-z0-9.\-]{0,63}")
_PARQUET_ROWS = 20_000
_BATCH_ROWS = 1_000
_NAME = "evolflow"
"""Of the dataset in LLaMA-Factory's dataset_info.json."""


class Wanted(NamedTuple):
    """What shall be made."""

    format: str
    out: Path
    card: bool = False
    license: str | None = None
    shard_rows: int | None = None
    """Most rows of a file; None for one file, and for Parquet files of 20,000 rows."""
    reasoning: Reasoning = "drop"


def wanted_of(settings: ExportForm) -> Wanted:
    """Return what settings ask for.

    Raises:
        BadInput: There is no such format, or a licence without a card to stand in.
    """
    if settings.format not in FORMATS:
        raise BadInput(
            f"format: {settings.format!r} is not known; choose one of {', '.join(FORMATS)}"
        )
    form = FORMATS[settings.format]
    if settings.reasoning == "field" and not form.has_thoughts:
        raise BadInput(
            f"reasoning: {settings.format} has no field for thinking; take think-tags, or the format "
            "messages or parquet"
        )
    if settings.reasoning != "drop" and form.is_of_pairs:
        raise BadInput(f"reasoning: {settings.format} holds answers as they were scored; take drop")
    if settings.license is not None and not settings.card:
        raise BadInput("license: it stands in the card; give --card, too")
    if settings.license is not None and not _LICENSE.fullmatch(settings.license):
        raise BadInput(
            f"license: {settings.license!r} is no name of the Hub's; write it like cc-by-4.0"
        )
    return Wanted(
        settings.format, place(settings.out), settings.card, settings.license,
        settings.shard_rows, settings.reasoning,
    )  # fmt: skip


class HandedOn(NamedTuple):
    """What was made."""

    rows: int
    files: int
    left_out: dict[str, int]
    is_new: bool
    """False where the same export was there already."""


def hand_on(root: Path, wanted: Wanted) -> HandedOn:
    """Write an export, or find that the same one is there.

    Args:
        root: Of a finished run, or of a mix.
        wanted: What shall be made of it.

    Raises:
        BadInput: The source or the place cannot be used, or there are no rows.
        RunFault: A file is damaged or cannot be written; nothing is left behind.
    """
    source = source_at(root, needs_scores=FORMATS[wanted.format].is_of_pairs)
    _require_place(root, wanted.out)
    key = _key(source, wanted)
    done = _same(wanted.out, key)
    if done is not None:
        return done
    with dataset_files.new_folder(wanted.out) as draft:
        made = _write(source, wanted, draft)
        files = sorted(path for path in draft.rglob("*") if path.is_file())
        about = ExportRecord(
            format=wanted.format, source=source.name, made_from=key, rows=made.rows,
            data_files=made.files, left_out=made.left_out,
            files=[_entry(draft, path) for path in files],
        )  # fmt: skip
        shards.write_json(about, ExportFolder(draft).export_json)
    log.info("format=%s rows=%d left_out=%d", wanted.format, made.rows, sum(made.left_out.values()))
    return made


def _entry(root: Path, path: Path) -> Entry:
    return Entry(path=path.relative_to(root).as_posix(), sha256=shards.sha256_of(path))


def _require_place(root: Path, out: Path) -> None:
    if is_object(out):
        raise BadInput(f"out: {out}: an export is a folder on a disk; name one, and copy it there")
    folders.require_outside(out)
    folders.require_writable(out.parent)


def _same(out: Path, key: str) -> HandedOn | None:
    """Return what lies there if it is the same export, whole.

    Raises:
        BadInput: Something else lies there.
        RunFault: export.json is damaged.
    """
    path = ExportFolder(out).export_json
    about = same_at(
        path,
        key,
        lambda found: checked_as(ExportRecord, found, path),
        what="export",
        made="exported",
    )
    if about is None:
        return None
    return HandedOn(about.rows, about.data_files, about.left_out, is_new=False)


def _key(source: Source, wanted: Wanted) -> str:
    told = wanted._replace(out=Path())._asdict()
    if wanted.reasoning == "drop":
        # What was handed on before thinking was known is still the same.
        del told["reasoning"]
    parts = [source.sha256, source.name, version("evolflow"), *told.values()]
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:32]


def _write(source: Source, wanted: Wanted, draft: Path) -> HandedOn:
    form = FORMATS[wanted.format]
    left_out: Counter[str] = Counter()
    items = (
        pairs(source, left_out)
        if form.is_of_pairs
        else examples(source, left_out, wanted.reasoning)
    )
    rows = count()
    records = (form.record(item) for item in items if next(rows) >= 0)
    ExportFolder(draft).train.mkdir()
    paths = _write_data(form, records, ExportFolder(draft).train, wanted)
    made = HandedOn(next(rows), len(paths), dict(sorted(left_out.items())), is_new=True)
    if not made.rows:
        said = ", ".join(f"{n} {why}" for why, n in made.left_out.items()) or "it is empty"
        raise BadInput(f"{source.folder.root}: nothing to export as {wanted.format} ({said})")
    is_one = len(paths) == 1 and wanted.shard_rows is None
    _tell_trainers(form, draft, f"train/{paths[0].name}" if is_one else "train")
    if wanted.card:
        _write_card(source, wanted, made, draft)
    return made


def _write_data(
    form: Format, records: Iterator[Mapping[str, Any]], folder: Path, wanted: Wanted
) -> list[Path]:
    shard_rows = wanted.shard_rows
    if form.encoding == "parquet":
        schema = HANDED_ON_THOUGHTS if wanted.reasoning == "field" else HANDED_ON
        parts = (folder / f"{form.stem}-{number:05d}.parquet" for number in count())
        return _write_parquet(schema, records, parts, shard_rows or _PARQUET_ROWS)
    ending = f".{form.encoding}"
    numbered = (folder / f"{form.stem}-{number:05d}{ending}" for number in count())
    paths = iter([folder / f"{form.stem}{ending}"]) if shard_rows is None else numbered
    if form.encoding == "jsonl":
        return dataset_files.write_lines(map(dataset_files.json_line, records), paths, shard_rows)
    lines = (dataset_files.csv_line([record[name] for name in CSV_COLUMNS]) for record in records)
    head = dataset_files.csv_line(CSV_COLUMNS)
    return dataset_files.write_lines(lines, paths, shard_rows, head)


def _write_parquet(
    schema: pa.Schema, records: Iterator[Mapping[str, Any]], paths: Iterator[Path], per_file: int
) -> list[Path]:
    made: list[Path] = []
    while batches := list(_batches(schema, islice(records, per_file))):
        made.append(next(paths))
        shards.write_table(pa.Table.from_batches(batches, schema), made[-1])
    return made


def _batches(schema: pa.Schema, records: Iterator[Mapping[str, Any]]) -> Iterator[pa.RecordBatch]:
    # As Arrow's own a file's rows take a fraction of what they take as dictionaries.
    while some := list(islice(records, _BATCH_ROWS)):
        yield pa.RecordBatch.from_pylist(some, schema=schema)


def _tell_trainers(form: Format, draft: Path, data: str) -> None:
    """Say beside the data how trainers read them; a format for people has nothing to say."""
    if form.llama_factory is not None:
        entry = {"file_name": data, **form.llama_factory}
        shards.write_json({_NAME: entry}, ExportFolder(draft).dataset_info)
    if form.axolotl is not None:
        snippet = {**form.axolotl_head, "datasets": [{"path": f"./{data}", **form.axolotl}]}
        shards.write_text(yaml_text(snippet), ExportFolder(draft).axolotl)


def _write_card(source: Source, wanted: Wanted, made: HandedOn, draft: Path) -> None:
    about = About(
        source.name, wanted.format, source.record, counts_of(source),
        eliminated_in(source), made.rows, made.left_out, wanted.license,
    )  # fmt: skip
    shards.write_text(card_text(about, yaml_text(card_head(about))), ExportFolder(draft).card)
