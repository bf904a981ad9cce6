"""What is shown of an evaluation: figures as they are, and names as nothing but text."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.evaluation.judging.exhibit import health_row, rows, spent
from tests.tasks.evaluated import evaluated

CELL: dict[str, Any] = {
    "system": "ours", "baseline": "base", "n": 3, "win": 2, "tie": 1, "lose": 0, "unscored": 1,
    "win_rate": 5 / 6, "ci95": [0.5, 1.0], "capacity": None, "capacity_ci95": None,
}  # fmt: skip


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
    (row,) = rows([{**CELL, "system": name, "skill": name, "baseline": name}], "system", "skill")
    for said in (row["system"], row["skill"], row["against"]):
        assert 1 <= len(said) <= 80
        assert not set(said) & set("<>[]|`*&:!\n\x1b\u202e")


def test_a_row_says_counts_and_rates_with_their_intervals() -> None:
    shown = rows(
        [CELL, {**CELL, "win_rate": None, "ci95": None}, {**CELL, "capacity": 0.9}], "system"
    )
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
    results = json.loads(evaluated(tmp_path, "base", "ours", canary=lead).results.read_text())
    assert health_row(results)["constant answer lost"] == said
    assert health_row({**results, "canary": None})["constant answer lost"] == "not played"


def test_what_was_spent_is_told_with_the_items_it_was_spent_on(tmp_path: Path) -> None:
    found = spent(evaluated(tmp_path, "base", "ours"))
    assert (found["items"], found["calls"]) == (24, 0)
