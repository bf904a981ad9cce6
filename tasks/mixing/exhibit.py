"""Show what came of a mix in the Prefect UI. Knows nothing of requests."""

from pathlib import Path

from schemas.documents.document import Facts
from schemas.folders.run import RunFolder
from tasks.doors.prefect import artifacts
from tasks.mixing.mix import Mixed
from tasks.runs import ui_names


def show_mix(out: str, made: Mixed) -> None:
    """Show rows by what became of them; called in a flow run, which gets its tags."""
    ui_names.tag("mix")
    name = ui_names.slug(RunFolder(Path(out)))
    rows: list[Facts] = [{"what": "mixed", "why": "", "rows": made.rows}]
    rows += [{"what": "removed", "why": why, "rows": n} for why, n in made.removed.items()]
    rows += [{"what": "flagged", "why": why, "rows": n} for why, n in made.flagged.items()]
    with artifacts.optional("what came of the mix"):
        artifacts.table(f"{name}-mix", rows, f"Mix {name}: what became of the rows.")
