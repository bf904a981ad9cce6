"""Preferences: a judge scored both, the prompt is that of the better answer, nothing is invented."""

from collections import Counter
from dataclasses import asdict, replace

import pytest

from schemas.tables.export import Preference
from schemas.tables.row import Row
from schemas.tables.scoring import Version
from tasks.export.preferences import preferences
from tests.tasks.exported import row_of

ROWS = [row_of(0, epoch, f"ask {epoch}", f"answer {epoch}") for epoch in range(3)]

APART = {"in_breadth", "translate"}


def version(row: Row, quality: float | None) -> Version:
    return Version(
        0, row.id, row.seed_id, row.epoch, row.instruction, row.response, "judge", 3, 1,
        quality=quality,
    )  # fmt: skip


def made(rows: list[Row], qualities: list[float | None]) -> tuple[list[Preference], dict[str, int]]:
    left_out: Counter[str] = Counter()
    versions = [version(row, one) for row, one in zip(rows, qualities, strict=True)]
    found = list(preferences(map(asdict, rows), versions, APART, left_out))
    return found, dict(left_out)


def test_the_prompt_is_that_of_the_answer_with_the_higher_score() -> None:
    found, left_out = made(ROWS, [2, 3, 1])
    assert found == [
        Preference("ask 1", chosen="answer 1", rejected="answer 0"),
        Preference("ask 1", chosen="answer 1", rejected="answer 2"),
    ]
    assert left_out == {}


@pytest.mark.parametrize(
    ("qualities", "why", "count"),
    [
        ([None, None, None], "not scored with the parent", 2),
        ([1, None, 2], "not scored with the parent", 2),
        ([2, 2, 2], "scored as the parent", 2),
    ],
)
def test_no_preference_without_two_scores_that_differ(
    qualities: list[float | None], why: str, count: int
) -> None:
    assert made(ROWS, qualities) == ([], {why: count})


@pytest.mark.parametrize("operation", sorted(APART))
def test_a_child_of_another_subject_is_no_rival_of_its_parent(operation: str) -> None:
    """Which operations lead elsewhere, the run's pack says, not a name."""
    rows = [ROWS[0], *(replace(row, operation=operation) for row in ROWS[1:])]
    assert made(rows, [1, 2, 3]) == ([], {"of another subject than the parent": 2})


def test_the_same_answer_twice_is_no_preference() -> None:
    rows = [replace(row, response="the same") for row in ROWS]
    assert made(rows, [1, 2, 3]) == ([], {"the parent has no other answer": 2})


def test_what_was_bought_anew_since_the_scoring_does_not_count() -> None:
    left_out: Counter[str] = Counter()
    versions = [version(replace(row, response="older"), row.epoch + 1.0) for row in ROWS]
    assert list(preferences(map(asdict, ROWS), versions, APART, left_out)) == []
    assert left_out == {"not scored with the parent": 2}
