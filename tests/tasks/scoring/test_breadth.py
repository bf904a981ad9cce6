"""Breadth: a wide epoch measures wider than a narrow one, and what is too little is not measured."""

from pathlib import Path

import pytest

from schemas.folders.run import RunFolder
from schemas.tables.row import DATASET, Row, to_table
from tasks.doors.numbers import vectors
from tasks.doors.storage import shards
from tasks.scoring import breadth
from tasks.scoring.breadth import Breadth, Sampled

THINGS = ("ropes", "taxes", "owls", "bread", "rivers", "chess", "violins", "glaciers")
ACTS = ("Compare two", "List ten uses of", "Write a poem about", "Explain the history of",
        "Estimate the cost of", "Translate a text on")  # fmt: skip


def wide(n: int) -> str:
    return f"{ACTS[n % 6]} {THINGS[n % 8]} {THINGS[(n // 8) % 8]} in {n % 5} ways."


def narrow(n: int) -> str:
    return f"Name use {n} of a rope on a boat."


def measured(texts: dict[int, list[str]]) -> Breadth:
    sampled = [
        Sampled(f"r{epoch}-{n}", epoch, text)
        for epoch, found in texts.items()
        for n, text in enumerate(found)
    ]
    return breadth.measure(sampled, {epoch: len(found) for epoch, found in texts.items()})


def test_a_wide_epoch_measures_wider_than_a_narrow_one() -> None:
    found = measured({0: [narrow(n) for n in range(40)], 1: [wide(n) for n in range(40)]})
    small, large = found.widths
    assert small.nearest is not None
    assert large.nearest is not None
    assert small.nearest < large.nearest
    assert (small.pairs or 1) < (large.pairs or 0)
    assert (small.distinct[1] or 1) < (large.distinct[1] or 0)
    assert found.plane is not None
    assert len(found.plane.places) == len(found.plane.clusters) == 80


def test_distinct_n_grams_are_counted_over_equally_many_words() -> None:
    """Longer texts repeat more words: counted over all of them they would look narrower."""
    short, long = [wide(n) for n in range(100)], [wide(n) * 3 for n in range(100)]
    found = measured({0: short * 2, 1: long})
    assert [one.words for one in found.widths] == [1000, 1000]
    (one,) = measured({0: ["tie tie tie a", "knot"]}).widths
    assert one.words == 5
    assert one.distinct == (3 / 5, 3 / 4)


def test_too_few_instructions_have_numbers_and_no_map() -> None:
    found = measured({0: [wide(n) for n in range(3)], 1: [wide(3)]})
    assert found.plane is None
    first, second = found.widths
    assert first.nearest is not None
    assert (second.looked_at, second.nearest, second.pairs, second.clusters) == (
        1,
        None,
        None,
        None,
    )
    assert measured({}) == Breadth([], None)


@pytest.mark.parametrize("epochs", [2, 20])
def test_the_sample_is_bounded_and_holds_the_same_lines_in_every_epoch(
    tmp_path: Path, epochs: int
) -> None:
    folder = RunFolder(tmp_path)
    for epoch in range(epochs):
        rows = [Row(f"{n:04x}-{epoch}", f"{n:04x}", 999 - n, epoch, wide(n)) for n in range(300)]
        for part in range(3):
            table = to_table(rows[part::3], DATASET)
            shards.write_table(table, folder.part("dataset", epoch, part))
    sampled, rows_of = breadth.sample(folder, range(epochs + 2))
    each = 100 if epochs == 2 else 25
    assert len(sampled) == epochs * each
    assert rows_of == dict.fromkeys(range(epochs), 300)
    lines = [
        [one.id.partition("-")[0] for one in sampled if one.epoch == epoch]
        for epoch in range(epochs)
    ]
    assert all(found == [f"{n:04x}" for n in range(each)] for found in lines)


def test_points_of_a_model_may_stand_in_for_hashed_words() -> None:
    sampled = [Sampled(f"r{n}", 0, wide(n)) for n in range(3)]
    points = vectors.given([[1, 0], [0, 1], [-1, 0]])
    (width,) = breadth.measure(sampled, {0: 3}, points).widths
    assert width.pairs == pytest.approx((1 + 1 + 2) / 3)
