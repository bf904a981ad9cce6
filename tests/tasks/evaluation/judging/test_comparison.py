"""What results.json says: counts are conserved, sides can be swapped, and nothing is ever NaN."""

import json
import math
from dataclasses import replace
from statistics import stdev
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.documents.results import PairResult, Results
from schemas.tables.evaluation import NULL_MODEL, Judgment, Outcome, SystemAnswer
from tasks.evaluation.judging.comparison import about_system, results
from tests.tasks.judged import about, counted, game

SKILLS = ["Math", "Art", "Law"]
COUNTS = ("win", "tie", "lose", "unscored")

Figure = TypeVar("Figure")


def known(value: Figure | None) -> Figure:
    """Return a figure that must be there."""
    assert value is not None
    return value


@st.composite
def played(draw: st.DrawFn) -> list[Judgment]:
    """Games of up to twelve items, some judged both ways, some with scores and probabilities."""
    games: list[Judgment] = []
    for item in range(draw(st.integers(0, 12))):
        facts = {
            "skill": draw(st.sampled_from(SKILLS)),
            "difficulty": draw(st.none() | st.integers(1, 10)),
            "words_system": draw(st.integers(0, 40)),
            "words_baseline": draw(st.integers(0, 40)),
        }
        for is_first in draw(st.sampled_from([(True,), (False,), (True, False)])):
            made = game(item, draw(st.sampled_from(COUNTS)), is_system_first=is_first, **facts)
            if made.outcome != Outcome.UNSCORED and draw(st.booleans()):
                own, other = draw(st.integers(1, 10)), draw(st.integers(1, 10))
                made = replace(made, score_system=float(own), score_baseline=float(other))
            games.append(made)
    return games


def swapped(one: Judgment) -> Judgment:
    """The same game, seen from the other side."""
    turned = {Outcome.WIN: Outcome.LOSE, Outcome.LOSE: Outcome.WIN}
    return replace(
        one,
        system=one.baseline,
        baseline=one.system,
        is_system_first=not one.is_system_first,
        outcome=turned.get(one.outcome, one.outcome),
        preference=None if one.preference is None else 1 - one.preference,
        score_system=one.score_baseline,
        score_baseline=one.score_system,
        words_system=one.words_baseline,
        words_baseline=one.words_system,
    )


def only(found: Results) -> PairResult:
    (cell,) = found.pairs
    return cell


@settings(max_examples=15, deadline=None)
@given(played())
def test_the_figures_are_strict_json_and_the_same_again(games: list[Judgment]) -> None:
    """Other programs read the file, and not all of them know NaN."""
    text = json.dumps(results(games, about()).plain(), allow_nan=False)
    assert text == json.dumps(results(games, about()).plain(), allow_nan=False)


@settings(max_examples=15, deadline=None)
@given(played())
def test_every_item_is_counted_once_in_all_and_once_in_its_skill_and_band(
    games: list[Judgment],
) -> None:
    found = results(games, about())
    items = len({one.item_id for one in games})
    for part in ("pairs", "skills", "difficulties"):
        cells = getattr(found, part)
        if cells:
            assert sum(getattr(cell, name) for cell in cells for name in COUNTS) == items
            assert all(cell.n == cell.win + cell.tie + cell.lose for cell in cells)
    whole = {name: sum(getattr(cell, name) for cell in found.pairs) for name in COUNTS}
    assert whole == {name: sum(getattr(cell, name) for cell in found.skills) for name in COUNTS}


