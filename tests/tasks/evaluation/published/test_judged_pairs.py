"""A file's pairs come out in one direction, without repeats, and with one item an instruction."""

from dataclasses import replace

import pytest

from schemas.errors import BadInput
from schemas.tables.evaluation import Outcome
from tasks.evaluation.published.judged_pairs import Duel, Showing, Side, baseline_of, told


def duel(item: str, system: str, baseline: str, preference: float | None = 1.0) -> Duel:
    return Duel(
        item_key=(item,),
        item_id=None,
        instruction=f"About {item}.",
        system=Side(system, f"{system} says it at length."),
        baseline=Side(baseline, f"{baseline}."),
        judge="judge",
        prompt="pair",
        showings=(Showing(preference, True, 9.0, 3.0),),
    )


def test_a_pair_the_other_way_round_is_turned() -> None:
    """Some files put the baseline first, some second, some both."""
    rows = told([duel("a", "ours", "theirs"), duel("b", "theirs", "ours")], "theirs")
    first, second = rows.games
    assert [(g.system, g.baseline) for g in rows.games] == [("ours", "theirs")] * 2
    assert (first.outcome, second.outcome) == (Outcome.WIN, Outcome.LOSE)
    assert (first.is_system_first, second.is_system_first) == (True, False)
    assert (second.score_system, second.score_baseline) == (3.0, 9.0)
    assert (second.words_system, second.words_baseline) == (1, 5)


def test_two_that_meet_without_the_baseline_are_put_one_way_too() -> None:
    rows = told([duel("a", "x", "y"), duel("b", "y", "x"), duel("a", "x", "theirs")], "theirs")
    met = {(g.system, g.baseline) for g in rows.games}
    assert met == {("x", "y"), ("x", "theirs")}
    assert list(rows.systems) == ["theirs", "y", "x"]


def test_of_two_rows_about_the_same_the_last_one_counts_and_the_other_is_told() -> None:
    """Judging scripts append to their file: a second run must not count twice."""
    rows = told(
        [duel("a", "ours", "theirs"), duel("b", "ours", "theirs"), duel("a", "theirs", "ours")],
        "theirs",
    )
    assert rows.repeated == 1
    assert [(g.item_id, g.outcome) for g in rows.games] == [("0", Outcome.LOSE), ("1", Outcome.WIN)]


def test_three_systems_over_one_instruction_share_its_item() -> None:
    rows = told([duel("a", name, "theirs") for name in ("x", "y", "z")], "theirs")
    assert [item.instruction for item in rows.items] == ["About a."]
    assert [one.system for one in rows.answers] == ["theirs", "x", "y", "z"]


def test_two_judges_of_a_pair_are_no_repeat() -> None:
    one = duel("a", "ours", "theirs")
    rows = told([one, replace(one, judge="another")], "theirs")
    assert rows.repeated == 0
    assert [g.judge for g in rows.games] == ["judge", "another"]


def test_rows_stand_in_the_order_of_their_items() -> None:
    given = [
        replace(duel(name, "ours", "theirs"), position=at) for name, at in (("b", 1), ("a", 0))
    ]
    rows = told(given, "theirs")
    assert [item.position for item in rows.items] == [0, 1]
    assert [g.position for g in rows.games] == [0, 1]


def test_the_baseline_is_who_takes_part_most_often_unless_one_is_named() -> None:
    duels = [duel("a", "x", "theirs"), duel("a", "y", "theirs"), duel("b", "x", "y")]
    assert baseline_of(duels, None) == "theirs"
    assert baseline_of(duels, "x") == "x"
    with pytest.raises(BadInput, match=r"baseline: 'nobody' is not in the file; choose one of"):
        baseline_of(duels, "nobody")


def test_of_two_alone_the_second_one_is_the_baseline() -> None:
    """AlpacaEval's first output and MT-bench's second model are the baseline's."""
    assert baseline_of([duel("a", "ours", "theirs"), duel("b", "ours", "theirs")], None) == "theirs"


def test_two_items_of_one_name_are_refused() -> None:
    """Rows with a name and rows that are numbered may meet in a file that was put together by hand."""
    named = replace(duel("a", "ours", "theirs"), item_id="1", position=7)
    with pytest.raises(BadInput, match="2 items are called '1'"):
        told([named, duel("b", "ours", "theirs"), duel("c", "ours", "theirs")], "theirs")
