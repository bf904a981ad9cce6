"""Checks: Great Expectations as the hand that enforces rules, and never looks away."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import RunFault
from schemas.reasons import Reason
from schemas.rule import BoundRule, Rule
from tasks.doors.expectations import examine

# Great Expectations registers by name, for the process: every rule here needs its own.
NUMBERS: Iterator[int] = count()


def rule(
    check: Callable[..., str | None],
    *columns: str,
    not_for: tuple[str, ...] = (),
    **thresholds: Any,
) -> BoundRule:
    name = f"tried_{next(NUMBERS)}"
    made = Rule(name, Reason.REFUSED, "after_response", columns or ("text",), check)
    return BoundRule(made, thresholds, not_for)


def no_bad_word(text: str, *, word: str = "bad") -> str | None:
    return f"{word!r} in {len(text)} characters" if word in text else None


def same(first: str, second: str) -> str | None:
    return "the same" if first == second else None


def table(texts: list[str | None], **more: list[Any]) -> pa.Table:
    ids = [f"r{n}" for n in range(len(texts))]
    operations = ["deepen"] * len(texts)
    return pa.table(
        {"id": ids, "operation": operations, "text": pa.array(texts, pa.string())}
        | {name: pa.array(values, pa.string()) for name, values in more.items()}
    )


def found(examination: Any) -> list[tuple[str, str]]:
    return [(f.row_id, f.rule.name) for f in examination.findings]


def test_findings_come_in_the_order_of_rules_then_rows() -> None:
    """Precedence rests on it; Great Expectations gives results in an order of its own."""
    rules = [rule(lambda t, w=w: no_bad_word(t, word=w)) for w in ("z", "a", "m")]
    done = examine(table(["azm", "ok", "za", "m"]), rules)
    assert found(done) == [
        ("r0", rules[0].rule.name), ("r2", rules[0].rule.name),
        ("r0", rules[1].rule.name), ("r2", rules[1].rule.name),
        ("r0", rules[2].rule.name), ("r3", rules[2].rule.name),
    ]  # fmt: skip


@given(st.lists(st.none() | st.text("abd ", max_size=6), min_size=1, max_size=8))
@settings(deadline=None, max_examples=30)
def test_what_the_rule_says_is_what_is_found(texts: list[str | None]) -> None:
    """Great Expectations adds nothing to a rule and takes nothing from it; nulls pass."""
    done = examine(table(texts), [WORD_RULE])
    wanted = [f"r{n}" for n, t in enumerate(texts) if t is not None and no_bad_word(t)]
    assert [f.row_id for f in done.findings] == wanted
    assert done.result["success"] == (not wanted)


WORD_RULE = rule(no_bad_word)


def test_pairs_are_compared_and_a_null_in_either_passes() -> None:
    both = rule(same, "text", "other")
    given_table = table(["a", "b", None, "d", None], other=["a", "x", "c", None, None])
    assert found(examine(given_table, [both])) == [("r0", both.rule.name)]


def test_thresholds_reach_the_check_and_the_result() -> None:
    mine = rule(no_bad_word, word="worse")
    done = examine(table(["bad", "worse", "ok"]), [mine])
    assert found(done) == [("r1", mine.rule.name)]
    assert done.findings[0].evidence == "'worse' in 5 characters"
    [said] = done.result["results"]
    assert (said["rule"], said["reason"]) == (mine.rule.name, "refused")
    assert (said["thresholds"], said["unexpected"]) == ({"word": "worse"}, 1)


def test_a_rule_that_raises_stops_the_run() -> None:
    """In Great Expectations it would be "no unexpected rows": a broken rule would keep all."""

    def broken(text: str) -> str | None:
        raise ValueError(f"cannot read {len(text)} characters")

    def broken_pair(first: str, second: str) -> str | None:
        raise KeyError(first + second)

    for one in (rule(broken), rule(broken_pair, "text", "id")):
        with pytest.raises(RunFault, match=f"rule {one.rule.name} raised"):
            examine(table(["a", "b", "c"]), [WORD_RULE, one])


def test_a_rule_that_raises_at_one_row_of_many_stops_the_run() -> None:
    def touchy(text: str) -> str | None:
        return str(1 / (len(text) - 3)) if len(text) == 3 else None

    with pytest.raises(RunFault, match="division by zero"):
        examine(table(["a", "bb", "ccc", "d"]), [rule(touchy)])


@pytest.mark.parametrize("columns", [("absent",), ("absent", "text"), ("text", "absent")])
def test_a_missing_column_stops_the_run(columns: tuple[str, ...]) -> None:
    missing = rule(no_bad_word if len(columns) == 1 else same, *columns)
    with pytest.raises(RunFault, match=f"rule {missing.rule.name} raised: .*absent"):
        examine(table(["a", "b", "c"]), [missing])


def test_a_threshold_that_the_check_does_not_know_stops_the_run() -> None:
    mine = rule(no_bad_word, wrod="b")
    with pytest.raises(RunFault, match="raised"):
        examine(table(["a", "b", "c"]), [mine])


def test_a_rule_that_changes_its_mind_stops_the_run() -> None:
    """Its evidence could not be checked by anybody."""
    calls = count()
    fickle = rule(lambda _: "bad" if next(calls) < 3 else None)
    with pytest.raises(RunFault, match="not repeatable"):
        examine(table(["a", "b", "c"]), [fickle])


def test_children_of_other_operations_alone_are_looked_at() -> None:
    """`not_for` must leave out those rows, not those findings only: a check may not fit them."""
    seen: list[str] = []

    def check(text: str) -> str | None:
        seen.append(text)
        return "bad"

    mine = rule(check, not_for=("in_breadth", "complicate_input"))
    kinds = ["deepen", "in_breadth", None, "complicate_input", "concretize"]
    texts = pa.array(["a", "b", "c", "d", "e"])
    given_table = pa.table(
        {"id": list("01234"), "operation": pa.array(kinds, pa.string()), "text": texts}
    )
    assert [f.row_id for f in examine(given_table, [mine]).findings] == ["0", "2", "4"]
    assert set(seen) == {"a", "c", "e"}


@pytest.mark.parametrize("columns", [("text",), ("text", "other")])
def test_a_table_of_excepted_operations_alone_has_no_findings(columns: tuple[str, ...]) -> None:
    mine = rule(lambda *_: "bad", *columns, not_for=("deepen",))
    done = examine(table(["a", "b", "c"], other=["a", "b", "c"]), [mine])
    assert done.findings == [] and done.result["success"]


def test_a_column_of_nulls_has_no_findings() -> None:
    done = examine(table([None, None, None]), [rule(lambda _: "bad")])
    assert done.findings == []


def test_long_lists_of_findings_are_whole() -> None:
    texts: list[str | None] = ["bad" if n % 3 else "ok" for n in range(1000)]
    done = examine(table(texts), [WORD_RULE])
    assert [f.row_id for f in done.findings] == [f"r{n}" for n in range(1000) if n % 3]
    assert done.result["results"][0]["unexpected"] == 666


def test_nothing_to_check_is_no_failure() -> None:
    assert examine(table([]), [WORD_RULE]).findings == []
    done = examine(table(["bad", "b", "c"]), [])
    assert done.findings == [] and done.result["rows"] == 3


def test_the_result_holds_no_row_text() -> None:
    """validation.json is shown around; the data is not for everybody."""
    done = examine(table(["bad and secret", "ok", "bad"]), [WORD_RULE])
    assert "secret" not in str(done.result)
    assert done.result["rows"] == 3 and not done.result["success"]
