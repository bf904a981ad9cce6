"""Check a whole scoring: files against the manifest, scores against their scales, calls and ledger.

Turns a folder into checks, each with its problems: where, what, and what to do. What is not there yet
is no problem. Writes nothing and asks nobody.
"""

from schemas.folders.scoring import EPOCH, ScoringFolder
from schemas.tables.scoring import (
    HIGHEST,
    LOWEST,
    Difficulty,
    Version,
    difficulties_of,
    versions_of,
)
from tasks.doors.storage import shards
from tasks.runs.checks import AGAIN, Check, Problem
from tasks.runs.run_json import read_record
from tasks.runs.soundness import calls_check, files_check, ledger_check

_FEW = 3


def scoring_checks(folder: ScoringFolder) -> list[Check]:
    """Return everything that was checked, in order.

    Raises:
        BadInput: This is no run folder.
        RunFault: Its run.json is damaged.
    """
    record = read_record(folder)
    first = Check("run.json", f"{record.kind} {record.run_id[:8]}, {record.state}")
    if not folder.manifest.exists():
        return [first, Check("manifest", "nothing is published yet"), ledger_check(folder, EPOCH)]
    files = files_check(folder, [])
    if files.problems:
        return [first, files, ledger_check(folder, EPOCH)]
    calls = calls_check(folder, EPOCH, [folder.scored("calls")])
    return [first, files, ledger_check(folder, EPOCH), _scores(folder), calls]


def _scores(folder: ScoringFolder) -> Check:
    """Every score is on its scale, and every line was compared whole."""
    scored = difficulties_of(shards.read_table(folder.scored("difficulty")))
    versions = versions_of(shards.read_table(folder.scored("versions")))
    lines: dict[str, list[Version]] = {}
    for version in versions:
        lines.setdefault(version.seed_id, []).append(version)
    faults = [f"difficulty of {one.id!r}: {one.score}" for one in scored if not _is_fit(one)]
    faults += [f"line {name!r}: odd scores or versions" for name, v in lines.items() if _is_odd(v)]
    problems = [Problem("scores", fault, AGAIN) for fault in faults[:_FEW]]
    return Check("scores", f"{len(scored):,} instructions, {len(lines):,} lines", problems)


def _is_fit(one: Difficulty) -> bool:
    return one.score is None or LOWEST <= one.score <= HIGHEST


def _is_odd(line: list[Version]) -> bool:
    n = len(line)
    is_whole_line = sorted(one.shown for one in line) == list(range(1, n + 1))
    known = [s for one in line for s in (one.complexity, one.quality) if s is not None]
    return not is_whole_line or any(not LOWEST <= score <= n for score in known)
