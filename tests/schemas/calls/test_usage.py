"""What is billed: the endpoint's counts where they can be, else an own count on the high side."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calls.usage import counts_of, high_count
from schemas.text import estimate_tokens

PROMPT, TEXT = "Name a knot that holds. " * 20, "A bowline holds and is untied with ease. " * 20


@pytest.mark.parametrize("usage", [
    None, {}, [], "x", {"prompt_tokens": None}, {"prompt_tokens": "7"},
    {"prompt_tokens": -1, "completion_tokens": -1}, {"prompt_tokens": 120,
    "completion_tokens": None},
    {"prompt_tokens": 120, "completion_tokens": 0}, {"prompt_tokens": 120, "completion_tokens": 5},
    {"prompt_tokens": 120, "completion_tokens": 10**30}, {"prompt_tokens": 120,
    "completion_tokens": True},
    {"prompt_tokens": 120, "completion_tokens": 1.5}, {"total_tokens": 130},
])  # fmt: skip
def test_a_usage_that_cannot_be_is_replaced_by_a_count_on_the_high_side(usage: Any) -> None:
    counts = counts_of(usage, prompt=PROMPT, written=TEXT)
    assert counts.estimated
    assert estimate_tokens(TEXT) <= counts.completion <= 2 * estimate_tokens(TEXT)
    assert counts.prompt >= 120


@pytest.mark.parametrize(("usage", "completion", "reasoning"), [
    ({"prompt_tokens": 120, "completion_tokens": 200}, 200, None),
    ({"input_tokens": 120, "output_tokens": 200}, 200, None),
    ({"prompt_tokens": 120, "completion_tokens": 200, "total_tokens": 900}, 780, None),
    ({"prompt_tokens": 120, "completion_tokens": 200,
      "completion_tokens_details": {"reasoning_tokens": 700}}, 900, 700),
    ({"prompt_tokens": 120, "completion_tokens": 900,
      "completion_tokens_details": {"reasoning_tokens": 700}}, 900, 700),
])  # fmt: skip
def test_hidden_thinking_is_billed_wherever_it_is_counted(
    usage: Any, completion: int, reasoning: int | None
) -> None:
    counts = counts_of(usage, prompt=PROMPT, written=TEXT)
    assert (counts.prompt, counts.completion, counts.reasoning) == (120, completion, reasoning)
    assert not counts.estimated


@given(st.text(max_size=400))
def test_an_own_count_is_never_below_the_usual_one(text: str) -> None:
    assert high_count(text) >= estimate_tokens(text)
