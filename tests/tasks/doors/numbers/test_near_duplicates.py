"""Near duplicates: repeats are found, and other texts are not."""

import random

import pytest

from tasks.doors.numbers.near_duplicates import NearDuplicates

WORDS = [
    "harbour", "rope", "knot", "tide", "anchor", "lamp", "chart", "wind", "sail", "deck", "keel",
    "pier", "gull", "salt", "net", "buoy", "mast", "oar", "reef", "sand", "shell", "storm",
    "swell", "tar", "weed", "winch", "yard", "bilge", "cleat", "dock",
]  # fmt: skip


def text(number: int, length: int = 25) -> str:
    return " ".join(random.Random(number).sample(WORDS, length))


def held(count: int = 5, threshold: float = 0.8) -> NearDuplicates:
    made = NearDuplicates(threshold)
    for n in range(count):
        made.add(f"t{n}", text(n))
    return made


@pytest.mark.parametrize("threshold", [0.3, 0.8, 1.0])
def test_the_same_text_is_found_whatever_its_case_and_space(threshold: float) -> None:
    for n in range(5):
        match = held(threshold=threshold).find(f"  {text(n).upper()} \n")
        assert match is not None and (match.id, match.similarity) == (f"t{n}", 1.0)


def test_a_text_with_one_word_more_is_found() -> None:
    match = held().find(f"{text(2)} today")
    assert match is not None and match.id == "t2"
    assert 0.8 <= match.similarity < 1.0


def test_another_text_is_not_found() -> None:
    assert held().find(text(11)) is None
    assert held().find("Name a rope.") is None


def test_half_of_a_text_is_not_a_near_duplicate() -> None:
    assert held().find(" ".join(text(2).split()[:12])) is None


def test_the_most_similar_text_is_named() -> None:
    made = held()
    made.add("near", f"{text(2)} today")
    match = made.find(f"{text(2)} today and here")
    assert match is not None and match.id == "near"


def test_a_texts_own_parent_does_not_count_but_its_twin_does() -> None:
    """A child is like its parent by design; another line with that text is a repeat."""
    made = held()
    assert made.find(text(1), apart_from="t1") is None
    made.add("twin", text(1))
    match = made.find(text(1), apart_from="t1")
    assert match is not None and match.id == "twin"


def test_chinese_is_compared_by_its_characters() -> None:
    made = NearDuplicates(0.8)
    made.add("zh", "请说明码头上常用的三种绳结,并说明每一种绳结适合在什么样的天气里使用。")
    near = made.find("请说明码头上常用的三种绳结,并说明每一种绳结适合在什么样的天气里使用吗?")
    assert near is not None and near.id == "zh"
    assert made.find("请为初学者写一份关于潮汐表的短文,并举出两个例子说明怎样读它。") is None


def test_texts_shorter_than_a_shingle_are_told_apart() -> None:
    made = NearDuplicates(0.8)
    made.add("a", "Name it.")
    assert made.find("Tie it.") is None
    match = made.find("name it")
    assert match is not None and match.id == "a"


def test_texts_without_a_word_are_told_apart() -> None:
    made = NearDuplicates(0.8)
    made.add("sum", "1 + 1 = ?")
    made.add("faces", "🙂🙂")
    assert made.find("🙃") is None


def test_the_answer_is_the_same_in_every_process() -> None:
    """A resumed run must find what the first one found: the sketch may not depend on a hash seed."""
    first, second = held(), held()
    probes = [f"{text(n)} and {WORDS[n]}" for n in range(5)]
    assert [first.find(p) for p in probes] == [second.find(p) for p in probes]


def test_nothing_held_nothing_found() -> None:
    assert NearDuplicates(0.8).find("Name a rope.") is None
