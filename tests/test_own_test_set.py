"""The test set that ships here: every skill and difficulty, all of it usable, and in our own words."""

import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from schemas.settings.evaluation import EvaluationSettings
from schemas.text import count_words, normalise, tokens
from tasks.sources.test_sets import OWN_SET, read_items

RECORDS = [json.loads(line) for line in OWN_SET.read_text(encoding="utf-8").splitlines()]
ITEMS = read_items(
    EvaluationSettings(out="none", systems={"a": "openai/a", "b": "openai/b"}, judge="openai/j")
)
# The skills of the test set of the WizardLM paper, one of them spelt right.
SKILLS = {
    "Academic Writing", "Art", "Biology", "Chemistry", "Code Debug", "Code Generation",
    "Common-Sense", "Complex Format", "Computer Science", "Counterfactual", "Economy",
    "Entertainment", "Ethics", "History", "Law", "Literature", "Math", "Medicine", "Multilingual",
    "Music", "Philosophy", "Physics", "Reasoning", "Roleplay", "Sport", "Technology", "Toxicity",
    "TruthfulQA", "Writing",
}  # fmt: skip
_COPIED = 8
"""As many words in a row are no chance."""


def grams(text: str) -> set[tuple[str, ...]]:
    words = tokens(normalise(text))
    return {tuple(words[at : at + _COPIED]) for at in range(len(words) - _COPIED + 1)}


def strings_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings_in(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings_in(one)]
    return [value] if isinstance(value, str) else []


def records_of(path: Path) -> list[object]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return list(json.loads(text))
    return [json.loads(line) for line in text.splitlines()]


def test_it_is_read_as_any_test_set_and_no_item_is_twice_there() -> None:
    """Whoever evaluates without a test set evaluates on this one."""
    assert all(set(one) == {"idx", "Skill", "Difficulty", "Instruction"} for one in RECORDS)
    assert [item.id for item in ITEMS] == [str(n + 1) for n in range(len(RECORDS))]
    assert len({normalise(item.instruction) for item in ITEMS}) == len(ITEMS)


def test_every_skill_of_the_paper_is_there_five_times_and_none_besides() -> None:
    """A skill with fewer items would be drawn as noise."""
    counts = Counter(item.skill for item in ITEMS)
    assert set(counts) == SKILLS
    assert len(SKILLS) == 29
    assert min(counts.values()) >= 5


def test_the_first_items_have_all_skills() -> None:
    """Whoever takes fewer by --limit still sees every skill, easy and hard."""
    first = ITEMS[: len(SKILLS)]
    assert {item.skill for item in first} == SKILLS
    assert len({item.difficulty for item in first}) >= 5


def test_every_difficulty_is_there_and_every_band_is_large() -> None:
    """A band with few items would say nothing."""
    counts = Counter(item.difficulty for item in ITEMS)
    assert set(counts) == set(range(1, 11))
    bands = [range(1, 5), range(5, 8), range(8, 11)]
    assert min(sum(counts[level] for level in band) for band in bands) >= 20


def test_it_is_spread_like_real_use() -> None:
    """Short and long, with code and quoted texts, in more than one language."""
    words = sorted(count_words(item.instruction) for item in ITEMS)
    assert words[0] <= 15
    assert words[-1] >= 75
    assert sum("```" in item.instruction for item in ITEMS) >= 3
    assert sum("\n\n" in item.instruction for item in ITEMS) >= 8
    others = [
        i.instruction for i in ITEMS if any(ord(c) > 0x7F and c.isalpha() for c in i.instruction)
    ]
    scripts = {unicodedata.name(c, "?").split()[0] for text in others for c in text if c.isalpha()}
    assert {"LATIN", "CJK", "HIRAGANA"} <= scripts
    assert len(others) >= 5


@pytest.mark.real
@pytest.mark.parametrize(
    "name",
    ["evol_testset_218.jsonl", "alpaca_5k.jsonl", "alpaca_zh_1k.json", "code_alpaca_2k.json"],
)
def test_no_item_is_copied_from_a_known_dataset(shared_data: Path, name: str) -> None:
    """Models may have been trained on those, and they are other people's."""
    known = {
        gram
        for record in records_of(shared_data / name)
        for text in strings_in(record)
        for gram in grams(text)
    }
    assert len(known) > 1_000
    copied = [item.id for item in ITEMS if grams(item.instruction) & known]
    assert copied == []
