"""Who is asked about what: every item by K people, each person once, some of it once more."""

from collections import Counter

from schemas.tables.vote import Vote
from tasks.evaluation.ranking.ballots import (
    Queue,
    Showing,
    is_waiting,
    judged,
    left_for,
    next_showing,
)
from tests.tasks.voting import ranking, vote

ITEMS = [f"i{n}" for n in range(6)]


def play(raters: list[str], *, k: int, repeat_share: float = 0.0, items: int = 6) -> list[Vote]:
    """Let raters take turns until nobody is asked any more."""
    rules, votes = ranking(raters=k, repeat_share=repeat_share), list[Vote]()
    while True:
        asked = 0
        for rater in raters:
            showing = next_showing(Queue(rules, ITEMS[:items], votes, {}), rater)
            if showing is not None:
                votes.append(vote(rater, showing.item_id, is_repeat=showing.is_repeat))
                asked += 1
        if not asked:
            return votes


def test_every_item_is_judged_by_k_people_and_by_each_of_them_once() -> None:
    votes = play(["Ann", "Bo", "Cy"], k=2)
    assert Counter(one.item_id for one in votes) == dict.fromkeys(ITEMS, 2)
    assert len({(one.rater, one.item_id) for one in votes}) == len(votes)


def test_items_with_the_fewest_votes_come_first() -> None:
    """A ranking that ends early has judged every item about equally often."""
    votes = play(["Ann", "Bo", "Cy"], k=3)
    for count in range(1, len(votes)):
        counts = Counter(one.item_id for one in votes[:count])
        assert max(counts.values()) - min(counts[item] for item in ITEMS) <= 2


def test_raters_meet_the_items_in_different_orders() -> None:
    votes = play(["Ann", "Bo"], k=2)
    orders = {who: [one.item_id for one in votes if one.rater == who] for who in ("Ann", "Bo")}
    assert orders["Ann"] != orders["Bo"]
    assert orders["Ann"] != ITEMS


def test_an_item_that_others_have_open_is_not_given_to_one_rater_too_many() -> None:
    votes = [vote("Ann", item) for item in ITEMS[1:]]
    queue = Queue(ranking(raters=1), ITEMS, votes, {"Ann": Showing("i0", is_repeat=False)})
    assert next_showing(queue, "Bo") is None
    assert is_waiting(queue, "Bo")
    assert next_showing(queue, "Ann") == Showing("i0", is_repeat=False)
    assert not is_waiting(queue._replace(votes=[*votes, vote("Ann", "i0")]), "Bo")


def test_an_item_that_somebody_could_not_judge_goes_to_others_and_not_to_them_again() -> None:
    queue = Queue(ranking(raters=1), ITEMS[:1], [vote("Ann", "i0", "skip")], {})
    assert next_showing(queue, "Ann") is None
    assert next_showing(queue, "Bo") == Showing("i0", is_repeat=False)


def test_repeated_items_come_later_never_next_to_each_other_and_once() -> None:
    votes = play(["Ann", "Bo"], k=2, repeat_share=0.5)
    for rater in ("Ann", "Bo"):
        own = [one for one in votes if one.rater == rater]
        repeats = [at for at, one in enumerate(own) if one.is_repeat]
        assert len(repeats) == 3
        assert len({own[at].item_id for at in repeats}) == 3
        for at in repeats:
            (before,) = [n for n, one in enumerate(own[:at]) if one.item_id == own[at].item_id]
            assert at - before > 1
    assert Counter(one.item_id for one in votes if not one.is_repeat) == dict.fromkeys(ITEMS, 2)


def test_a_small_share_repeats_at_least_one_item_but_never_the_only_one() -> None:
    assert [one.is_repeat for one in play(["Ann"], k=1, repeat_share=0.01)].count(True) == 1
    assert not any(one.is_repeat for one in play(["Ann"], k=1, repeat_share=1.0, items=1))
    assert not any(one.is_repeat for one in play(["Ann"], k=1))


def test_progress_counts_down_to_nothing() -> None:
    rules, votes = ranking(raters=1, repeat_share=0.5), list[Vote]()
    left = []
    while (showing := next_showing(queue := Queue(rules, ITEMS, votes, {}), "Ann")) is not None:
        left.append(left_for(queue, "Ann"))
        votes.append(vote("Ann", showing.item_id, is_repeat=showing.is_repeat))
    assert left == list(range(9, 0, -1))
    done = Queue(rules, ITEMS, votes, {})
    assert (left_for(done, "Ann"), judged(done)) == (0, 6)
