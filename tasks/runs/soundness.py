"""Check what every run folder has, whatever its flow: the files of the manifest, ledgers, calls.

Turns a folder into checks, each with its problems. Knows nothing of what a flow's tables mean.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from schemas.calls.ledger_line import Line, State
from schemas.documents.manifest import Entry
from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from tasks.buying.bought import calls_in
from tasks.doors.storage import ledger, shards
from tasks.runs.checks import AGAIN, Check, Problem
from tasks.runs.manifest import is_whole, read_manifest


def files_check(folder: RunFolder, there: Iterable[Path]) -> Check:
    """Hold the manifest against the files of the tables.

    Args:
        folder: Its manifest is there.
        there: All files that readers of the tables would take for a part of them.
    """
    named = read_manifest(folder).files
    problems = [
        Problem(entry.path, "not as manifest.json has it", AGAIN)
        for entry in named
        if not is_whole(folder, entry)
    ]
    known = {folder.root / entry.path for entry in named}
    problems += [
        Problem(path.relative_to(folder.root).as_posix(), "not in manifest.json", AGAIN)
        for path in there
        if path not in known
    ]
    return Check("tables", f"{len(named)} files", problems)


def ledger_check(folder: RunFolder, epoch: int) -> Check:
    """Look at every record of an epoch's ledgers."""
    lines: list[tuple[Path, Line]] = []
    problems: list[Problem] = []
    for path in folder.ledgers(epoch):
        try:
            lines += [(path, line) for line in ledger.lines(path)]
        except RunFault as e:
            name = path.relative_to(folder.root).as_posix()
            problems.append(Problem(name, str(e).removeprefix(f"{path}: "), AGAIN))
    problems += [
        Problem(
            f"{path.relative_to(folder.root).as_posix()}:{line.number}", "damaged record", AGAIN
        )
        for path, line in lines
        if line.state in (State.MENDED, State.LOST)
    ]
    return Check("ledger", f"{len(lines):,} records", problems)


def calls_check(folder: RunFolder, epoch: int, tables: Iterable[Path]) -> Check:
    """Hold the published calls against the ledgers.

    Args:
        folder: The run's.
        epoch: Whose ledgers.
        tables: The parts of the table `calls`.
    """
    published = {
        key
        for path in tables
        for key in shards.read_table(path, columns=["key"])["key"].to_pylist()
    }
    try:
        bought = {call.key for path in folder.ledgers(epoch) for call in calls_in(path)}
    except RunFault as e:
        place = f"epoch {epoch}"
        return Check("calls", f"{len(published):,} published", [Problem(place, str(e), AGAIN)])
    differing = len(bought ^ published)
    problems = [Problem("calls", f"{differing} calls differ from the ledger's", AGAIN)]
    return Check("calls", f"{len(published):,} published", problems if differing else [])


def listed_check(root: Path, listed: Sequence[Entry], record: str, remedy: str) -> Check:
    """Hold a folder that was made at once against the document that lists its files.

    Args:
        root: The folder.
        listed: Path and sha256 of each file.
        record: Name of that document.
        remedy: What is to be done where a file differs.
    """
    named = {root / one.path: one.sha256 for one in listed}
    problems = [
        Problem(path.relative_to(root).as_posix(), f"not as {record} has it", remedy)
        for path, sha256 in named.items()
        if not path.is_file() or shards.sha256_of(path) != sha256
    ]
    there = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name != record]
    problems += [
        Problem(path.relative_to(root).as_posix(), f"not in {record}", "move it out of the folder")
        for path in there
        if path not in named
    ]
    return Check("files", f"{len(named)} files", problems)
