"""Show an evaluation in the Prefect UI: who won, by skill and difficulty, how the judge did.

Turns results.json into artifacts. Systems' names and skills are users' and strangers' words: nothing of
them may become a link or HTML. Knows nothing of requests.
"""

from collections.abc import Sequence

from schemas.documents.document import Facts
from schemas.documents.results import Bounds, Canary, Cell, Results
from schemas.folders.evaluation import EvaluationFolder
from schemas.folders.run import RunFolder
from schemas.text import visible
from tasks.doors.prefect import artifacts
from tasks.doors.storage.places import place
from tasks.evaluation.judging.figures import read_results
from tasks.runs.stage import unremembered
from tasks.runs.ui_names import report_address, slug

_SHOWN_CHARS = 80


def gauge(run: str, total: int) -> artifacts.Gauge:
    """Return an evaluation's progress bar, empty; it counts finished stages of shards."""
    name = slug(RunFolder(place(run)))
    return artifacts.Gauge(f"{name}-progress", total, f"{name}: shards of test items.")


@unremembered("exhibit", "exhibit")
def exhibit_evaluation(run: str) -> None:
    """Show the results in the Prefect UI."""
    folder = EvaluationFolder(place(run))
    results = read_results(folder)
    name = slug(folder)
    about = f"Evaluation {name}: {results.items:,} items, judged in {_plain(results.protocol)}."
    tables = {
        "who-won": [*rows(results.pairs), *_canary_rows(results)],
        "skills": rows(results.skills, by=["skill"]),
        "difficulties": rows(results.difficulties, by=["band"]),
        "judge": [health_row(results)],
    }
    with artifacts.optional("the results"):
        for what, made in tables.items():
            if made:
                artifacts.table(f"{name}-{what}", made, about)


@unremembered("report", "report")
def report_evaluation(run: str) -> str:
    """Write the page and show where it lies; returns its path."""
    # Matplotlib comes with it.
    from tasks.evaluation.judging.page import write_report

    folder = EvaluationFolder(place(run))
    page = write_report(folder)
    name, address = slug(folder), report_address(folder)
    with artifacts.optional("the link to the report"):
        artifacts.link(f"{name}-report", address, f"Report of {name}", f"The report: `{address}`")
    return str(page)


def rows(cells: Sequence[Cell], *, by: Sequence[str] = ()) -> list[Facts]:
    """Return cells of results.json as rows of a table: names, counts, rates with their intervals.

    Args:
        cells: All of one shape.
        by: What else names a cell than its system: `skill` or `band`.
    """
    return [
        {
            **{name: _plain(getattr(cell, name)) for name in ("system", *by)},
            **_counts(cell, cell.baseline),
            "of its score": _share(cell.capacity, cell.capacity_ci95),
        }
        for cell in cells
    ]


def _counts(cell: Cell | Canary, baseline: str) -> Facts:
    return {
        "against": _plain(baseline),
        "n": cell.n,
        "win": cell.win,
        "tie": cell.tie,
        "lose": cell.lose,
        "unscored": cell.unscored,
        "win rate": _share(cell.win_rate, cell.ci95),
    }


def health_row(results: Results) -> Facts:
    """Return what is known of the judge as one row."""
    health, canary = results.judge_health, results.canary
    lost = "not played" if canary is None else "yes" if canary.has_lost else "NO"
    return {
        "judge": _plain(results.judge),
        "games": health.games,
        "unscored": health.unscored,
        "same verdict in both orders": _share(health.position_consistency, None),
        "first answer preferred": _share(health.first_slot_rate, health.first_slot_ci95),
        "constant answer lost": lost,
    }


def _canary_rows(results: Results) -> list[Facts]:
    if results.canary is None:
        return []
    said = _counts(results.canary, results.baseline)
    return [{"system": _plain("(constant answer)"), **said, "of its score": _share(None, None)}]


def _share(value: float | None, interval: Bounds) -> str:
    if value is None:
        return "–"
    said = f"{value:.1%}"
    return said if interval is None else f"{said} ({interval[0]:.1%} to {interval[1]:.1%})"


def _plain(word: str) -> str:
    """Return a user's word so that a table's cell cannot make it a link or HTML."""
    text = visible(word)[:_SHOWN_CHARS]
    return "".join(c if c.isalnum() or c in " .-_/()#+" else "·" for c in text) or "·"
