"""A vote is whole or it is none, and its table gives it back."""

import pytest
from pydantic import ValidationError

from schemas.tables.vote import Aspect, Vote, rater_name, rows_of, votes_of

ORDER = ("b", "a", "c")
WHOLE = {"a": 1, "b": 3, "c": 1}


def vote(**changed: object) -> Vote:
    return Vote.model_validate(
        {
            "id": "v1", "rater": "Ann", "item_id": "i", "order": ORDER, "at": "2026-01-01",
            "ranks": {"overall": WHOLE}, **changed,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"ranks": {}}, "overall"),
        ({"ranks": {"accuracy": WHOLE}}, "overall"),
        ({"ranks": {"overall": {"a": 1, "b": 2}}}, "every answer needs a rank"),
        ({"ranks": {"overall": {**WHOLE, "d": 1}}}, "every answer needs a rank"),
        ({"ranks": {"overall": {**WHOLE, "a": 4}}}, "1 to 3"),
        ({"ranks": {"overall": {**WHOLE, "a": 0}}}, "1 to 3"),
        ({"ranks": {"taste": WHOLE}}, "Input should be"),
        ({"is_skipped": True}, "no ranks"),
        ({"order": ("a", "a")}, "twice"),
        ({"order": ("a",)}, "at least 2"),
        ({"id": "../x"}, "pattern"),
        ({"rater": " "}, "rater's name"),
        ({"more": 1}, "not permitted"),
    ],
)
def test_a_vote_that_is_not_whole_is_refused(changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        vote(**changed)


def test_ties_and_missing_aspects_are_votes() -> None:
    assert vote().ranks == {Aspect.OVERALL: WHOLE}
    assert vote(is_skipped=True, ranks={}).is_skipped


def test_a_table_of_votes_gives_them_back_whatever_the_order_of_its_rows() -> None:
    votes = [
        vote(),
        vote(id="v2", ranks={"overall": WHOLE, "accuracy": {"a": 2, "b": 2, "c": 2}}),
        vote(id="v3", is_skipped=True, ranks={}, is_repeat=True),
    ]
    assert votes_of(rows_of(votes)) == votes
    assert sorted(one.id for one in votes_of(rows_of(votes)[::-1])) == ["v1", "v2", "v3"]
    assert votes_of(rows_of(votes)[::-1])[0] == votes[2]


def test_rows_that_contradict_one_another_are_refused() -> None:
    first, *others = rows_of([vote()])
    with pytest.raises(ValueError, match="contradict"):
        votes_of([first, *({**row, "rater": "Bo"} for row in others)])
    with pytest.raises(KeyError):
        votes_of([{name: value for name, value in first.items() if name != "slot"}])


def test_a_raters_name_is_evened_out_and_cannot_steer_a_terminal() -> None:
    assert rater_name("  Ann \t Lee ") == "Ann Lee"
    for bad in ("", " ", "x" * 61, "Ann\x1b[2J", "Ann\u202eeeL"):
        with pytest.raises(ValueError, match="rater's name"):
            rater_name(bad)


@pytest.mark.parametrize("spelling", ["{}.0", "{},0", " {} ", "{}"])
def test_ranks_that_a_spreadsheet_has_counted_anew_are_read(spelling: str) -> None:
    rows = rows_of([vote()])
    counted = [
        {**row, "slot": spelling.format(row["slot"]), "overall": spelling.format(row["overall"])}
        for row in rows
    ]
    assert votes_of(counted) == [vote()]


@pytest.mark.parametrize("cell", [None, "", "1.5", "first", "-1"])
def test_a_rank_that_is_no_whole_number_names_vote_and_column(cell: object) -> None:
    first, *others = rows_of([vote()])
    with pytest.raises(ValueError, match=r"vote .*: slot is .*no whole number"):
        votes_of([{**first, "slot": cell}, *others])
