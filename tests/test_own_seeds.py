"""The seeds that ship with the general pack: enough, varied, and all of them usable."""

import json
import unicodedata
from collections import Counter
from pathlib import Path

from schemas.settings.evolution import RunSettings
from tasks.evolution.steps.rules import is_no_refusal, says_something
from tasks.packs.pack import pack_folder
from tasks.sources.seeds import read_seeds

SEEDS = pack_folder("general") / "seeds.jsonl"
RECORDS = [json.loads(line) for line in SEEDS.read_text(encoding="utf-8").splitlines()]
ROWS = list(read_seeds(RunSettings(seeds=SEEDS, out=Path("none"), model="offline/rewriter")))
# The skills of the test set of the WizardLM paper.
N_SKILLS = 29


def scripts(text: str) -> set[str]:
    return {unicodedata.name(c, "?").split()[0] for c in text if c.isalpha()}


def test_every_seed_can_be_used_and_none_is_twice_there() -> None:
    """Whoever starts without data starts with these."""
    assert len(ROWS) == len(RECORDS) >= 120
    assert [row.reason for row in ROWS] == [None] * len(ROWS)
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_all_skills_are_there_more_than_once() -> None:
    counts = Counter(record["skill"] for record in RECORDS)
    assert len(counts) == N_SKILLS
    assert min(counts.values()) >= 2


def test_several_languages_are_there() -> None:
    """Rules that hold for English alone would show here."""
    found = Counter(script for row in ROWS for script in scripts(row.instruction))
    chinese = sum("CJK" in scripts(row.instruction) for row in ROWS)
    assert chinese >= 5
    assert len([script for script, rows in found.items() if rows >= 1]) >= 3
    accented = [row for row in ROWS if any(c in "éèñüßçãà¿" for c in row.instruction.casefold())]
    assert len(accented) >= 3


def test_own_responses_would_pass_the_papers_rules() -> None:
    answered = [row for row in ROWS if row.response is not None]
    assert len(answered) >= len(ROWS) // 2
    for row in answered:
        assert is_no_refusal(row.response or "", max_words=80) is None
        assert says_something(row.instruction, row.response or "") is None


def test_skill_travels_with_the_row() -> None:
    assert {json.loads(row.extra or "{}").get("skill") for row in ROWS} == {
        record["skill"] for record in RECORDS
    }
