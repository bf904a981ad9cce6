"""People's figures on votes that can be counted by hand."""

import pytest

from schemas.tables.evaluation import Outcome
from schemas.tables.vote import Aspect
from tasks.evaluation.ranking import people_figures
from tests.tasks.voting import vote

SYSTEMS = ["a", "b"]
WIN, TIE, LOSE = Outcome.WIN, Outcome.TIE, Outcome.LOSE
VOTES = [
    vote("Ann", "i0", "win"), vote("Bo", "i0", "win"), vote("Cy", "i0", "lose"),
    vote("Ann", "i1", "tie"), vote("Bo", "i1", "lose"), vote("Cy", "i1", "lose"),
    vote("Ann", "i2", "win"), vote("Bo", "i2", "lose"),
    vote("Cy", "i2", "skip"),
]  # fmt: skip


def overall() -> people_figures.Labels:
    return people_figures.labels(
        [one for one in VOTES if not one.is_skipped], SYSTEMS, Aspect.OVERALL
    )


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ([WIN], WIN),
        ([WIN, WIN, LOSE], WIN),
        ([WIN, LOSE], TIE),
        ([WIN, TIE], TIE),
        ([TIE, TIE, WIN, WIN, LOSE], TIE),
        ([WIN, TIE, LOSE], TIE),
        ([LOSE, LOSE, TIE, WIN], LOSE),
    ],
)
def test_the_majority_decides_and_where_none_leads_it_is_a_tie(
    said: list[Outcome], outcome: Outcome
) -> None:
    assert people_figures.majority(said) == outcome


def test_an_item_counts_once_however_many_people_judged_it() -> None:
    (cell,) = people_figures.pair_figures(overall(), Aspect.OVERALL)
    assert (cell.system, cell.baseline) == ("a", "b")
    assert (cell.n, cell.win, cell.tie, cell.lose) == (3, 1, 1, 1)
    assert (cell.win_rate, cell.is_small) == (0.5, True)
    assert cell.ci95 == (0.0, 1.0)


def test_a_ranking_of_three_makes_three_pairs_and_aspects_stand_by_themselves() -> None:
    ranks = {"c": 1, "a": 2, "b": 2}
    one = vote("Ann", "i0", ranks, accuracy={"a": 1, "b": 3, "c": 2})
    found = people_figures.labels([one], ["a", "b", "c"], Aspect.OVERALL)
    assert found == {
        ("i0", "a", "b"): {"Ann": TIE},
        ("i0", "a", "c"): {"Ann": LOSE},
        ("i0", "b", "c"): {"Ann": LOSE},
    }
    accuracy = people_figures.labels([one], ["a", "b", "c"], Aspect.ACCURACY)
    assert accuracy["i0", "a", "b"] == {"Ann": WIN}
    assert people_figures.labels([one], ["a", "b", "c"], Aspect.REASONING) == {}


def test_people_agree_in_two_of_seven_pairs_of_votes_and_without_ties_in_two_of_five() -> None:
    found = people_figures.people_agreement(overall())
    # i0: one of three pairs; i1: one of three, two of which have a tie; i2: none of one.
    assert (found.with_ties.agree, found.with_ties.n) == (2, 7)
    assert (found.without_ties.agree, found.without_ties.n) == (2, 5)
    assert found.with_ties.items == 3
    assert found.with_ties.is_small


def test_the_judge_is_compared_with_each_vote_and_with_the_majority() -> None:
    judged = {("i0", "a", "b"): WIN, ("i1", "a", "b"): TIE, ("i9", "a", "b"): WIN}
    found = people_figures.judge_agreement(overall(), judged)
    counts = {
        (whom, ties): (one.agree, one.n)
        for whom, both in found._asdict().items() for ties, one in both
    }  # fmt: skip
    assert counts == {
        ("votes", "with_ties"): (3, 6), ("votes", "without_ties"): (2, 3),
        ("majority", "with_ties"): (1, 2), ("majority", "without_ties"): (1, 1),
    }  # fmt: skip
    assert found.majority.without_ties.ci95 is None


def test_the_judges_interval_is_wider_than_votes_on_the_same_items_would_make_it() -> None:
    """Ten people on one item are not ten items."""
    votes = [vote(f"r{n}", f"i{i}", "win") for n in range(10) for i in range(6)]
    found = people_figures.labels(votes, SYSTEMS, Aspect.OVERALL)
    judged = {(f"i{i}", "a", "b"): WIN if i % 2 else LOSE for i in range(6)}
    one = people_figures.judge_agreement(found, judged).votes.with_ties
    assert (one.rate, one.n, one.items) == (0.5, 60, 6)
    assert one.ci95 is not None
    assert one.ci95[1] - one.ci95[0] > 0.5


def test_coefficients_take_who_judged_the_same() -> None:
    found = people_figures.chance_corrected(overall())
    assert [(one.raters, one.n) for one in found.cohen] == [
        (("Ann", "Bo"), 3), (("Ann", "Cy"), 2), (("Bo", "Cy"), 2),
    ]  # fmt: skip
    assert (found.fleiss.raters, found.fleiss.n) == (3, 2)
    assert found.krippendorff.n == 3
    assert found.krippendorff.ordinal is not None
    alone = people_figures.labels(VOTES[:1], SYSTEMS, Aspect.OVERALL)
    nothing = people_figures.chance_corrected(alone)
    assert nothing.cohen == []
    assert (nothing.fleiss.n, nothing.krippendorff.nominal) == (0, None)


def test_a_rater_is_steady_where_they_say_the_same_again() -> None:
    again = [
        vote("Ann", "i0", "win", is_repeat=True), vote("Ann", "i1", "lose", is_repeat=True),
        vote("Bo", "i2", "lose", is_repeat=True), vote("Bo", "i7", "lose", is_repeat=True),
    ]  # fmt: skip
    votes = [one for one in (*VOTES, *again) if not one.is_skipped]
    found = people_figures.self_consistency(votes, SYSTEMS, Aspect.OVERALL)
    assert {who: (one.agree, one.n) for who, one in found.items()} == {
        "Ann": (1, 2), "Bo": (1, 1), "Cy": (0, 0),
    }  # fmt: skip
    # What is said again is not said twice.
    assert people_figures.labels(votes, SYSTEMS, Aspect.OVERALL) == overall()


def test_outcomes_turn_with_the_side_that_looks_at_them() -> None:
    assert [people_figures.flipped(one) for one in (WIN, TIE, LOSE)] == [LOSE, TIE, WIN]
