"""Turn an evaluation's folder into RUN/report/index.html: one page to mail, print and keep.

Puts figures, charts and answers side by side together; works on an evaluation in any state, and on an
imported one. Knows nothing of how a chart is drawn or how a text is escaped.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Literal, NamedTuple

from schemas.documents.document import checked_as
from schemas.documents.results import Agreement, Cell, Results, SkillResult
from schemas.folders.evaluation import EvaluationFolder
from tasks.doors.pages import pages, verdict_charts
from tasks.doors.pages.pages import Section
from tasks.doors.pages.verdict_charts import Mark, Outcomes, Panel, Scale
from tasks.doors.storage import folders, shards
from tasks.evaluation.answering.answers import read_answers, read_items
from tasks.evaluation.judging import disputed
from tasks.evaluation.judging.figures import read_results
from tasks.evaluation.judging.status import evaluation_status
from tasks.evaluation.judging.tables import read_judgments
from tasks.runs.run_json import read_record

_TO_READ = 4
_MOST_SAID, _MOST_BARS, _MOST_DRAWN = 3, 60, 12
"""Pairs that get a sentence, a bar, and a drawing by skill and difficulty; tables hold all."""
_EVEN = 0.5
_SAME_SCORE = 1.0
_FEWEST_RATERS = 2
# How the paper's own test set spells it.
_SPELT = {"Writting": "Writing"}


def write_report(folder: EvaluationFolder) -> Path:
    """Write an evaluation's page; the same evaluation gives the same bytes.

    Args:
        folder: An evaluation, finished, unfinished or imported.

    Returns:
        Path of the page.

    Raises:
        RunFault: This is no run folder, a file is damaged, or a link lies in it.
    """
    folders.require_no_links(folder.root)
    results = read_results(folder) if folder.results.exists() else None
    sections = [_head(folder, results), _people(folder)]
    if results is not None:
        sections += [_pairs(results), _ratings(results), _skills(results), _bands(results)]
        sections += [_reading(folder)]
    values = {name: value for section in sections for name, value in section.values.items()}
    drawn = {name: svg for section in sections for name, svg in section.charts.items()}
    shards.write_text(pages.render("evaluation.html.j2", values, charts=drawn), folder.report)
    return folder.report


def spelt(skill: str) -> str:
    """Return a skill as it is shown."""
    return _SPELT.get(skill, skill)


def _head(folder: EvaluationFolder, results: Results | None) -> Section:
    record = read_record(folder)
    found = evaluation_status(folder)
    values = {
        "name": folder.root.resolve().name,
        "record": record,
        "found": found,
        "results": results,
        "is_imported": record.kind == "imported evaluation",
        # Some files do not say which answer the judge saw first.
        "is_order_known": record.is_order_known,
        "said": [] if results is None else [_sentence(one) for one in results.pairs],
        "most_said": _MOST_SAID,
    }
    return Section(values, {})


class _Said(NamedTuple):
    """What a pair's figures allow to say, and no more."""

    cell: Cell
    verdict: Literal["better", "worse", "open"]


def _sentence(cell: Cell) -> _Said:
    known = cell.ci95 is not None and not cell.is_small
    low, high = cell.ci95 if cell.ci95 is not None else (0.0, 1.0)
    if known and low > _EVEN:
        return _Said(cell, "better")
    return _Said(cell, "worse" if known and high < _EVEN else "open")


def _pairs(results: Results) -> Section:
    some = results.pairs[:_MOST_BARS]
    rows = [_bar(cell, cell.system, f"against {cell.baseline}") for cell in some]
    drawn = {"pairs": verdict_charts.outcome_bars("pairs", rows)} if rows else {}
    return Section({"most_bars": _MOST_BARS, "most_drawn": _MOST_DRAWN}, drawn)


def _bar(cell: Cell, label: str, below: str) -> Outcomes:
    counts = (cell.win, cell.tie, cell.lose)
    return Outcomes(label, below, counts, cell.win_rate, cell.ci95, cell.is_small)


def _ratings(results: Results) -> Section:
    rated = results.ratings
    marks = [Mark(one.rating, one.ci95, _points(one.rating), "", is_small=False) for one in rated]
    if not rated:
        return Section({}, {})
    panel = Panel("points, 95 % interval", marks)
    scale = Scale(None, _points)
    labels = [one.system for one in rated]
    return Section({}, {"ratings": verdict_charts.dots("ratings", labels, [panel], scale)})


