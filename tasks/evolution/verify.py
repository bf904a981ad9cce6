"""Check a whole run: every file against its checksums, then the tables against each other.

Turns a run folder into checks, each with its problems: where, what, and what to do. What is not there
yet is no problem, so a stopped run can be checked as well as a finished one. Writes nothing and asks
nobody.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from schemas.calls.call import Call, Pending, entry
from schemas.calls.ledger_line import Line, State
from schemas.documents.manifest import Entry, Manifest
from schemas.documents.run_json import EvolutionRecord, RunRecord, checked
from schemas.errors import BadInput, RunFault
from schemas.folders.run import TABLES, RunFolder, Table
from schemas.settings.evolution import RunSettings
from tasks.doors.storage import ledger, lock, shards
from tasks.evolution.verify_tables import COLUMNS, Columns, Contents, agreement
from tasks.runs.checks import AGAIN, Check, Problem

_AWAY = "move it out of the run folder"
_OUT = "move it out of the folder"
_COPY = "put it back from a copy"
_PART = re.compile(r"(dataset|eliminated|calls)/epoch-(\d{1,3})/part-\d+\.parquet")
_DAMAGES = {
    State.MENDED: "damaged record, of which one byte changed: it can be mended",
    State.LOST: "damaged record, beyond mending: bought again if its shard is made anew",
}

Entries = dict[str, Entry]
"""What the manifest says of each file, by path."""


def checks_of(folder: RunFolder) -> list[Check]:
    """Return everything that was checked, in order.

    Raises:
        BadInput: This is no run folder.
    """
    record, first = _run_json(folder)
    entries, second = _manifest(folder, record)
    tables, third = _published(folder, entries)
    held, fourth = _ledgers(folder, _epochs(entries))
    files = [first, second, third, _leftovers(folder, entries), _work_shards(folder), fourth]
    if folder.validation.exists():
        files.append(_validation(folder))
    return [*files, *agreement(Contents(_epochs(entries), tables, held))]


def _run_json(folder: RunFolder) -> tuple[RunRecord | None, Check]:
    path = folder.run_json
    try:
        record = checked(shards.read_json(path), path, EvolutionRecord)
    except BadInput:
        raise
    except RunFault as e:
        problem = _problem(folder, path, e)._replace(remedy=_COPY)
        return None, Check("run.json", "unreadable", [problem])
    # Most settings stand there twice.
    settings = _held_to(record)
    differ = [
        Problem(path.name, f"damaged ({name} is {value!r} here and {there!r} there)", _COPY)
        for name, value in record.fixed.items()
        if not _agree(name, value, there := settings.get(name))
    ]
    return record, Check("run.json", f"run {record.run_id[:8]}, {record.state}", differ)


def _held_to(record: RunRecord) -> dict[str, object]:
    """Return what the settings say of what a run is held to, whatever way they say it."""
    try:
        return RunSettings.model_validate(record.settings).fixed_part()
    except ValidationError:
        return record.settings


def _agree(name: str, here: object, there: object) -> bool:
    """Tell whether a setting is the same in both places, or has grown since the run began."""
    is_grown = isinstance(here, int) and isinstance(there, int) and here < there
    return here == there or (is_grown and name in RunSettings.growing())


def _manifest(folder: RunFolder, record: RunRecord | None) -> tuple[Entries, Check]:
    path = folder.manifest
    if not path.exists():
        return {}, Check("manifest", "nothing is published yet")
    try:
        named = {one.path: one for one in Manifest.model_validate(shards.read_json(path)).files}
    except RunFault as e:
        return {}, Check("manifest", "unreadable", [_problem(folder, path, e)])
    except ValidationError:
        problem = Problem(path.name, "damaged (it is not as evolflow wrote it)", AGAIN)
        return {}, Check("manifest", "unreadable", [problem])
    entries = {name: entry for name, entry in named.items() if _PART.fullmatch(name)}
    problems = [
        Problem(path.name, f"names {name!r}, which is no part of a table", AGAIN)
        for name in sorted(named.keys() - entries.keys())
    ]
    if record is not None and record.state == "done":
        missing = set(range(record.settings["epochs"] + 1)) - set(_epochs(entries))
        problems += [Problem(path.name, f"lacks epoch {epoch}", AGAIN) for epoch in missing]
    return entries, Check(
        "manifest", f"{len(entries)} files of {len(_epochs(entries))} epochs", problems
    )


def _published(
    folder: RunFolder, entries: Entries
) -> tuple[dict[tuple[Table, int], Columns], Check]:
    """Read every named part once; keep the columns that are looked at, where all parts are whole."""
    tables: dict[tuple[Table, int], Columns] = {}
    problems: list[Problem] = []
    n_rows = 0
    for epoch in _epochs(entries):
        for table in TABLES:
            names = sorted(name for name in entries if name.startswith(f"{table}/epoch-{epoch}/"))
            read = [_part(folder, name, entries[name]) for name in names]
            problems += [part for part in read if isinstance(part, Problem)]
            whole = [part for part in read if not isinstance(part, Problem)]
            n_rows += sum(part.num_rows for part in whole)
            if whole and len(whole) == len(read):
                tables[table, epoch] = pa.concat_tables(whole).to_pydict()
    return tables, Check("tables", f"{n_rows:,} rows in {len(entries)} files", problems)


def _part(folder: RunFolder, name: str, named: Entry) -> pa.Table | Problem:
    path = folder.root / name
    try:
        table = shards.read_table(path)
    except RunFault as e:
        return _problem(folder, path, e)
    found = {
        "rows": table.num_rows, "bytes": path.stat().st_size, "sha256": shards.sha256_of(path),
    }  # fmt: skip
    differ = [fact for fact, value in found.items() if getattr(named, fact) != value]
    if differ:
        return Problem(name, f"not as manifest.json has it ({', '.join(differ)})", AGAIN)
    return table.select(COLUMNS[name.partition("/")[0]])


def _leftovers(folder: RunFolder, entries: Entries) -> Check:
    """Look for files that readers of the tables would take for a part of the result."""
    if lock.is_held(folder.lock):
        return Check("leftovers", "not looked for: a process works on this run")
    if folder.manifest.exists() and not entries:
        return Check("leftovers", "not looked for: manifest.json cannot tell")
    found = [path for table in TABLES for path in sorted((folder.root / table).rglob("*"))]
    names = [_place(folder, path) for path in found if path.is_file()]
    # Drafts are swept at the next start, and readers pass over hidden files.
    left = [name for name in names if name not in entries and "/.draft-" not in name]
    problems = [
        Problem(name, "not in manifest.json", AGAIN if _PART.fullmatch(name) else _AWAY)
        for name in left
    ]
    return Check("leftovers", f"{len(names)} files in the tables' folders", problems)


def _work_shards(folder: RunFolder) -> Check:
    # Drafts of a killed process are swept at the next start.
    paths = [p for p in sorted(folder.work.rglob("*.parquet")) if not p.name.startswith(".draft-")]
    problems: list[Problem] = []
    for path in paths:
        try:
            shards.read_table(path)
        except RunFault as e:
            problems.append(_problem(folder, path, e))
    return Check("work shards", f"{len(paths)} files", problems)


def _ledgers(
    folder: RunFolder, published: list[int]
) -> tuple[dict[int, dict[str, Call | Pending]], Check]:
    """Check every record; keep what the ledgers hold, where none of an epoch is lost."""
    held: dict[int, dict[str, Call | Pending]] = {}
    problems = [
        Problem(_place(folder, path), "no epoch has this name", _OUT)
        for path in folder.strange_epochs()
    ]
    n_records = 0
    for epoch in sorted({*folder.epochs(), *published}):
        entries: dict[str, Call | Pending] = {}
        is_whole = True
        for path in folder.ledgers(epoch):
            for line in _lines(folder, path, problems):
                n_records += 1
                is_whole = is_whole and line.state is not State.LOST
                one, wrong = _entry(line, f"{_place(folder, path)}:{line.number}")
                problems += wrong
                if one is not None:
                    entries[one.key] = one
        if is_whole:
            held[epoch] = entries
    return held, Check("ledger", f"{n_records:,} records", problems)


def _lines(folder: RunFolder, path: Path, problems: list[Problem]) -> Iterator[Line]:
    try:
        yield from ledger.lines(path)
    except RunFault as e:
        problems.append(_problem(folder, path, e))


def _entry(line: Line, place: str) -> tuple[Call | Pending | None, list[Problem]]:
    """Return what a line says, as far as it can be told, and what is wrong with it."""
    problems = []
    if line.state in _DAMAGES:
        problems.append(Problem(place, _DAMAGES[line.state], AGAIN))
    if not line.is_usable:
        return None, problems
    try:
        return entry(line.record), problems
    except ValueError as e:
        return None, [*problems, Problem(place, str(e), _OUT)]


def _validation(folder: RunFolder) -> Check:
    path = folder.validation
    try:
        is_success = shards.read_json(path)["success"] is True
    except RunFault as e:
        return Check("validation", "unreadable", [_problem(folder, path, e)])
    except (KeyError, TypeError):
        problem = Problem(path.name, "damaged (it is not as evolflow wrote it)", AGAIN)
        return Check("validation", "unreadable", [problem])
    problems = [] if is_success else [Problem(path.name, "a rule finds rows in dataset/", AGAIN)]
    return Check("validation", "the dataset against the rules", problems)


def _epochs(entries: Entries) -> list[int]:
    return sorted({int(match[2]) for name in entries if (match := _PART.fullmatch(name))})


def _place(folder: RunFolder, path: Path) -> str:
    return path.relative_to(folder.root).as_posix()


def _problem(folder: RunFolder, path: Path, fault: RunFault) -> Problem:
    """Take a fault apart that reads `path: what; remedy`."""
    what, _, remedy = str(fault).removeprefix(f"{path}: ").rpartition("; ")
    return Problem(_place(folder, path), what or remedy, remedy if what else AGAIN)
