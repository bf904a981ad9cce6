"""Show an evaluation in the Prefect UI: who won, by skill and difficulty, how the judge did.

Turns results.json into artifacts. Systems' names and skills are users' and strangers' words: nothing of
them may become a link or HTML. Knows nothing of requests.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.folders.evaluation import EvaluationFolder
from schemas.folders.run import RunFolder
from schemas.text import visible
from tasks.doors.prefect import artifacts
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.stage import unremembered
from tasks.runs.ui_names import report_address, slug

_COUNTS = ("n", "win", "tie", "lose", "unscored")
_SHOWN_CHARS = 80


def gauge(run: str, total: int) -> artifacts.Gauge:
    """Return an evaluation's progress bar, empty; it counts finished stages of shards."""
    name = slug(RunFolder(place(run)))
    return artifacts.Gauge(f"{name}-progress", total, f"{name}: shards of test items.")


@unremembered("exhibit", "exhibit")
def exhibit_evaluation(run: str) -> None:
    """Show the results in the Prefect UI."""
    folder = EvaluationFolder(place(run))
    results = shards.read_json(folder.results)
    name = slug(folder)
    about = (
        f"Evaluation {name}: {results['items']:,} items, judged in {_plain(results['protocol'])}."
    )
    tables = {
        "who-won": [*rows(results["pairs"], "system"), *_canary_rows(results)],
        "skills": rows(results["skills"], "system", "skill"),
        "difficulties": rows(results["difficulties"], "system", "band"),
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


def rows(cells: Sequence[Mapping[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Return cells of results.json as rows of a table: names, counts, rates with their intervals."""
    return [
        {
            **{name: _plain(cell[name]) for name in names},
            "against": _plain(cell["baseline"]),
            **{name: cell[name] for name in _COUNTS},
            "win rate": _share(cell["win_rate"], cell["ci95"]),
            "of its score": _share(cell["capacity"], cell["capacity_ci95"]),
        }
        for cell in cells
    ]


def health_row(results: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of the judge as one row."""
    health, canary = results["judge_health"], results["canary"]
    lost = "not played" if canary is None else "yes" if canary["has_lost"] else "NO"
    return {
        "judge": _plain(results["judge"]),
        "games": health["games"],
        "unscored": health["unscored"],
        "same verdict in both orders": _share(health["position_consistency"], None),
        "first answer preferred": _share(health["first_slot_rate"], health["first_slot_ci95"]),
        "constant answer lost": lost,
    }


def _canary_rows(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    canary = results["canary"]
    if canary is None:
        return []
    nothing = {"capacity": None, "capacity_ci95": None, "baseline": results["baseline"]}
    return rows([{**canary, **nothing, "system": "(constant answer)"}], "system")


def _share(value: float | None, interval: Sequence[float] | None) -> str:
    if value is None:
        return "–"
    said = f"{value:.1%}"
    return said if interval is None else f"{said} ({interval[0]:.1%} to {interval[1]:.1%})"


def _plain(word: str) -> str:
    """Return a user's word so that a table's cell cannot make it a link or HTML."""
    text = visible(word)[:_SHOWN_CHARS]
    return "".join(c if c.isalnum() or c in " .-_/()#+" else "·" for c in text) or "·"
