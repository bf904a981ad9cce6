"""The offline judge: fair but for a known share, harsh with what says nothing, the same always."""

import json
from statistics import fmean

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.tables.scoring import HIGHEST, LOWEST
from tasks.doors.models import offline
from tasks.packs import fences
from tasks.packs.judge_pack import load_judge_pack
from tasks.packs.score_pack import load_score_pack
from tasks.scoring.difficulty import read_score, read_scores

JUDGES = load_judge_pack()
SCORES = load_score_pack()
MARK = "0a1b2c3d4e5f"
ASKED = [
    f"Explain in {n} steps how to splice a rope on a boat, and what to check." for n in range(300)
]
LONG = (
    "To splice a rope on a boat, lay the strands open, tuck each of them three times, and check it."
)
SHORT = "Tuck it."


def judged(asked: str, first: str, second: str, mark: str = MARK) -> fences.Verdict:
    one, other = fences.defused(first), fences.defused(second)
    prompt = JUDGES.render("general", fences.defused(asked), one, other, mark)
    return fences.read_verdict(offline.reply("rewriter", prompt), mark)


def test_the_better_answer_wins_in_both_orders_but_for_a_small_share() -> None:
    """Some verdicts lean or cannot be read, as a model's would: the machinery must meet them."""
    games = [(judged(asked, LONG, SHORT), judged(asked, SHORT, LONG)) for asked in ASKED]
    read = [(a.scores, b.scores) for a, b in games if a.scores and b.scores]
    assert 0.9 < len(read) / len(games) < 1
    swapped = [a == (b[1], b[0]) for a, b in read]
    assert 0.8 < fmean(swapped) < 1
    assert fmean(a[0] > a[1] and b[1] > b[0] for a, b in read) > 0.9


def test_leaning_verdicts_lean_towards_the_first() -> None:
    found = [judged(asked, LONG, LONG).scores for asked in ASKED]
    assert all(scores[0] >= scores[1] for scores in found if scores)
    assert 0 < sum(scores[0] > scores[1] for scores in found if scores) < len(found) / 5


def test_the_null_model_loses_against_any_answer_that_says_something() -> None:
    for asked in ASKED[:100]:
        for other in (LONG, "Numbers need a unit, and claims need a reason."):
            found = judged(asked, fences.NULL_ANSWER, other).scores
            assert found is None or found[0] < found[1]


def test_a_verdict_depends_on_the_texts_and_not_on_the_runs_mark() -> None:
    """The demo shall print the same figures for everybody."""
    for asked in ASKED[:50]:
        one, other = (judged(asked, LONG, SHORT, mark) for mark in (MARK, "f" * 12))
        assert one.scores == other.scores


@settings(deadline=None)
@given(st.text(st.characters(codec=None)), st.text(), st.text())
def test_any_texts_get_a_verdict_or_none(asked: str, first: str, second: str) -> None:
    found = judged(asked, first, second)
    assert found.scores is None or all(1 <= score <= 10 for score in found.scores)


def test_difficulty_grows_with_what_is_asked() -> None:
    easy = "Name a rope."
    hard = (
        "Compare exactly 3 ropes, prove each claim, but without naming a brand, and explain what must "
        "change under 2 loads if the boat is at least 12 m long; give each figure with its unit."
    )
    found = [
        read_score(offline.reply("rewriter", SCORES.difficulty(text, MARK)))
        for text in (easy, hard)
    ]
    assert all(score is not None and LOWEST <= score <= HIGHEST for score in found)
    assert (found[0] or 0) < (found[1] or 0)


def test_versions_are_ranked_side_by_side() -> None:
    texts = ["Name a rope.", "Name 3 ropes and compare them.", "Name it."]
    reply = offline.reply("rewriter", SCORES.complexity(texts, MARK))
    found = read_scores(reply, 3)
    assert found is not None and json.loads(reply) == found
    assert max(found) == found[1]
    pairs = [("Name a rope.", SHORT), ("Name a rope.", LONG)]
    assert read_scores(offline.reply("rewriter", SCORES.quality(pairs, MARK)), 2) is not None


def test_the_terse_answerer_says_less_than_the_other() -> None:
    asked = ASKED[:100]
    terse, full = (
        [offline.reply(name, text) for text in asked] for name in (offline.TERSE, "rewriter")
    )
    assert all(terse)
    assert fmean(map(len, terse)) < fmean(map(len, full)) / 2
