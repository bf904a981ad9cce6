"""A form becomes ranks by slot; what is missing is said in words."""

import pytest

from schemas.tables.ballot import ranks_of, require_whole
from schemas.tables.vote import Aspect


def test_choices_and_ranks_of_a_form_become_ranks_by_slot() -> None:
    form = {
        "csrf": "x", "ballot": "y", "overall": "second", "accuracy": "tie", "relevance": "",
        "reasoning-1": "2", "reasoning-2": "", "calculation-x": "1", "taste-1": "1",
        "overall-": "9", "knowledgeable-3": "٣",
    }  # fmt: skip
    assert ranks_of(form) == {
        Aspect.OVERALL: {1: 2, 2: 1},
        Aspect.ACCURACY: {1: 1, 2: 1},
        Aspect.REASONING: {1: 2},
        Aspect.KNOWLEDGEABLE: {3: 3},
    }


def test_what_is_missing_is_said_in_words() -> None:
    require_whole({Aspect.OVERALL: {1: 1, 2: 1, 3: 2}}, 3)
    with pytest.raises(ValueError, match="Overall is missing"):
        require_whole({Aspect.ACCURACY: {1: 1, 2: 1}}, 2)
    with pytest.raises(ValueError, match="Accuracy: rank every answer"):
        require_whole({Aspect.OVERALL: {1: 1, 2: 2}, Aspect.ACCURACY: {1: 1}}, 2)


@pytest.mark.parametrize("slot", ["0", "3", "99", "9" * 30, "9" * 5000])
def test_an_answer_that_is_not_there_is_refused_in_words(slot: str) -> None:
    ranks = ranks_of({"overall-1": "1", f"overall-{slot}": "2"})
    with pytest.raises(ValueError, match="Overall: rank every answer"):
        require_whole(ranks, 2)


@pytest.mark.parametrize("rank", ["0", "3", "128", "9" * 30, "9" * 5000])
def test_a_rank_out_of_range_is_refused_in_words(rank: str) -> None:
    ranks = ranks_of({"overall-1": "1", "overall-2": rank})
    with pytest.raises(ValueError, match="Overall: ranks go from 1 to 2"):
        require_whole(ranks, 2)