def _points(rating: float) -> str:
    return f"{rating:,.0f}".replace("-", "−")


def _skills(results: Results) -> Section:
    """Skills, the strongest first; by score where a judge gives scores, else by wins."""
    cells = results.skills
    is_scored = any(cell.capacity is not None for cell in cells)
    by_place = {(cell.system, cell.baseline, cell.skill): cell for cell in cells}
    names = sorted({cell.skill for cell in cells}, key=lambda s: _rank(cells, s, is_scored))
    pairs = list(dict.fromkeys((cell.system, cell.baseline) for cell in cells))
    panels = [
        Panel(_title(pair, pairs), [_mark(by_place.get((*pair, s)), is_scored) for s in names])
        for pair in pairs[:_MOST_DRAWN]
    ]
    scale = Scale(_SAME_SCORE if is_scored else _EVEN, "{:.0%}".format)
    labels = [spelt(name) for name in names]
    drawn = {
        f"skills-{number}": verdict_charts.dots(f"skills-{number}", labels, some, scale)
        for number, some in enumerate(verdict_charts.split(panels))
    }
    values = {
        "skills": [by_place[key] for key in _by_pair(pairs, names) if key in by_place],
        "is_scored": is_scored,
        "n_small": sum(cell.is_small for cell in cells),
        "skill_charts": list(drawn),
        "spelt": _SPELT,
    }
    return Section(values, drawn)


def _by_pair(
    pairs: Sequence[tuple[str, str]], names: Sequence[str]
) -> Iterable[tuple[str, str, str]]:
    return ((*pair, name) for pair in pairs for name in names)


def _rank(cells: Sequence[SkillResult], skill: str, is_scored: bool) -> tuple[float, str]:
    own = [_value(cell, is_scored) for cell in cells if cell.skill == skill]
    known = [value for value in own if value is not None]
    return (-fmean(known) if known else 1.0), skill


def _value(cell: Cell, is_scored: bool) -> float | None:
    return cell.capacity if is_scored else cell.win_rate


def _mark(cell: Cell | None, is_scored: bool) -> Mark | None:
    value = None if cell is None else _value(cell, is_scored)
    if cell is None or value is None:
        return None
    bounds = cell.capacity_ci95 if is_scored else cell.ci95
    return Mark(value, bounds, f"{value:.0%}", f"n {cell.n}", cell.is_small)


def _title(pair: tuple[str, str], pairs: Sequence[tuple[str, str]]) -> str:
    system, baseline = pair
    is_one_baseline = len({other for _, other in pairs}) == 1
    return system if is_one_baseline else f"{system} against {baseline}"


def _bands(results: Results) -> Section:
    drawn_pairs = [(one.system, one.baseline) for one in results.pairs[:_MOST_DRAWN]]
    cells = [one for one in results.difficulties if (one.system, one.baseline) in drawn_pairs]
    rows = [
        _bar(cell, f"difficulty {cell.band.replace('-', ' to ')}", cell.system) for cell in cells
    ]
    drawn = {"bands": verdict_charts.outcome_bars("bands", rows)} if rows else {}
    return Section({}, drawn)


def _people(folder: EvaluationFolder) -> Section:
    if not folder.agreement.exists():
        return Section({"people": None}, {})
    found = checked_as(Agreement, shards.read_json(folder.agreement), folder.agreement)
    overall = [one for one in found.pairs if one.aspect == "overall"]
    rows = [
        Outcomes(one.system, f"against {one.baseline}", (one.win, one.tie, one.lose), one.win_rate,
                 one.ci95, one.is_small)
        for one in overall
    ]  # fmt: skip
    values = {"people": found, "is_alone": len(found.raters) < _FEWEST_RATERS}
    drawn = {"people": verdict_charts.outcome_bars("people", rows)} if rows else {}
    return Section(values, drawn)


def _reading(folder: EvaluationFolder) -> Section:
    found = disputed.to_read(
        read_items(folder), read_answers(folder), read_judgments(folder), _TO_READ
    )
    return Section({"reading": found}, {})
