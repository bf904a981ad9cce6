"""The draw of operations: by weight, the row's own, and as it was before there were weights."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.operation import Axis, Operation, Variant, draw

IDS = [f"line-{n}" for n in range(6000)]
VARIANTS = tuple(Variant(name, name.upper()) for name in ("xml", "sql", "json"))
SIX = (*map(Operation, "abcde"), Operation("f", variants=VARIANTS))
# Chi-square bound for 5 degrees of freedom at p = 1e-5: a fair draw passes, a skewed one does not.
MOST_CHI_SQUARE = 30.9


def chi_square(counts: Counter[str], n_cells: int) -> float:
    expected = counts.total() / n_cells
    return sum((counts[cell] - expected) ** 2 / expected for cell in counts)


@pytest.mark.parametrize(("rng_seed", "epoch"), [(0, 1), (0, 4), (7, 2)])
def test_draw_is_uniform_where_no_weight_says_otherwise(rng_seed: int, epoch: int) -> None:
    """The paper chooses evenly among the six, breadth included; a skew would change the data."""
    counts = Counter(draw(SIX, rng_seed, epoch, row_id).operation.name for row_id in IDS)
    assert set(counts) == {one.name for one in SIX}
    assert chi_square(counts, len(SIX)) < MOST_CHI_SQUARE


def test_variants_are_drawn_evenly_too() -> None:
    drawn = (draw(SIX, 0, 1, row_id).variant for row_id in IDS)
    counts = Counter(variant.name for variant in drawn if variant is not None)
    assert set(counts) == {variant.name for variant in VARIANTS}
    assert chi_square(counts, len(VARIANTS)) < MOST_CHI_SQUARE


def test_what_has_variants_gets_one_and_nothing_else_does() -> None:
    for row_id in IDS:
        operation, variant = draw(SIX, 0, 1, row_id)
        assert (variant in VARIANTS) if operation.variants else (variant is None)


def test_weights_say_how_often() -> None:
    weighted = (replace(SIX[0], weight=3.0), SIX[1], replace(SIX[2], weight=0.5))
    counts = Counter(draw(weighted, 0, 1, row_id).operation.name for row_id in IDS)
    shares = {name: count / len(IDS) for name, count in counts.items()}
    assert shares == pytest.approx({"a": 3 / 4.5, "b": 1 / 4.5, "c": 0.5 / 4.5}, abs=0.02)


@given(st.floats(0.001, 1000))
def test_weights_that_say_nothing_change_no_draw(weight: float) -> None:
    """Runs made before there were weights must go on with the same children."""
    weighted = tuple(replace(one, weight=weight) for one in SIX)
    for row_id in IDS[:20]:
        assert draw(weighted, 0, 1, row_id).operation.name == draw(SIX, 0, 1, row_id).operation.name


def test_the_draw_is_that_of_all_runs_so_far() -> None:
    """To the letter: whoever changes the generator changes every dataset."""
    drawn = "".join(draw(SIX, 0, 1, row_id).operation.name for row_id in IDS[:24])
    assert drawn == "cfdfcadbfddaafffeadbfddb"


def test_draw_does_not_depend_on_order() -> None:
    """A retried or re-cut shard must not change the dataset."""
    forward = {row_id: draw(SIX, 3, 2, row_id) for row_id in IDS[:200]}
    backward = {row_id: draw(SIX, 3, 2, row_id) for row_id in reversed(IDS[:200])}
    assert forward == backward


def test_draw_differs_by_epoch_and_by_seed() -> None:
    """A line that always drew the same operation would not evolve in breadth and depth."""
    first = [draw(SIX, 0, 1, row_id) for row_id in IDS]
    others = ([draw(SIX, *by, row_id) for row_id in IDS] for by in ((0, 2), (1, 1)))
    by_chance = len(IDS) / len(SIX)
    for other in others:
        same = sum(a.operation == b.operation for a, b in zip(first, other, strict=True))
        assert 0.8 * by_chance < same < 1.2 * by_chance


@pytest.mark.parametrize(
    ("axis", "keeps"), [(Axis.DEPTH, True), (Axis.DOWN, True), (Axis.BREADTH, False)]
)
def test_only_breadth_leaves_the_subject(axis: Axis, keeps: bool) -> None:
    assert Operation("a", axis).keeps_subject == keeps
