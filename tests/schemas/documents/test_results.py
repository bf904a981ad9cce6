"""What is computed can be read; what is damaged is refused with its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.documents.document import checked_as
from schemas.documents.results import Agreement, Results
from schemas.errors import RunFault
from tasks.doors.storage.shards import json_text
from tasks.evaluation.judging.comparison import results
from tasks.evaluation.ranking.agreement import agreement
from tests.tasks.judged import about, counted
from tests.tasks.voting import vote

PLACE = Path("results.json")


def figures() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        json_text(results(counted(3, 1, 2, unscored=1, skill="Law", difficulty=4), about()))
    )
    return found


def test_computed_figures_are_read_as_they_are() -> None:
    found = checked_as(Results, figures(), PLACE)
    (pair,) = found.pairs
    assert (pair.n, pair.win, pair.tie, pair.lose, pair.unscored) == (6, 3, 1, 2, 1)
    assert found.skills[0].skill == "Law"
    assert found.difficulties[0].band == "1-4"
    assert found.canary is None


def test_people_s_figures_are_read_as_they_are() -> None:
    votes = [vote(rater, item, "win") for item in ("1", "2", "3") for rater in ("ann", "bo")]
    found = checked_as(Agreement, json.loads(json_text(agreement(votes, []))), PLACE)
    assert (found.votes, len(found.raters), found.judge) == (6, 2, None)
    assert found.aspects["overall"].people.with_ties.rate == 1.0


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (["pairs", 0, "win"], -1, "pairs.0.win"),
        (["pairs", 0, "win_rate"], 1.5, "pairs.0.win_rate"),
        (["pairs", 0, "ci95"], [0.5], "pairs.0.ci95"),
        (["pairs", 0, "capacity"], float("inf"), "pairs.0.capacity"),
        (["skills"], {"Law": 1}, "skills"),
        (["judge_health", "games"], "many", "judge_health.games"),
    ],
)
def test_damaged_figures_are_refused_in_one_line(
    path: list[str | int], value: object, place: str
) -> None:
    """The folder may have been edited, or come from anybody."""
    whole = figures()
    held: Any = whole
    for step in path[:-1]:
        held = held[step]
    held[path[-1]] = value
    with pytest.raises(RunFault) as caught:
        checked_as(Results, whole, PLACE)
    assert str(caught.value).startswith(f"results.json: {place}")
    assert "\n" not in str(caught.value)
