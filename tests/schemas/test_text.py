"""What counts as a word, and which texts are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.text import count_words, estimate_tokens, normalise, tokens

PLAIN_WORDS = st.lists(st.text("abcxyz0189", min_size=1, max_size=8), max_size=30)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("… !? —", 0),
        ("one", 1),
        ("one, two;\nthree", 3),
        ("对不起", 2),
        ("对不起我", 2),
        ("use 对不起 here", 4),
        ("すみません", 3),
    ],
)
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    """A threshold of 80 words must hold for Chinese too: two characters stand for one word."""
    assert count_words(text) == words


@given(PLAIN_WORDS, st.sampled_from([" ", "\n", ", ", " – ", "!  "]))
def test_punctuation_and_white_space_change_no_count(words: list[str], between: str) -> None:
    assert count_words(between.join(words)) == len(words)


@given(st.text())
def test_any_text_can_be_counted_and_normalised(text: str) -> None:
    assert 0 <= count_words(text) <= len(tokens(text)) <= len(text)
    assert 0 <= estimate_tokens(text) <= 2 * len(text)
    assert normalise(text).split() == normalise(text).split(" ") or normalise(text) == ""


@given(st.text(), st.text(" \t\r\n\u3000", min_size=1, max_size=4))
def test_white_space_makes_no_other_text(text: str, space: str) -> None:
    spread = space + space.join(text.split()) + space
    assert normalise(spread) == normalise(" ".join(text.split()))


def test_case_and_width_make_no_other_text_but_words_do() -> None:
    assert normalise("Ｎａｍｅ  IT") == normalise("name it")
    assert normalise("STRASSE") == normalise("straße")
    assert normalise("name it") != normalise("name it not")


def test_chinese_costs_a_token_a_character() -> None:
    """Pace and price must not take a Chinese prompt for a quarter of its size."""
    assert estimate_tokens("对不起我不能") == 8
    assert estimate_tokens("abcd" * 6) == 6
    assert estimate_tokens("x = a[0];") == 4
