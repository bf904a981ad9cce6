"""From a folder's votes and judgments to agreement.json and its table."""

import json
from pathlib import Path

import pytest

from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder
from schemas.tables.evaluation import JUDGMENTS, NULL_MODEL, Judgment, Outcome
from schemas.tables.row import to_table
from tasks.doors.storage import shards
from tasks.doors.storage.ledger import Ledger
from tasks.evaluation.ranking.agreement import agree, agreement_text
from tasks.evaluation.ranking.votes import append
from tests.tasks.voting import vote

WIN, TIE, LOSE, UNSCORED = Outcome


def game(item: str, system: str, baseline: str, outcome: Outcome, *, first: bool) -> Judgment:
    return Judgment(
        item, int(item[1:]), "", None, system, baseline, first, "general", "openai/stern", outcome,
        None, None, None, None, None, 3, 3,
    )  # fmt: skip


def write(place: Path, *, is_judged: bool = True) -> EvaluationFolder:
    folder = EvaluationFolder(place)
    votes = [vote(who, f"i{n}", said) for who in ("Ann", "Bo")
             for n, said in enumerate(("win", "lose", "tie"))]  # fmt: skip
    with Ledger(folder.votes) as book:
        append(book, [*votes, vote("Bo", "i3", "skip")])
    # The judge's system is people's second one: outcomes are turned.
    games = [
        game(f"i{n}", "b", "a", outcome, first=first)
        for n, both in enumerate(((LOSE, LOSE), (WIN, LOSE), (TIE, UNSCORED)))
        for first, outcome in zip((True, False), both, strict=True)
    ]
    canary = [game("i0", NULL_MODEL, "a", LOSE, first=True)]
    if is_judged:
        shards.write_table(to_table([*games, *canary], JUDGMENTS), folder.table_part("judgments"))
    return folder


def test_people_and_judge_are_compared_on_what_both_have_judged(tmp_path: Path) -> None:
    found = agree(write(tmp_path))
    assert found.systems == ["b", "a"]
    (pair,) = found.pairs
    assert (pair.system, pair.baseline) == ("b", "a")
    assert (pair.win, pair.tie, pair.lose) == (1, 1, 1)
    judge = found.judge
    assert judge is not None
    # i0: all agree that a wins; i1: the judge's games disagree, a tie; i2 is unscored.
    assert judge.judge == "openai/stern"
    votes = judge.votes
    assert (votes.with_ties.agree, votes.with_ties.n) == (2, 4)
    assert (votes.without_ties.agree, votes.without_ties.n) == (2, 2)
    assert found.raters[1].skipped == 1


def test_the_file_is_strict_json_and_says_what_was_returned(tmp_path: Path) -> None:
    folder = write(tmp_path)
    found = agree(folder)

    def refuse(name: str) -> None:
        raise AssertionError(name)

    assert json.loads(folder.agreement.read_text(), parse_constant=refuse) == found.plain()


def test_the_table_says_who_wins_and_marks_what_is_small(tmp_path: Path) -> None:
    lines = agreement_text(agree(write(tmp_path))).splitlines()
    assert lines[0] == "6 votes of 2 raters on 3 items, 1 skipped"
    cells = {line.split("  ")[0]: " ".join(line.split()) for line in lines[2:] if line}
    assert cells["b against a"] == "b against a 3 * 1 1 1 50% [0%, 100%]"
    people = "people, each two"
    assert cells[people] == f"{people} 3 * 100% [44%, 100%] 2 * 100% [34%, 100%]"
    assert cells["judge and votes"].startswith("judge and votes 4 * 50%")
    assert cells["Cohen's kappa, Ann and Bo"].endswith("3 * 1.00")
    assert "the judge is openai/stern" in lines
    assert lines[-1] == "* fewer than 5 items: noise"


def test_many_raters_are_one_row_and_aspects_are_columns(tmp_path: Path) -> None:
    folder = EvaluationFolder(tmp_path)
    ranks = {"a": 1, "b": 2, "c": 2}
    votes = [vote(f"r{n}", f"i{i}", ranks, accuracy=ranks) for n in range(5) for i in range(6)]
    with Ledger(folder.votes) as book:
        append(book, [*votes, vote("r0", "i0", ranks, is_repeat=True)])
    text = agreement_text(agree(folder))
    assert "Cohen's kappa, 10 pairs" in text
    assert "win rate by aspect  accuracy" in text
    (steady,) = [line for line in text.splitlines() if line.startswith("r0")]
    assert " ".join(steady.split()) == "r0 3 * 100%"
    assert sum(line.startswith("a against b") for line in text.splitlines()) == 2


def test_what_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no votes of people yet"):
        agree(EvaluationFolder(tmp_path))
    text = agreement_text(agree(write(tmp_path / "run", is_judged=False)))
    assert "judge and people: no item was judged by both" in text
