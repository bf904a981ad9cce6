"""Say what a mix holds, and check that it is whole. Writes nothing."""

from schemas.documents.document import checked_as
from schemas.documents.mix_json import MixRecord
from schemas.folders.mix import MixFolder
from tasks.doors.storage import shards
from tasks.runs.checks import Check, Problem
from tasks.runs.soundness import listed_check

_AGAIN = "remove the folder and mix again"


def mix_status(folder: MixFolder) -> MixRecord:
    """Return mix.json: what the mix was made from, counts and files.

    Raises:
        BadInput: This is no mix.
        RunFault: mix.json is damaged.
    """
    return checked_as(MixRecord, shards.read_json(folder.mix_json), folder.mix_json)


def mix_text(folder: MixFolder) -> str:
    """Return what became of the rows, where they lie and what comes next."""
    found = mix_status(folder)
    removed, flagged = found.removed, found.flagged
    total = found.rows + sum(removed.values())
    width = max((len(name) for name in [*removed, *flagged]), default=0)
    lines = [f"{total:,} rows: {found.rows:,} mixed, {total - found.rows:,} removed"]
    lines += [f"  removed  {why:<{width}}  {n:>9,}" for why, n in removed.items()]
    lines += [f"  flagged  {what:<{width}}  {n:>9,}" for what, n in flagged.items()]
    if found.let_be:
        lines.append(f"  let be   {found.let_be:,} rows near another of their own line")
    if found.hits:
        lines.append(f"  {found.hits:,} pairs of a row and a test item share words: {folder.hits}")
    return "\n".join(
        [
            *lines,
            f"mix:      {folder.data}  (pandas: pd.read_parquet)",
            f"removed:  {folder.removed}",
            f"next:     evolflow train --data {folder.root} --out MODEL",
        ]
    )


def mix_checks(folder: MixFolder) -> list[Check]:
    """Return everything that was checked: the record, the files, the rows."""
    found = mix_status(folder)
    names = ", ".join(run.name for run in found.runs)
    first = Check("mix.json", f"mix {found.made_from[:8]} of {names}")
    files = listed_check(folder.root, found.files, folder.mix_json.name, _AGAIN)
    return [first, files] if files.problems else [first, files, _rows(folder, found)]


def _rows(folder: MixFolder, found: MixRecord) -> Check:
    """Hold the counts against the rows that are there."""
    counted = {
        "mixed": (found.rows, folder.parts(folder.data)),
        "removed": (sum(found.removed.values()), folder.parts(folder.removed)),
    }
    problems = []
    for name, (told, paths) in counted.items():
        there = sum(shards.count_rows(path) for path in paths)
        if there != told:
            problems.append(
                Problem(
                    folder.mix_json.name, f"names {told} rows {name}, there are {there}", _AGAIN
                )
            )
    total = sum(told for told, _ in counted.values())
    return Check("rows", f"{total:,} of the runs, each once", problems)
