"""The file of votes: what stands, what was taken back, and what must come out the same again."""

from collections import Counter
from pathlib import Path

import pytest

from schemas.errors import RunFault
from schemas.tables.vote import Undo
from tasks.doors.storage.ledger import Ledger
from tasks.evaluation.ranking.votes import append, digest, read_votes, shuffled, vote_id
from tests.tasks.voting import SECRET, vote

VOTES = [vote("Ann", "i0"), vote("Ann", "i1", "tie"), vote("Bo", "i0", "lose")]


def undo(one: str) -> Undo:
    return Undo(undoes=one, rater="Ann", at="2026-01-01")


def test_votes_stand_until_they_are_taken_back_and_the_file_keeps_all(tmp_path: Path) -> None:
    path = tmp_path / "votes.jsonl"
    with Ledger(path) as book:
        append(book, [*VOTES, undo(VOTES[1].id)])
    found = read_votes(path)
    assert found.standing() == [VOTES[0], VOTES[2]]
    assert list(found.given.values()) == VOTES
    assert read_votes(tmp_path / "nothing.jsonl").standing() == []


def test_a_vote_that_was_written_twice_counts_once_as_it_was_said_last(tmp_path: Path) -> None:
    """The first was never acknowledged: the disk took it and refused to say so."""
    path = tmp_path / "votes.jsonl"
    changed = vote("Ann", "i0", "lose")
    with Ledger(path) as book:
        append(book, [VOTES[0], changed])
    found = read_votes(path)
    assert found.standing() == [changed]
    assert found.attempts["Ann", "i0", False] == 1


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ({"event": "dance"}, "event 'dance' is unknown"),
        ({"event": "vote", "id": "v"}, "rater: Field required"),
        ({"event": "undo", "undoes": 1, "rater": "Ann", "at": ""}, "undoes: Input should be"),
        ({}, "event None is unknown"),
    ],
)
def test_a_file_of_somebody_else_is_refused_in_one_line(
    tmp_path: Path, record: dict[str, object], complaint: str
) -> None:
    with Ledger(tmp_path / "votes.jsonl") as book:
        append(book, VOTES[:1])
        book.append(record)
    with pytest.raises(RunFault, match=f"record 2: {complaint}"):
        read_votes(tmp_path / "votes.jsonl")


def test_orders_are_even_differ_between_raters_and_come_out_the_same_again() -> None:
    systems = ["a", "b", "c"]
    orders = Counter(shuffled(systems, SECRET, "Ann", f"i{n}", False) for n in range(600))
    assert len(orders) == 6
    assert min(orders.values()) > 60
    assert shuffled(systems[::-1], SECRET, "Ann", "i1", False) == shuffled(
        systems, SECRET, "Ann", "i1", False
    )
    by_rater = {shuffled(systems, SECRET, f"r{n}", "i1", False) for n in range(20)}
    assert len(by_rater) > 3


def test_ids_tell_raters_items_repetitions_and_attempts_apart() -> None:
    made = {
        vote_id(SECRET, rater, item, is_repeat=is_repeat, attempt=attempt)
        for rater in ("Ann", "Bo") for item in ("i0", "i1")
        for is_repeat in (False, True) for attempt in (0, 1)
    }  # fmt: skip
    assert len(made) == 16
    assert digest(SECRET, "x", "ab", "c") != digest(SECRET, "x", "a", "bc")