@settings(max_examples=15, deadline=None)
@given(played())
def test_from_the_other_side_wins_are_losses_and_rates_are_mirrored(games: list[Judgment]) -> None:
    """Who is called the baseline must not decide who is better."""
    if not games:
        return
    here, there = only(results(games, about())), only(results(list(map(swapped, games)), about()))
    assert (here.win, here.tie, here.lose) == (there.lose, there.tie, there.win)
    assert here.p_value == there.p_value
    if here.n:
        assert here.win_rate == pytest.approx(1 - known(there.win_rate))
    if here.ci95:
        assert here.ci95 == pytest.approx([1 - end for end in reversed(known(there.ci95))])
    if here.capacity:
        assert here.capacity == pytest.approx(1 / known(there.capacity))
    if here.win_rate_at_equal_length is not None:
        mirrored = 1 - known(there.win_rate_at_equal_length)
        assert here.win_rate_at_equal_length == pytest.approx(mirrored, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(played())
def test_unscored_items_change_no_rate(games: list[Judgment]) -> None:
    """A verdict that could not be read is no bad mark."""
    more = [game(f"unread-{n}", "unscored", skill="Math") for n in range(3)]
    with_them, without = results([*games, *more], about()), results(games, about())
    rates = {"n", "win_rate", "ci95", "raw_win_rate", "p_value", "capacity", "length_ratio"}
    if games:
        assert only(with_them).unscored == only(without).unscored + 3
        assert only(with_them).model_dump(include=rates) == only(without).model_dump(include=rates)


@pytest.mark.parametrize(
    "games", [[], [game(1, "win")], counted(0, 3, 0), counted(0, 0, 0, unscored=3)]
)
def test_nothing_one_item_all_ties_and_all_unscored_are_no_trouble(games: list[Judgment]) -> None:
    found = results(games, about())
    json.dumps(found.plain(), allow_nan=False)
    for cell in found.pairs:
        assert cell.is_small
        assert cell.win_rate_at_equal_length is None
        assert (cell.win_rate is None) == (cell.n == 0)


def test_one_game_unscored_leaves_the_pair_unscored() -> None:
    """Half a comparison is none: the other order may have said the opposite."""
    games = [game(1, "win"), game(1, "unscored", is_system_first=False), game(2, "tie")]
    cell = only(results(games, about()))
    assert (cell.n, cell.unscored, cell.win, cell.tie) == (1, 1, 0, 1)


def test_two_orders_that_disagree_make_a_tie_and_not_three_quarters_of_a_win() -> None:
    """The rule of MT-bench: only who wins both ways has won."""
    games = [
        game(1, "win"), game(1, "tie", is_system_first=False),
        game(2, "win"), game(2, "lose", is_system_first=False),
        game(3, "win"), game(3, "win", is_system_first=False),
    ]  # fmt: skip
    cell = only(results(games, about()))
    assert (cell.win, cell.tie, cell.lose) == (1, 2, 0)
    assert cell.win_rate == pytest.approx(2 / 3)
    assert cell.raw_win_rate == pytest.approx(1 / 3)


def test_probabilities_are_averaged_over_both_orders() -> None:
    games = [
        game(1, "win", preference=0.9),
        game(1, "lose", preference=0.4, is_system_first=False),
        game(2, "lose", preference=0.25),
        game(2, "lose", preference=0.25, is_system_first=False),
    ]
    cell = only(results(games, about()))
    assert cell.win_rate == pytest.approx((0.65 + 0.25) / 2)
    assert (cell.win, cell.tie, cell.lose) == (0, 1, 1)


@pytest.mark.parametrize(
    ("win", "lose", "tie"), [(90, 52, 76), (90, 63, 65), (61, 89, 68), (116, 50, 52), (64, 88, 66)]
)
def test_the_papers_human_figures_come_out_of_their_counts(win: int, lose: int, tie: int) -> None:
    """WizardLM's win-lose-tie charts of its 218 items (arXiv 2304.12244, repository images)."""
    cell = only(results(counted(win, tie, lose), about()))
    assert (cell.n, cell.win, cell.tie, cell.lose) == (218, win, tie, lose)
    assert cell.win_rate == pytest.approx((win + tie / 2) / 218)
    assert cell.raw_win_rate == pytest.approx(win / 218)


def test_the_papers_hard_items_are_42_9_against_35_0_percent_and_prove_nothing() -> None:
    """ "Better than ChatGPT on hard items" rests on 27 wins and 22 losses among 63 items."""
    games = [replace(one, difficulty=8 + n % 3) for n, one in enumerate(counted(27, 14, 22))]
    games += [
        replace(one, item_id=f"easy-{n}", difficulty=2) for n, one in enumerate(counted(34, 54, 67))
    ]
    found = results(games, about())
    hard = next(cell for cell in found.difficulties if cell.band == "8-10")
    assert hard.raw_win_rate == pytest.approx(0.429, abs=5e-4)
    # The paper rounded its other figure up from 34.9.
    assert hard.lose / hard.n == pytest.approx(0.350, abs=1e-3)
    low, high = known(hard.ci95)
    assert low < 0.5 < high
    assert known(hard.p_value) > 0.5
    whole = only(found)
    assert (whole.win, whole.lose, whole.tie) == (61, 89, 68)


def test_the_interval_of_805_items_is_as_wide_as_the_standard_error_says() -> None:
    games = counted(400, 105, 300)
    cell = only(results(games, about()))
    error = stdev(one.preference or 0.0 for one in games) / math.sqrt(len(games))
    low, high = known(cell.ci95)
    # Wilson's, the wider here, takes a tie for half a win and half a loss.
    assert 1.9 * error < (high - low) / 2 < 2.2 * error


def test_both_orders_of_an_item_do_not_make_the_interval_narrower() -> None:
    """Two games over one item are one piece of evidence, not two."""
    once = counted(30, 10, 20)
    twice = [*once, *(replace(one, is_system_first=False) for one in once)]
    assert only(results(once, about())).ci95 == only(results(twice, about())).ci95


def test_both_turns_of_a_question_do_not_make_the_interval_narrower() -> None:
    """A talk that began well mostly goes on well."""
    first = [replace(one, item_id=f"{one.item_id}-turn1") for one in counted(30, 10, 20)]
    both = [*first, *(replace(one, item_id=one.item_id[:-1] + "2") for one in first)]
    once, twice = only(results(first, about())), only(results(both, about()))
    assert twice.n == 2 * once.n
    assert twice.ci95 == once.ci95


def test_capacity_is_a_ratio_of_sums_over_items() -> None:
    """The paper's printed averages fit this and no mean of ratios."""
    scores = [(9.0, 10.0), (2.0, 8.0), (7.0, 7.0), (8.0, 9.0), (6.0, 5.0)]
    games = [
        game(n, "lose", score_system=own, score_baseline=other)
        for n, (own, other) in enumerate(scores)
    ]
    cell = only(results([*games, game(9, "unscored")], about()))
    assert cell.capacity == pytest.approx(32 / 39)
    low, high = known(cell.capacity_ci95)
    assert low < 32 / 39 < high
    assert only(results(games[:4], about())).capacity_ci95 is None


def test_skills_are_corrected_for_their_number() -> None:
    """Of 29 skills one will look significant by chance."""
    games = [
        replace(one, item_id=f"{skill}-{one.item_id}", skill=skill)
        for skill, wins in (("Art", 9), ("Law", 6), ("Math", 5))
        for one in counted(wins, 0, 10 - wins)
    ]
    cells = results(games, about()).skills
    assert [cell.skill for cell in cells] == ["Art", "Law", "Math"]
    first = cells[0]
    assert first.p_value == pytest.approx(2 * 11 / 1024)
    assert first.p_holm == pytest.approx(3 * known(first.p_value))
    assert all(known(cell.p_holm) >= known(cell.p_value) for cell in cells)


def test_bands_part_the_difficulties_as_the_paper_does() -> None:
    games = [game(n, "win", difficulty=n) for n in range(1, 11)] + [game(11, "tie")]
    cells = results(games, about()).difficulties
    assert [(cell.band, cell.n) for cell in cells] == [
        ("1-4", 4), ("5-7", 3), ("8-10", 3), ("unknown", 1),
    ]  # fmt: skip


def test_a_set_without_skills_and_difficulties_has_no_such_cells() -> None:
    found = results(counted(3, 0, 0), about())
    assert found.skills == []
    assert found.difficulties == []


def test_two_systems_have_no_ratings_and_three_have_the_better_one_first() -> None:
    ours, other = counted(5, 1, 2), counted(2, 1, 5, system="other")
    assert results(ours, about()).ratings == []
    rated = results([*ours, *other], about()).ratings
    assert [one.system for one in rated] == ["ours", "theirs", "other"]
    assert sum(one.rating for one in rated) == pytest.approx(0, abs=1e-6)
    for one in rated:
        low, high = known(one.ci95)
        assert low <= one.rating <= high


def test_the_canary_is_in_no_figure_but_its_own() -> None:
    """The null model is judged to test the judge, not to be compared."""
    games = counted(3, 2, 1)
    canary = counted(0, 0, 6, system=NULL_MODEL)
    found = results([*games, *canary], about())
    assert found.canary is not None
    assert found.canary.plain() == {
        "n": 6, "win": 0, "tie": 0, "lose": 6, "unscored": 0, "win_rate": 0.0,
        "ci95": [0.0, 0.390334288], "has_lost": True,
    }  # fmt: skip
    without = results(games, about())
    assert without.canary is None
    assert found.model_copy(update={"canary": None}) == without


@pytest.mark.parametrize(
    ("games", "has_lost"),
    [(counted(0, 0, 2), True), (counted(0, 0, 0, unscored=3), False), (counted(2, 0, 3), False),
     (counted(0, 9, 0), False), (counted(0, 0, 1), True)],
)  # fmt: skip
def test_the_canary_has_lost_only_where_chance_does_not_explain_it(
    games: list[Judgment], has_lost: bool
) -> None:
    canary = [replace(one, system=NULL_MODEL) for one in games]
    found = results(canary, about()).canary
    assert found is not None
    assert found.has_lost is has_lost


def test_systems_are_told_with_their_family_answers_and_length() -> None:
    answers = [
        SystemAnswer("1", 0, "ours", "one two three", None),
        SystemAnswer("2", 1, "ours", None, None),
        SystemAnswer("3", 2, "ours", "one", None),
        SystemAnswer("1", 0, "theirs", "one two", None),
    ]
    systems = (about_system("ours", "openai/gpt-4.1-mini", answers),)
    found = results([], about(systems=systems)).systems
    assert [one.plain() for one in found] == [
        {"name": "ours", "model": "openai/gpt-4.1-mini", "family": "gpt", "answered": 2,
         "unanswered": 1, "median_words": 2.0}
    ]  # fmt: skip


def test_skills_near_the_baseline_are_counted_and_the_error_of_the_win_rate_is_there() -> None:
    """The paper says so of its model: in so many of so many skills at least nine tenths."""
    games = [
        replace(
            game(n, "lose", skill=SKILLS[n % 3]),
            score_system=(8.0, 9.0, 10.0)[n % 3],
            score_baseline=10.0,
        )
        for n in range(6)
    ]
    cell = only(results(games, about()))
    assert (cell.skills_near, cell.skills_scored) == (2, 3)
    worth = [1.0] * 5 + [0.5, 0.0, 0.0]
    cell = only(results(counted(5, 1, 2), about()))
    assert cell.standard_error == pytest.approx(stdev(worth) / len(worth) ** 0.5)


def test_a_folder_with_the_older_name_of_the_figure_is_read() -> None:
    written = only(results(counted(3, 1, 2), about())).plain()
    for name in ("win_rate_at_equal_length", "equal_length_ci95", "standard_error"):
        del written[name]
    read = PairResult.model_validate({**written, "length_controlled_win_rate": 0.25})
    assert (read.win_rate_at_equal_length, read.equal_length_ci95) == (0.25, None)
