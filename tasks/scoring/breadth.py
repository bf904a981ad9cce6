"""Measure how wide a dataset is: how different its instructions are, epoch by epoch.

Looks at the same lines in every epoch where it can, and at equally many words, so that epochs can be
compared: both distances and distinct n-grams depend on how much is looked at. Writes nothing; knows
nothing of charts.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from schemas.folders.run import RunFolder
from schemas.text import normalise, tokens
from tasks.doors.numbers import vectors
from tasks.doors.storage import shards

_MOST_POINTS = 500
_USUAL_ROWS, _FEWEST_ROWS = 100, 10
_WORDS = 1_000
_CLUSTERS = 20
# Fewer points show no picture, and twenty clusters of them are no clusters.
_FEWEST_POINTS = 30


class Sampled(NamedTuple):
    """One instruction that is looked at."""

    id: str
    epoch: int
    instruction: str


class Width(NamedTuple):
    """How wide an epoch is."""

    epoch: int
    rows: int
    """In the dataset."""
    looked_at: int
    words: int
    """Words over which n-grams are counted."""
    distinct: tuple[float | None, float | None]
    """Share of different words, and of different word pairs; None where there are none."""
    nearest: float | None
    """Mean distance to the nearest other instruction: 0 the same, 1 nothing in common."""
    pairs: float | None
    """Mean distance of any two instructions."""
    clusters: int | None
    """Clusters of the map with an instruction of this epoch; None where there is no map. It tells
    epochs apart and measures no breadth: the map spreads what is dense and what is sparse alike."""


class Plane(NamedTuple):
    """The map: all instructions that were looked at, laid out by likeness."""

    places: list[tuple[float, float]]
    """0 to 1 each way."""
    epochs: list[int]
    clusters: list[int]
    """Number of the cluster, from 0."""
    outlines: list[list[tuple[float, float]]]
    """Corners of each cluster, in the order of their numbers; none where it has no area."""


class Breadth(NamedTuple):
    """What there is to say of a dataset's breadth."""

    widths: list[Width]
    plane: Plane | None
    """None where there are too few points for a picture."""


def sample(folder: RunFolder, epochs: Sequence[int]) -> tuple[list[Sampled], dict[int, int]]:
    """Return the instructions that are looked at, in epoch order, and the rows of each epoch.

    Lines are chosen by their id, a hash: all epochs show the same lines as far as they kept them.

    Args:
        folder: The run.
        epochs: Those to look at; one that is not published yet is passed over.
    """
    tables = {
        epoch: sorted(folder.table("dataset", epoch).glob("part-*.parquet")) for epoch in epochs
    }
    there = {epoch: parts for epoch, parts in tables.items() if parts}
    most = min(_USUAL_ROWS, max(_FEWEST_ROWS, _MOST_POINTS // max(1, len(there))))
    chosen: list[Sampled] = []
    rows: dict[int, int] = {}
    for epoch, parts in there.items():
        found, rows[epoch] = _choose(epoch, parts, most)
        chosen += found
    return chosen, rows


def _choose(epoch: int, parts: Sequence[Path], most: int) -> tuple[list[Sampled], int]:
    # Each part's own first ones, and of these the first: never more than a part in memory.
    order = [("seed_id", "ascending")]
    best, rows = [], 0
    for path in parts:
        read = shards.read_table(path, columns=["id", "seed_id", "instruction"])
        best.append(read.take(pc.select_k_unstable(read, most, order)))
        rows += read.num_rows
    first = pa.concat_tables(best).sort_by(order).slice(0, most)
    pairs = zip(first["id"].to_pylist(), first["instruction"].to_pylist(), strict=True)
    return [Sampled(row_id, epoch, text) for row_id, text in pairs], rows


def measure(
    sampled: Sequence[Sampled], rows: Mapping[int, int], points: vectors.Points | None = None
) -> Breadth:
    """Return how wide each epoch is, and the map of all.

    Args:
        sampled: In epoch order.
        rows: Rows of each epoch in the dataset.
        points: One a sampled instruction; by hashed n-grams when None.
    """
    if not sampled:
        return Breadth([], None)
    made = vectors.hashed([one.instruction for one in sampled]) if points is None else points
    plane = _plane(sampled, made)
    return Breadth([_width(epoch, sampled, made, plane, rows[epoch]) for epoch in rows], plane)


def _plane(sampled: Sequence[Sampled], points: vectors.Points) -> Plane | None:
    if len(sampled) < _FEWEST_POINTS:
        return None
    laid = vectors.flat(points)
    found = vectors.clusters(laid, min(_CLUSTERS, len(sampled) // 5))
    places = [(float(x), float(y)) for x, y in laid]
    epochs = [one.epoch for one in sampled]
    return Plane(places, epochs, found, vectors.outlines(places, found))


def _width(
    epoch: int, sampled: Sequence[Sampled], points: vectors.Points, plane: Plane | None, rows: int
) -> Width:
    at = [number for number, one in enumerate(sampled) if one.epoch == epoch]
    words = _words([sampled[number].instruction for number in at])
    apart = vectors.distances(points[at])
    return Width(
        epoch=epoch,
        rows=rows,
        looked_at=len(at),
        words=len(words),
        distinct=(_distinct(words, 1), _distinct(words, 2)),
        nearest=apart.nearest if apart else None,
        pairs=apart.pairs if apart else None,
        clusters=len({plane.clusters[number] for number in at}) if plane else None,
    )


def _words(texts: Sequence[str]) -> list[str]:
    """Return the first words of the texts, at most as many as are counted in any epoch."""
    words: list[str] = []
    for text in texts:
        words += tokens(normalise(text))
        if len(words) >= _WORDS:
            break
    return words[:_WORDS]


def _distinct(words: Sequence[str], size: int) -> float | None:
    grams = list(zip(*(words[start:] for start in range(size)), strict=False))
    return len(set(grams)) / len(grams) if grams else None
