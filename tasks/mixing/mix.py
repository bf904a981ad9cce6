"""Mix runs into what a model is trained on: all epochs together, cleaned, drawn, shuffled (§3.3).

Turns finished runs into a folder that appears whole or not at all. Every row of theirs stands in it
once: in data/, or in removed/ with its reason. Buys nothing.
"""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from schemas.documents.document import checked_as
from schemas.documents.manifest import Entry
from schemas.documents.mix_json import MixedRun, MixRecord
from schemas.errors import BadInput, RunFault
from schemas.folders.mix import MixFolder
from schemas.settings.evaluation import OWN_TESTS
from schemas.settings.mixing import MixSettings
from schemas.settings.scoring import OFFLINE, SENTENCES
from schemas.tables.mix import Hit, Removal, Verdict
from tasks.doors.files import dataset_files
from tasks.doors.numbers import sentences
from tasks.doors.storage import folders, shards
from tasks.doors.storage.places import is_object
from tasks.mixing import duplicates
from tasks.mixing.decontamination import Tests, contaminated
from tasks.mixing.drawing import Lots, lots_of, not_drawn
from tasks.mixing.pool import Pool, pool_of
from tasks.mixing.selection import not_selected, scores_content
from tasks.mixing.writing import Places, write_hits, write_rows
from tasks.runs.made_at_once import same_at
from tasks.sources.records import files_of
from tasks.sources.test_sets import OWN_SET

log = logging.getLogger("evolflow.mixing")


class Mixed(NamedTuple):
    """What came out."""

    rows: int
    removed: dict[str, int]
    """By reason."""
    flagged: dict[str, int]
    """Rows of the mix by what looks private in them."""
    hits: int
    """Pairs of a row and a test item that share words."""
    let_be: int
    """Rows near another of their own line, which is no duplicate."""
    is_new: bool
    """False where the same mix was there already."""


def mix(settings: MixSettings) -> Mixed:
    """Write a mix, or find that the same one is there.

    Raises:
        BadInput: A run, a test file or the place cannot be used, or no row is left.
        RunFault: A file is damaged or cannot be written; nothing is left behind.
    """
    _require_place(settings)
    _require_embeddings(settings)
    pool = pool_of(settings.runs)
    tests = Tests(settings.decontaminate)
    key = _key(settings, pool)
    done = _same(Path(settings.out), key)
    if done is not None:
        return done
    hits: list[Hit] = []
    let_be = duplicates.LetBe()
    n, verdicts = _judged(pool, settings, tests, hits, let_be)
    places = _places(pool, n, verdicts, lots_of(pool, settings.rng_seed))
    if len(verdicts) == n:
        said = ", ".join(f"{count} {why}" for why, count in _by_reason(verdicts).items())
        raise BadInput(f"runs: no row is left to mix ({said or 'they are empty'})")
    with dataset_files.new_folder(Path(settings.out)) as draft:
        folder = MixFolder(draft)
        sharing = {hit.id for hit in hits}
        flags = write_rows(folder, pool, verdicts, places, settings.part_rows, sharing)
        write_hits(folder, hits)
        made = Mixed(n - len(verdicts), _by_reason(verdicts), dict(sorted(flags.items())),
                     len(hits), let_be.rows, is_new=True)  # fmt: skip
        _require_conserved(folder, n, made)
        shards.write_json(_record(settings, pool, key, made, folder), folder.mix_json)
    log.info("rows=%d kept=%d removed=%s", n, made.rows, made.removed)
    return made


def _judged(
    pool: Pool, settings: MixSettings, tests: Tests, hits: list[Hit], let_be: duplicates.LetBe
) -> tuple[int, dict[int, Verdict]]:
    """Return how many rows there are, and why those that do not stand in the mix are removed."""
    n = sum(table.num_rows for table in pool.tables(["id"]))
    is_left = [True] * n
    verdicts: dict[int, Verdict] = {}
    for step in _steps(pool, is_left, settings, tests, hits, let_be):
        # A step looks at what was left when it began.
        found = dict(step)
        verdicts |= found
        for number in found:
            is_left[number] = False
    return n, verdicts


def _steps(
    pool: Pool,
    is_left: list[bool],
    settings: MixSettings,
    tests: Tests,
    hits: list[Hit],
    let_be: duplicates.LetBe,
) -> Iterator[duplicates.Found]:
    yield _unanswered(pool)
    if settings.versions == "latest":
        yield duplicates.earlier_versions(pool, is_left)
    if settings.dedup != "none":
        yield duplicates.exact(pool, is_left)
    if settings.dedup == "minhash":
        yield duplicates.near(pool, is_left, settings.near_duplicate_similarity, let_be)
    if settings.dedup == "lexical":
        yield duplicates.lexical(pool, is_left, settings, let_be)
    if settings.dedup == "semantic":
        yield duplicates.semantic(pool, is_left, settings, let_be)
    if settings.decontaminate:
        yield contaminated(pool, is_left, tests, settings.contaminated_share, hits)
    yield not_selected(pool, is_left, settings)
    yield not_drawn(pool, is_left, lots_of(pool, settings.rng_seed), settings)


