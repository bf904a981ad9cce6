"""Show a scoring in the Prefect UI: progress, and the scores by epoch.

Turns a scoring's tables into artifacts, which hold numbers alone. Knows nothing of requests.
"""

from schemas.documents.document import Facts
from schemas.folders.run import RunFolder
from schemas.folders.scoring import ScoringFolder
from schemas.tables.scoring import difficulties_of, versions_of
from tasks.doors.prefect import artifacts
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.stage import unremembered
from tasks.runs.ui_names import slug
from tasks.scoring.difficulty import Level, difficulty_by_epoch, standing_by_epoch


def key_of(folder: RunFolder) -> str:
    """Return what a scoring is called in keys: by what is scored, for all are named `scores`."""
    root = folder.root
    return slug(RunFolder(root.parent if root.name == "scores" else root)) + "-scores"


def gauge(run: str, total: int) -> artifacts.Gauge:
    """Return a scoring's progress bar, empty; it counts finished shards."""
    name = key_of(RunFolder(place(run)))
    return artifacts.Gauge(f"{name}-progress", total, f"Scoring {name}.")


@unremembered("exhibit", "exhibit")
def exhibit_scoring(run: str) -> None:
    """Show the scores by epoch in the Prefect UI."""
    folder = ScoringFolder(place(run))
    name = key_of(folder)
    scored = difficulties_of(shards.read_table(folder.scored("difficulty")))
    versions = versions_of(shards.read_table(folder.scored("versions")))
    made = [_row("difficulty", level) for level in difficulty_by_epoch(scored)]
    for score in ("complexity", "quality"):
        made += [_row(score, level) for level in standing_by_epoch(versions, score)]
    about = f"Scores of {name}: difficulty 1 to 10; the others 0 to 1 within their lines."
    with artifacts.optional("the scores"):
        artifacts.table(f"{name}-by-epoch", made, about)


def _row(score: str, level: Level) -> Facts:
    low, high = level.ci95 or (None, None)
    return {
        "score": score,
        "epoch": level.epoch,
        "n": level.scored,
        "unscored": level.unscored,
        "mean": _short(level.mean),
        "95 % from": _short(low),
        "to": _short(high),
    }


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
