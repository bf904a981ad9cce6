"""Thinking is handed on in one shape for all rows, or not at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.export import NO_THOUGHT, Example, Reasoning, tagged
from tasks.sources.reasoning import shown

PLAIN = Example("r0", "s0", 0, "Why is the sky blue?", "It scatters blue light.")
THOUGHT = replace(PLAIN, id="r1", reasoning="\nLight of short waves is scattered more.\n\nSo:\n")
HOW: tuple[Reasoning, ...] = ("drop", "think-tags", "field")
TEXT = st.text(max_size=40)


@pytest.mark.parametrize("how", HOW)
def test_rows_with_and_without_thinking_have_one_shape(how: Reasoning) -> None:
    plain, thought = shown(PLAIN, how), shown(THOUGHT, how)
    assert plain is not None and thought is not None
    assert (plain.reasoning is None) == (thought.reasoning is None) == (how != "field")
    tags = [one.response.startswith("<think>\n") for one in (plain, thought)]
    assert tags == [how == "think-tags"] * 2
    assert {replace(one, response="", reasoning=None) for one in (plain, thought)} == {
        replace(one, response="", reasoning=None) for one in (PLAIN, THOUGHT)
    }


def test_thinking_stands_where_it_is_wanted_and_else_nowhere() -> None:
    said = "Light of short waves is scattered more.\n\nSo:"
    dropped, tags, field = (shown(THOUGHT, how) for how in HOW)
    assert dropped == replace(THOUGHT, reasoning=None)
    assert tags == replace(THOUGHT, response=tagged(said, PLAIN.response), reasoning=None)
    assert field == replace(THOUGHT, reasoning=said)
    assert shown(PLAIN, "think-tags") == replace(PLAIN, response=NO_THOUGHT + PLAIN.response)
    assert shown(PLAIN, "field") == replace(PLAIN, reasoning="")


@pytest.mark.parametrize("blank", [None, "", " \n"])
def test_blank_thinking_is_no_thinking(blank: str | None) -> None:
    one = replace(PLAIN, reasoning=blank)
    assert [shown(one, how) for how in HOW] == [shown(PLAIN, how) for how in HOW]


@pytest.mark.parametrize(
    "one",
    [
        replace(PLAIN, response="Close it with </think>, then answer."),
        replace(THOUGHT, reasoning="Shall I write </think> here?"),
        replace(THOUGHT, reasoning="<think>twice"),
    ],
)
def test_a_row_whose_text_would_break_the_tags_is_left_out_of_them_alone(one: Example) -> None:
    assert [shown(one, how) is None for how in HOW] == [False, True, False]


@given(thought=TEXT, answer=TEXT)
def test_tags_part_into_thinking_and_answer_again(thought: str, answer: str) -> None:
    found = shown(replace(PLAIN, response=answer, reasoning=thought), "think-tags")
    assert found is not None
    before, _, after = found.response.partition("\n</think>\n\n")
    assert (before.removeprefix("<think>\n"), after) == (thought.strip(), answer)
