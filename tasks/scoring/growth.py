"""Make the report's sections on how instructions grew: harder, more complex, wider.

Turns a run's scores and a sample of its dataset into values and charts of a page. Scores are there once
the run was scored; breadth needs no model. Knows nothing of how a chart is drawn.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from schemas.folders.run import RunFolder
from schemas.folders.scoring import ScoringFolder, scores_of
from schemas.tables.scoring import HIGHEST, LOWEST, difficulties_of, versions_of
from tasks.doors.numbers import vectors
from tasks.doors.pages import point_charts
from tasks.doors.pages.pages import Section
from tasks.doors.pages.point_charts import Map, Means
from tasks.doors.storage import shards
from tasks.scoring import breadth
from tasks.scoring.breadth import Breadth, Sampled
from tasks.scoring.difficulty import Level, difficulty_by_epoch, standing_by_epoch

_MOST_MAPS = 5
_Scored = TypeVar("_Scored")


def difficulty(folder: RunFolder) -> Section:
    """Return the section on difficulty, and on complexity and quality within lines."""
    scores = scores_of(folder)
    scored = _read(scores, "difficulty", difficulties_of)
    versions = _read(scores, "versions", versions_of)
    levels = difficulty_by_epoch(scored)
    standings = {name: standing_by_epoch(versions, name) for name in ("complexity", "quality")}
    values = {
        "levels": [(_label(level.epoch), level) for level in levels],
        "standings": [
            (name, _label(level.epoch), level)
            for name, found in standings.items()
            for level in found
        ],
        "score_judge": scored[0].judge if scored else None,
        "scored_lines": len({version.seed_id for version in versions}),
    }
    drawn = {}
    if any(level.scored for level in levels):
        drawn["difficulty"] = point_charts.means(
            "difficulty", _labels(levels), [_means("difficulty", levels, is_spread=True)],
            scale=(LOWEST, HIGHEST),
        )  # fmt: skip
    known = {name: found for name, found in standings.items() if any(one.scored for one in found)}
    if known:
        series = [_means(name, found, is_spread=False) for name, found in known.items()]
        labels = _labels(next(iter(known.values())))
        drawn["standing"] = point_charts.means("standing", labels, series, scale=(0, 1))
    return Section(values, drawn)


def _means(name: str, levels: Sequence[Level], *, is_spread: bool) -> Means:
    return Means(
        name,
        [level.mean for level in levels],
        [level.ci95 for level in levels],
        [level.counts for level in levels] if is_spread else [],
    )


def width(folder: RunFolder, epochs: Sequence[int]) -> Section:
    """Return the section on breadth.

    Args:
        folder: The run.
        epochs: Those that have begun.
    """
    sampled, rows = breadth.sample(folder, epochs)
    maker, kept, points = _points(scores_of(folder), sampled)
    found = breadth.measure(kept, rows, points)
    values: dict[str, object] = {
        "widths": [(_label(one.epoch), one) for one in found.widths],
        "placed_by": maker,
        "n_areas": len(found.plane.outlines) if found.plane else 0,
    }
    return Section(values, {"map": _maps(found)} if found.plane else {})


def _points(
    scores: ScoringFolder, sampled: Sequence[Sampled]
) -> tuple[str | None, Sequence[Sampled], Any]:
    """Return who placed the points, the instructions that have one, and the points.

    Nobody, all and None where the model was not asked for all, or left an epoch without any.
    """
    path = scores.scored("embeddings")
    if not path.exists():
        return None, sampled, None
    read = shards.read_table(path)
    held = dict(zip(read["id"].to_pylist(), read["vector"].to_pylist(), strict=True))
    kept = [one for one in sampled if held.get(one.id)]
    is_whole = all(one.id in held for one in sampled)
    if not kept or not is_whole or {o.epoch for o in kept} != {o.epoch for o in sampled}:
        return None, sampled, None
    points = vectors.given([held[one.id] for one in kept])
    if points is None:
        return None, sampled, None
    return str(read["model"][0].as_py()), kept, points


def _maps(found: Breadth) -> str:
    plane = found.plane
    if plane is None:
        return ""
    shown = []
    for one in _chosen([width.epoch for width in found.widths]):
        at = [number for number, epoch in enumerate(plane.epochs) if epoch == one]
        reached = sorted({plane.clusters[number] for number in at})
        shown.append(
            Map(
                _label(one), f"{len(reached)} of {len(plane.outlines)}",
                [plane.places[number] for number in at], reached, is_first=one == 0,
            )
        )  # fmt: skip
    return point_charts.maps("map", plane.outlines, shown)


def _chosen(epochs: Sequence[int]) -> list[int]:
    """Return the epochs that get a map: all, or the first, the last, and some evenly between."""
    if len(epochs) <= _MOST_MAPS:
        return list(epochs)
    return [epochs[round(n * (len(epochs) - 1) / (_MOST_MAPS - 1))] for n in range(_MOST_MAPS)]


def _read(
    scores: ScoringFolder, table: Any, rows_of: Callable[[pa.Table], list[_Scored]]
) -> list[_Scored]:
    path: Path = scores.scored(table)
    return rows_of(shards.read_table(path)) if path.exists() else []


def _labels(levels: Sequence[Level]) -> list[str]:
    return [_label(level.epoch) for level in levels]


def _label(epoch: int) -> str:
    return f"epoch {epoch}" if epoch else "seeds"
