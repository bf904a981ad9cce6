"""Coefficients against published examples; what is not defined is None."""

import pytest

from tasks.doors.numbers.coefficients import cohen, fleiss, krippendorff

# Krippendorff's own example of four observers and twelve units (Computing Krippendorff's Alpha, 2011).
_: int | None = None
OBSERVERS: list[list[int | None]] = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
UNITS = [
    {f"r{n}": label for n, label in enumerate(labels) if label is not None}
    for labels in zip(*OBSERVERS, strict=True)
]


def test_krippendorffs_own_example_comes_out_as_published() -> None:
    assert krippendorff(UNITS, "nominal") == pytest.approx(0.743, abs=0.001)
    assert krippendorff(UNITS, "ordinal") == pytest.approx(0.815, abs=0.001)


def test_fleiss_own_example_comes_out_as_published() -> None:
    """Ten patients, fourteen raters, five categories: 0.210 (Wikipedia's table of Fleiss' kappa)."""
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    things = [[label for label, n in enumerate(row) for _ in range(n)] for row in counts]
    assert fleiss(things) == pytest.approx(0.210, abs=0.0005)


def test_cohens_kappa_of_fifty_proposals() -> None:
    """20 twice yes, 5 and 10 apart, 15 twice no: observed 0.7, by chance 0.5, kappa 0.4."""
    one = [1] * 25 + [0] * 25
    other = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert cohen(one, other) == pytest.approx(0.4)


def test_what_is_not_defined_is_none() -> None:
    assert cohen([], []) is None
    assert cohen([1, 1, 1], [1, 1, 1]) is None
    assert fleiss([[1, 1], [1, 1]]) is None
    assert krippendorff([{"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": 2}], "nominal") is None
    assert krippendorff([{"a": 1}, {"b": 2}], "ordinal") is None
