"""The draw of operations: uniform, and the row's own."""

from collections import Counter

import pytest

from schemas.operation import InputFormat, Operation, draw

IDS = [f"line-{n}" for n in range(6000)]
# Chi-square bound for 5 degrees of freedom at p = 1e-5: a fair draw passes, a skewed one does not.
MOST_CHI_SQUARE = 30.9


def chi_square(counts: Counter[str], n_cells: int) -> float:
    expected = counts.total() / n_cells
    return sum((counts[cell] - expected) ** 2 / expected for cell in counts)


@pytest.mark.parametrize(("rng_seed", "epoch"), [(0, 1), (0, 4), (7, 2)])
def test_draw_is_uniform_over_all_six(rng_seed: int, epoch: int) -> None:
    """The paper chooses evenly among the six, breadth included; a skew would change the data."""
    counts = Counter(str(draw(rng_seed, epoch, row_id).operation) for row_id in IDS)
    assert set(counts) == {o.value for o in Operation} and len(counts) == 6
    assert chi_square(counts, 6) < MOST_CHI_SQUARE


def test_formats_are_drawn_evenly_too() -> None:
    formats = (draw(0, 1, row_id).input_format for row_id in IDS)
    counts = Counter(str(f) for f in formats if f is not None)
    assert set(counts) == {f.value for f in InputFormat}
    assert chi_square(counts, 6) < MOST_CHI_SQUARE


def test_complicate_input_always_has_a_format_and_nothing_else_has() -> None:
    for row_id in IDS:
        operation, input_format = draw(0, 1, row_id)
        assert (input_format is not None) == (operation is Operation.COMPLICATE_INPUT)


def test_draw_does_not_depend_on_order() -> None:
    """A retried or re-cut shard must not change the dataset."""
    forward = {row_id: draw(3, 2, row_id) for row_id in IDS[:200]}
    backward = {row_id: draw(3, 2, row_id) for row_id in reversed(IDS[:200])}
    assert forward == backward


def test_draw_differs_by_epoch_and_by_seed() -> None:
    """A line that always drew the same operation would not evolve in breadth and depth."""
    first = [draw(0, 1, row_id) for row_id in IDS]
    for other in ([draw(0, 2, row_id) for row_id in IDS], [draw(1, 1, row_id) for row_id in IDS]):
        same = sum(a.operation == b.operation for a, b in zip(first, other, strict=True))
        assert 800 < same < 1200  # one in six by chance: 1000 of 6000


def test_every_format_has_a_name_for_the_rewriter() -> None:
    labels = {input_format.label for input_format in InputFormat}
    assert len(labels) == len(InputFormat)
