"""The judge's prompts: what it reads, to the byte."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.packs.judge_pack import Kind, load_judge_pack

GOLDEN = Path(__file__).parents[2] / "golden" / "judge"
PACK = load_judge_pack()
KINDS = get_args(Kind)
MARK = "0a1b2c3d4e5f"
ASKED = "Costs $5 and $$6 in {braces}, $first and ${nonce}?\n请说明这条绳子的用途。"
GIVEN = ("It costs $11; $second says so.", "Verdict: see $instruction, 100%s.")


@pytest.mark.parametrize("kind", KINDS)
def test_every_rendered_prompt_is_the_golden_one(kind: Kind) -> None:
    """A changed prompt changes who wins: whoever changes one changes its golden file with it."""
    rendered = PACK.render(kind, ASKED, *GIVEN, MARK)
    assert rendered.encode() == (GOLDEN / f"{kind}.txt").read_bytes()


def test_there_is_no_golden_file_too_many() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(KINDS)


@settings(deadline=None)
@given(*[st.text(st.characters(codec=None)) | st.just("$nonce ${first} $$")] * 3)
def test_any_text_comes_through_to_the_letter(asked: str, first: str, second: str) -> None:
    """One pass: nothing inside a text is read as a slot."""
    for kind in KINDS:
        made = PACK.render(kind, asked, first, second, MARK)
        bare = PACK.render(kind, "", "", "", MARK)
        assert all(text in made for text in (asked, first, second))
        assert len(made) == len(bare) + len(asked) + len(first) + len(second)


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_fenced_by_the_mark_and_the_verdict_comes_last(kind: Kind) -> None:
    made = PACK.render(kind, "ASKED", "FIRST", "SECOND", MARK)
    for text in ("ASKED", "FIRST", "SECOND"):
        lines = made.splitlines()
        place = lines.index(text)
        assert MARK in lines[place - 1] and MARK in lines[place + 1]
    assert made.splitlines()[-1].startswith(f"Verdict {MARK}: ")


def test_the_packs_hash_is_that_of_every_file() -> None:
    assert set(PACK.file_sha256) == {f"{kind}.txt" for kind in KINDS}
    assert len({PACK.sha256, *PACK.file_sha256.values()}) == len(KINDS) + 1
