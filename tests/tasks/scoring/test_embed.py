"""Points of the map: every row comes back, with a vector or with the reason why it has none."""

import logging
from collections.abc import Sequence

import pytest

from schemas.calls import reply
from schemas.calls.call import Answer, Request
from schemas.tables.scoring import Embedding, ScoringStage
from tasks.scoring.embed import placed

ROWS = [Embedding(n, f"id-{n}", n % 2, "m/points", instruction=f"Say {n}.") for n in range(4)]


class Points:
    """Answers with the vectors that it is given; None for no answer."""

    def __init__(self, vectors: Sequence[str | None]) -> None:
        self.vectors, self.asked = vectors, list[Request]()

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        self.asked += requests
        return [_answer(*pair) for pair in zip(requests, self.vectors, strict=True)]


def _answer(request: Request, text: str | None) -> Answer:
    error = None if text else "the input is too long"
    made = reply.answer(request, text or "", "stop", "points", None, latency_s=0.1)
    return Answer(**{name: getattr(made, name) for name in made.__slots__} | {"error": error})


def test_each_instruction_is_asked_once_for_a_vector_and_no_words() -> None:
    points = Points(["[0.5,1.0]", "[1.0,0.5]", "[0.25,1.0]", "[0.0,1.0]"])
    found = placed(ROWS, points)
    assert [row.vector for row in found] == [[0.5, 1.0], [1.0, 0.5], [0.25, 1.0], [0.0, 1.0]]
    assert [row.why_unplaced for row in found] == [None] * 4
    assert [r.prompt for r in points.asked] == [row.instruction for row in ROWS]
    assert {r.stage for r in points.asked} == {ScoringStage.EMBEDDING}
    assert all(r.is_embedding and r.sampling.max_tokens == 0 for r in points.asked)


def test_what_has_no_vector_or_one_of_another_length_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        found = placed(ROWS, Points(["[1.0]", "[1.0,0.5]", None, "[0.0,1.0]"]))
    assert [row.position for row in found] == [0, 1, 2, 3]
    assert [row.vector for row in found] == [None, [1.0, 0.5], None, [0.0, 1.0]]
    assert found[0].why_unplaced == "a vector of 1 numbers among vectors of 2"
    assert found[2].why_unplaced == "the model gave no vector: the input is too long"
    (line,) = caplog.messages
    assert "2 of 4 instructions have no vector" in line


def test_a_model_that_places_nothing_leaves_rows_without_vectors() -> None:
    assert [row.vector for row in placed(ROWS, Points([None] * 4))] == [None] * 4
