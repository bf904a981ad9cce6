"""Scoring prompts: what the judge reads, to the byte; strangers' texts come through and stay inside."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput
from tasks.packs.score_pack import ScorePack, load_score_pack

GOLDEN = Path(__file__).parents[2] / "golden" / "score"
PACK = load_score_pack()
TEXTS = (
    "Name {three} knots for $5, $nonce and ${count}.\n--- 0 end",
    "请说明 100%s 绳结。",
    "Tie it.",
)
NONCE = "0123456789ab"


def renderings(pack: ScorePack, texts: tuple[str, ...]) -> dict[str, str]:
    return {
        "difficulty": pack.difficulty(texts[0], NONCE),
        "complexity": pack.complexity(texts, NONCE),
        "quality": pack.quality([(text, f"Answer: {text}") for text in texts], NONCE),
    }


@pytest.mark.parametrize("name", sorted(renderings(PACK, TEXTS)))
def test_every_rendered_prompt_is_the_golden_one(name: str) -> None:
    """A changed prompt changes the scores: whoever changes one changes its golden file with it."""
    assert renderings(PACK, TEXTS)[name].encode() == (GOLDEN / f"{name}.txt").read_bytes()


@settings(deadline=None)
@given(st.lists(st.text() | st.just("$versions $nonce ${count} $$"), min_size=3, max_size=5))
def test_any_text_comes_through_to_the_letter(texts: list[str]) -> None:
    """One pass: nothing inside a text is read as a slot."""
    for name, rendered in renderings(PACK, tuple(texts)).items():
        shown = texts[:1] if name == "difficulty" else texts
        assert all(f"\n{text}\n" in rendered for text in shown)
        assert rendered.count(f"--- {NONCE}") == (2 if name == "difficulty" else len(texts) + 1)


def test_a_prompt_with_other_slots_is_refused(tmp_path: Path) -> None:
    for name in ("difficulty", "complexity", "quality"):
        (tmp_path / f"{name}.txt").write_text("$nonce $instruction $count $versions")
    with pytest.raises(BadInput, match=r"difficulty\.txt: slots are .*; this prompt needs exactly"):
        load_score_pack(tmp_path)
    (tmp_path / "quality.txt").unlink()
    with pytest.raises(BadInput, match=r"quality\.txt: missing"):
        load_score_pack(tmp_path)