def _unanswered(pool: Pool) -> duplicates.Found:
    for row in pool.texts():
        if not (row.response or "").strip():
            yield row.number, Verdict(Removal.UNANSWERED, "no response")


def _places(pool: Pool, n: int, verdicts: dict[int, Verdict], lots: Lots) -> Places:
    left = np.array([number for number in range(n) if number not in verdicts], dtype=np.int64)
    places = np.full(n, -1, dtype=np.int64)
    places[left[np.argsort(lots[left], kind="stable")]] = np.arange(len(left))
    return places


def _by_reason(verdicts: dict[int, Verdict]) -> dict[str, int]:
    return dict(sorted(Counter(verdict.reason.value for verdict in verdicts.values()).items()))


def _require_conserved(folder: MixFolder, n: int, made: Mixed) -> None:
    """Make sure that every row of the runs stands in exactly one file."""
    kept = sum(shards.count_rows(path) for path in folder.parts(folder.data))
    gone = sum(shards.count_rows(path) for path in folder.parts(folder.removed))
    if (kept, kept + gone) != (made.rows, n):
        raise RunFault(f"mix: {n} rows came in, {kept} are in the mix and {gone} removed")


def _require_place(settings: MixSettings) -> None:
    out = Path(settings.out)
    if is_object(out) or "://" in settings.out:
        raise BadInput(f"out: {settings.out}: a mix is a folder on a disk; name one")
    folders.require_outside(out)
    folders.require_writable(out.parent)


def _require_embeddings(settings: MixSettings) -> None:
    if settings.embeddings.startswith(SENTENCES):
        sentences.require(Path(settings.embeddings.removeprefix(SENTENCES)))
    elif settings.embeddings != OFFLINE:
        raise BadInput(
            f"embeddings: {settings.embeddings!r} is not known to a mix, which buys nothing; give "
            f"{OFFLINE}, or {SENTENCES}PATH"
        )
    elif settings.dedup == "semantic":
        raise BadInput(
            f"dedup: semantic needs embeddings that know meaning; give embeddings {SENTENCES}PATH, or "
            "dedup lexical, which compares words and characters"
        )


def _key(settings: MixSettings, pool: Pool) -> str:
    """Return what the mix is made from: rows, scores and test items by content, settings by value."""
    told = [
        version("evolflow"),
        *((source.name, source.sha256) for source in pool.sources),
        *(_content(name) for name in settings.decontaminate),
        *(scores_content(pool) if settings.select_top is not None else []),
        settings.model_dump(mode="json", exclude={"runs", "out", "decontaminate"}),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _content(name: str) -> list[str]:
    path = OWN_SET if name == OWN_TESTS else Path(name)
    return [shards.sha256_of(part) for part in files_of(path, "decontaminate")]


def _same(out: Path, key: str) -> Mixed | None:
    """Return what lies there if it is the same mix, whole.

    Raises:
        BadInput: Something else lies there.
        RunFault: mix.json is damaged.
    """
    path = MixFolder(out).mix_json
    about = same_at(
        path, key, lambda found: checked_as(MixRecord, found, path), what="mix", made="mixed"
    )
    if about is None:
        return None
    return Mixed(about.rows, about.removed, about.flagged, about.hits, about.let_be, is_new=False)


def _record(
    settings: MixSettings, pool: Pool, key: str, made: Mixed, folder: MixFolder
) -> MixRecord:
    """Return what mix.json shall hold: no path of this machine stands in it."""
    chosen = settings.model_dump(mode="json", exclude={"runs", "out", "decontaminate"})
    files = sorted(path for path in folder.root.rglob("*.parquet"))
    return MixRecord(
        made_from=key,
        runs=[
            MixedRun(name=source.name, run_id=source.run_id, sha256=source.sha256)
            for source in pool.sources
        ],
        settings={**chosen, "decontaminate": [Path(n).name for n in settings.decontaminate]},
        rows=made.rows,
        removed=made.removed,
        flagged=made.flagged,
        hits=made.hits,
        let_be=made.let_be,
        versions={"evolflow": version("evolflow")},
        files=[_entry(folder, path) for path in files],
    )


def _entry(folder: MixFolder, path: Path) -> Entry:
    return Entry(
        path=path.relative_to(folder.root).as_posix(),
        rows=shards.count_rows(path),
        sha256=shards.sha256_of(path),
    )
