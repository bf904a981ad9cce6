"""What is shown of an evaluation: figures as they are, and names as nothing but text."""

from pathlib import Path

import pytest

from schemas.documents.results import SkillResult
from tasks.evaluation.judging.exhibit import health_row, rows
from tasks.evaluation.judging.figures import read_results
from tasks.evaluation.judging.status import spent
from tests.tasks.evaluated import evaluated

CELL = SkillResult(
    system="ours", baseline="base", n=3, win=2, tie=1, lose=0, unscored=1, win_rate=5 / 6,
    ci95=(0.5, 1.0), raw_win_rate=2 / 3, p_value=0.5, capacity=None, capacity_ci95=None,
    length_ratio=1.0, is_small=True, skill="Law", p_holm=0.5,
)  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "[a](javascript:alert(1))",
        "![b](http://127.0.0.1:9/b.png)",
        "<script>alert(1)</script>",
        "<http://127.0.0.1:9/>",
        "http://127.0.0.1:9/",
        "a | b\n| c",
        "`code` **bold** &lt;",
        "\x1b[2J \u202eturned",
        "w" * 500,
        "",
    ],
)
def test_no_name_becomes_a_link_or_html(name: str) -> None:
    named = CELL.model_copy(update={"system": name, "skill": name, "baseline": name})
    (row,) = rows([named], by=["skill"])
    for said in (row["system"], row["skill"], row["against"]):
        assert isinstance(said, str)
        assert 1 <= len(said) <= 80
        assert not set(said) & set("<>[]|`*&:!\n\x1b\u202e")


def test_a_row_says_counts_and_rates_with_their_intervals() -> None:
    unscored = CELL.model_copy(update={"win_rate": None, "ci95": None})
    shown = rows([CELL, unscored, CELL.model_copy(update={"capacity": 0.9})])
    assert [row["win rate"] for row in shown] == [
        "83.3% (50.0% to 100.0%)", "–", "83.3% (50.0% to 100.0%)"
    ]  # fmt: skip
    assert [row["of its score"] for row in shown] == ["–", "–", "90.0%"]
    assert {(row["n"], row["win"], row["tie"], row["lose"], row["unscored"]) for row in shown} == {
        (3, 2, 1, 0, 1)
    }


@pytest.mark.parametrize(("lead", "said"), [(-6.0, "yes"), (6.0, "NO")])
def test_the_judges_row_says_whether_the_constant_answer_lost(
    tmp_path: Path, lead: float, said: str
) -> None:
    results = read_results(evaluated(tmp_path, "base", "ours", canary=lead))
    assert health_row(results)["constant answer lost"] == said
    assert (
        health_row(results.model_copy(update={"canary": None}))["constant answer lost"]
        == "not played"
    )


def test_what_was_spent_is_told_with_the_items_it_was_spent_on(tmp_path: Path) -> None:
    found = spent(evaluated(tmp_path, "base", "ours"))
    assert (found["items"], found["calls"]) == (24, 0)
