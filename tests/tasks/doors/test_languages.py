"""Languages: how each apologises, and which of its words say nothing."""

import pytest

from schemas.text import tokens
from tasks.doors.languages import apologies, asking_back, boilerplate, only_stop_words


@pytest.mark.parametrize(
    "text",
    [
        "it is what it is",
        "It isn't.",
        "这是的",
        "我们的。",
        "это не то",
        "das ist nicht",
        "los que no",
        "ce ne est pas",
        "これはそれ",
    ],
)
def test_stop_words_of_one_language_say_nothing(text: str) -> None:
    assert only_stop_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "it is a rope",
        "rope",
        "42",
        "这是绳",
        "绳",
        "это верёвка",
        "das ist ein Seil",
        "これは縄",
        "の rope",
    ],
)
def test_one_other_word_says_something(text: str) -> None:
    """The shortest right answer must live: a name, a number, one character."""
    assert not only_stop_words(text)


def test_stop_words_of_two_languages_are_not_added_up() -> None:
    """Together the lists would hold real words of every language."""
    assert only_stop_words("und") and only_stop_words("the")
    assert not only_stop_words("the und")


def test_the_papers_word_leads_and_chinese_is_there() -> None:
    assert apologies()[0] == "sorry"
    assert {"抱歉", "对不起"} <= set(apologies())


@pytest.mark.parametrize("phrases", [apologies(), boilerplate(), asking_back()])
def test_phrases_are_as_the_rules_look_for_them(phrases: tuple[str, ...]) -> None:
    """Rules search in folded text, so a phrase with a capital would never be found."""
    assert all(phrase == phrase.casefold().strip() and tokens(phrase) for phrase in phrases)
