"""Advance: who breeds next, and no row lost on the way."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import RunFault
from schemas.reasons import Reason
from schemas.tables.row import Row
from tasks.doors.numbers.near_duplicates import NearDuplicates
from tasks.evolution.steps.advance import check_conserved, next_parents, without_siblings

VERDICTS = st.lists(st.sampled_from(list(Reason)), max_size=40)


def parents(count: int) -> list[Row]:
    return [
        Row(f"s{n}", f"s{n}", n, 0, f"parent {n}", response=f"response {n}", extra='{"k": 1}')
        for n in range(count)
    ]


def child_of(parent: Row, reason: Reason | None, epoch: int = 1) -> Row:
    return Row(
        f"{parent.seed_id}-{epoch}", parent.seed_id, parent.position, epoch,
        f"child of {parent.id}", parent_id=parent.id, reason=reason.value if reason else None,
        evidence="why", parent_instruction=parent.instruction, error=None, gain="not_equal",
    )  # fmt: skip


@given(VERDICTS)
def test_every_line_has_exactly_one_breeder(verdicts: list[Reason]) -> None:
    """|next pool| = |pool|, in the same order, whatever the verdicts."""
    pool = parents(len(verdicts))
    children = [child_of(p, v) for p, v in zip(pool, verdicts, strict=True)]
    breeding = next_parents(pool, children)
    assert [row.seed_id for row in breeding] == [row.seed_id for row in pool]
    assert [row.epoch for row in breeding] == [int(v is Reason.KEPT) for v in verdicts]


@given(VERDICTS)
def test_failed_childs_parent_goes_back_unchanged(verdicts: list[Reason]) -> None:
    pool = parents(len(verdicts))
    children = [child_of(p, v) for p, v in zip(pool, verdicts, strict=True)]
    for parent, bred, verdict in zip(pool, next_parents(pool, children), verdicts, strict=True):
        assert (bred is parent) == (verdict is not Reason.KEPT)


def test_kept_child_breeds_without_its_verdict() -> None:
    """A verdict that stayed would pass for the next child's own."""
    pool = parents(3)
    bred = next_parents(pool, [child_of(p, Reason.KEPT) for p in pool])
    assert [row.instruction for row in bred] == [f"child of s{n}" for n in range(3)]
    for row in bred:
        assert (row.reason, row.evidence, row.parent_instruction) == (None, None, None)
        assert (row.gain, row.epoch) == ("not_equal", 1)


def test_two_epochs_in_a_row_keep_the_lines() -> None:
    pool = parents(3)
    first = next_parents(
        pool, [child_of(p, Reason.KEPT if n else Reason.REFUSED) for n, p in enumerate(pool)]
    )
    second = next_parents(first, [child_of(p, Reason.KEPT, epoch=2) for p in first])
    assert [row.parent_id for row in second] == ["s0", "s1-1", "s2-1"]
    assert [row.id for row in second] == ["s0-2", "s1-2", "s2-2"]


@pytest.mark.parametrize("lose", ["a child", "a parent", "a verdict", "an order", "a line"])
def test_a_lost_row_stops_the_run(lose: str) -> None:
    pool = parents(3)
    children = [child_of(p, Reason.KEPT) for p in pool]
    check_conserved(pool, children)
    if lose == "a child":
        children = children[:2]
    elif lose == "a parent":
        pool = pool[1:]
    elif lose == "a verdict":
        children[1] = replace(children[1], reason=None)
    elif lose == "an order":
        children = [children[1], children[0], children[2]]
    else:
        children[2] = children[0]
    with pytest.raises(RunFault):
        next_parents(pool, children)


def test_conservation_message_counts_by_reason() -> None:
    pool = parents(3)
    children = [child_of(pool[0], Reason.KEPT), child_of(pool[1], Reason.REFUSED)]
    with pytest.raises(RunFault, match=r"3 parents, 2 children, 2 verdicts .*'refused': 1"):
        check_conserved(pool, children)


def test_of_two_kept_siblings_the_first_in_seed_order_stays() -> None:
    text = "Name three strong knots that hold a dinghy to a pier in heavy weather at night."
    pool = parents(5)
    children = [
        replace(child_of(p, Reason.KEPT), instruction=f"Quite another text about matter {p.id}.")
        for p in pool
    ]
    children[0] = replace(children[0], instruction=text, reason=Reason.REFUSED.value)
    children[1] = replace(children[1], instruction=text)
    children[3] = replace(children[3], instruction=text.upper())
    held = NearDuplicates(0.8)
    first, second = without_siblings(children[:2], held), without_siblings(children[2:], held)
    settled = first + second
    assert [row.reason for row in settled] == ["refused", "kept", "kept", "duplicate", "kept"]
    assert settled[3].evidence == "repeats s1-1 of the same epoch"
    assert [row.id for row in settled] == [row.id for row in children]
    assert next_parents(pool, settled)[3] is pool[3]
