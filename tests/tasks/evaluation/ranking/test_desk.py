"""The desk: one vote a showing, leases, undo; the clock is the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.tables.vote import Aspect, Vote
from tasks.doors.storage.ledger import Ledger
from tasks.evaluation.ranking.desk import LEASE_S, Shown, VotingDesk
from tasks.evaluation.ranking.votes import Votes, read_votes
from tests.tasks.voting import ranking

FIRST = {Aspect.OVERALL: {1: 1, 2: 2}}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


_ledgers: list[Ledger] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while _ledgers:
        _ledgers.pop().close()


def desk(
    path: Path, clock: Clock, *, items: int = 3, raters: int = 1, share: float = 0.0
) -> VotingDesk:
    shown = {f"i{n}": Shown(f"Ask {n}", {"a": f"A{n}", "b": f"B{n}"}) for n in range(items)}
    rules = ranking(raters=raters, repeat_share=share)
    votes = read_votes(path)
    _ledgers.append(Ledger(path))
    return VotingDesk(rules, shown, votes, _ledgers[-1], clock)


def kept(path: Path) -> list[Vote]:
    return read_votes(path).standing()


def test_a_vote_names_the_systems_that_stood_in_the_slots(tmp_path: Path, clock: Clock) -> None:
    one = desk(tmp_path / "v", clock)
    ballot = one.ballot("Ann")
    one.save("Ann", ballot.id, FIRST)
    (vote,) = kept(tmp_path / "v")
    shown = one.items[vote.item_id].answers
    assert [shown[system] for system in vote.order] == ballot.answers
    assert vote.ranks[Aspect.OVERALL] == {vote.order[0]: 1, vote.order[1]: 2}


def test_an_open_item_is_kept_for_its_rater_until_the_lease_ends(
    tmp_path: Path, clock: Clock
) -> None:
    one = desk(tmp_path / "v", clock, items=1)
    ballot = one.ballot("Ann")
    assert one.ballot("Bo") is None
    assert one.progress("Bo").is_waiting
    clock.now += LEASE_S - 1
    assert one.ballot("Ann").id == ballot.id
    clock.now += LEASE_S - 1
    assert one.ballot("Bo") is None
    clock.now += 2
    assert one.ballot("Bo") is not None
    # Whoever comes late has judged all the same: nobody's work is thrown away.
    one.save("Ann", ballot.id, FIRST)
    assert [vote.rater for vote in kept(tmp_path / "v")] == ["Ann"]


def test_the_same_ballot_saved_again_changes_nothing_even_after_a_restart(
    tmp_path: Path, clock: Clock
) -> None:
    one = desk(tmp_path / "v", clock)
    ballot = one.ballot("Ann")
    one.save("Ann", ballot.id, FIRST)
    again = desk(tmp_path / "v", clock)
    for who in (one, again):
        who.save("Ann", ballot.id, {Aspect.OVERALL: {1: 2, 2: 1}})
    (vote,) = kept(tmp_path / "v")
    assert vote.ranks[Aspect.OVERALL][vote.order[0]] == 1


def test_what_was_taken_back_cannot_be_brought_back_by_its_old_form(
    tmp_path: Path, clock: Clock
) -> None:
    one = desk(tmp_path / "v", clock)
    old = one.ballot("Ann")
    one.save("Ann", old.id, FIRST)
    one.undo("Ann", old.id)
    one.save("Ann", old.id, FIRST)
    assert kept(tmp_path / "v") == []
    new = one.ballot("Ann")
    assert new.id != old.id
    assert (new.answers, new.ranks) == (old.answers, FIRST)
    one.save("Ann", new.id, None)
    assert [vote.is_skipped for vote in kept(tmp_path / "v")] == [True]


def test_only_the_last_vote_and_only_ones_own_can_be_taken_back(
    tmp_path: Path, clock: Clock
) -> None:
    one = desk(tmp_path / "v", clock)
    ids = []
    for _ in range(2):
        ids.append(one.ballot("Ann").id)
        one.save("Ann", ids[-1], FIRST)
    one.undo("Ann", ids[0])
    one.undo("Bo", ids[1])
    assert len(kept(tmp_path / "v")) == 2
    one.undo("Ann", ids[1])
    one.undo("Ann", ids[0])
    assert kept(tmp_path / "v") == []


@pytest.mark.parametrize(
    ("ranks", "complaint"),
    [
        ({}, "overall are missing"),
        ({Aspect.OVERALL: {1: 1}}, "every answer needs a rank"),
        ({Aspect.OVERALL: {1: 1, 2: 3}}, "1 to 2"),
        ({Aspect.OVERALL: {1: 1, 2: 1, 3: 1}}, "every answer needs a rank"),
    ],
)
def test_ranks_that_are_not_whole_are_not_kept(
    tmp_path: Path, clock: Clock, ranks: dict[Aspect, dict[int, int]], complaint: str
) -> None:
    one = desk(tmp_path / "v", clock)
    with pytest.raises(ValueError, match=complaint):
        one.save("Ann", one.ballot("Ann").id, ranks)
    with pytest.raises(ValueError, match="out of date"):
        one.save("Bo", one.ballot("Ann").id, FIRST)
    assert kept(tmp_path / "v") == []


def test_a_rater_keeps_the_spelling_of_their_first_vote(tmp_path: Path, clock: Clock) -> None:
    one = desk(tmp_path / "v", clock)
    one.save("Ann", one.ballot("Ann").id, FIRST)
    assert [one.enter(name) for name in ("ANN", " ann", "Bo")] == ["Ann", "Ann", "Bo"]
    with pytest.raises(ValueError, match="plain characters"):
        one.enter("")


def test_a_repetition_is_a_vote_of_its_own(tmp_path: Path, clock: Clock) -> None:
    one = desk(tmp_path / "v", clock, share=1.0)
    while (ballot := one.ballot("Ann")) is not None:
        one.save("Ann", ballot.id, FIRST)
    votes = kept(tmp_path / "v")
    assert [vote.is_repeat for vote in votes] == [False] * 3 + [True] * 3
    assert one.progress("Ann").judged == one.progress("Ann").wanted == 3


def test_signatures_differ_by_purpose_and_ranking(tmp_path: Path, clock: Clock) -> None:
    one = desk(tmp_path / "v", clock)
    assert one.sign("form", "Ann") == one.sign("form", "Ann")
    assert len({one.sign("form", "Ann"), one.sign("form", "Bo"), one.sign("door", "Ann")}) == 3
    other = one.ranking.model_copy(update={"secret": "cd" * 32})
    assert VotingDesk(other, {}, Votes(), one.book).sign("form", "Ann") != one.sign("form", "Ann")
