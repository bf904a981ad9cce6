"""Evaluations in the tests' own words: answers and games drawn by rule, published as real ones are."""

import json
import random
from pathlib import Path
from typing import Any

from schemas.documents.results import Results
from schemas.folders.evaluation import EvaluationFolder
from schemas.settings.evaluation import EvaluationSettings
from schemas.tables.evaluation import NULL_MODEL, Item, Judgment, SystemAnswer
from tasks.evaluation.judging.comparison import About, about_system
from tasks.evaluation.judging.kind import EVALUATION
from tasks.evaluation.judging.tables import Evaluated, publish
from tasks.runs.run_json import recorded
from tests.tasks.judged import game

JUDGE = "openai/gpt-4.1"
BASELINE = "base"
_SLOTS = (True, False)


def new_evaluation(place: Path, *names: str, name: str = "evaluation") -> EvaluationFolder:
    """A folder in which nothing has been done yet; the first name is the baseline."""
    tests = place / "tests.json"
    tests.write_text(json.dumps(["Name a river.", "Name a lake.", "Name a sea."]))
    return EVALUATION.start(
        EvaluationSettings(
            tests=str(tests), out=str(place / name), judge=JUDGE,
            systems={one: f"openai/{one}-7b" for one in names},
        )
    )  # fmt: skip


def items_of(count: int, skills: tuple[str, ...] = ("Math", "Writting", "Law")) -> list[Item]:
    """Items whose skills take turns and whose difficulties go from 1 to 10."""
    return [
        Item(str(n + 1), n, f"Task {n + 1}: tell a newcomer how to keep bees in a town.",
             skills[n % len(skills)], n % 10 + 1)
        for n in range(count)
    ]  # fmt: skip


def answers_of(
    items: list[Item], names: tuple[str, ...], text: str = "Begin with one hive. "
) -> list[SystemAnswer]:
    """Everybody answers every item, the later systems at greater length."""
    return [
        SystemAnswer(item.id, item.position, name, f"{name} says: {text * (2 + 2 * at)}",
                     f"openai/{name}-7b", "stop")
        for item in items
        for at, name in enumerate(names)
    ]  # fmt: skip


def games_of(
    items: list[Item], names: tuple[str, ...], *, scored: bool = True, canary: float = -6.0
) -> list[Judgment]:
    """Both orders of every pair with the first name; a later name is a little better.

    Args:
        items: The test set.
        names: Systems, the baseline first.
        scored: Whether the judge gives scores.
        canary: By how many points the constant answer leads.
    """
    drawn = random.Random(7)
    leads = {name: 0.5 * at for at, name in enumerate(names)} | {NULL_MODEL: canary}
    return [
        _game(item, name, names[0], is_first, leads[name] + luck + drawn.gauss(0, 0.5), scored)
        for item in items
        for name in (*names[1:], *([NULL_MODEL] if item.position % 4 == 0 else []))
        for luck in [drawn.gauss(0, 1.2)]
        for is_first in _SLOTS
    ]


def _game(item: Item, name: str, other: str, is_first: bool, lead: float, scored: bool) -> Judgment:
    points = round(lead)
    own, theirs = min(10.0, max(1.0, 6.0 + points)), 6.0
    outcome = "tie" if own == theirs else "win" if own > theirs else "lose"
    more: dict[str, Any] = {"score_system": own, "score_baseline": theirs} if scored else {}
    return game(
        item.id, outcome, position=item.position, skill=item.skill, difficulty=item.difficulty,
        system=name, baseline=other, is_system_first=is_first, judge=JUDGE,
        verdict=f"Answer 1 is clearer.\nVerdict: {own:g} {theirs:g}", words_system=40,
        words_baseline=30, **more,
    )  # fmt: skip


def publish_all(
    folder: EvaluationFolder,
    items: list[Item],
    answers: list[SystemAnswer],
    games: list[Judgment],
    names: tuple[str, ...],
) -> Results:
    """Publish an evaluation; returns what results.json holds."""
    about = About(
        protocol="both-orders",
        judge=JUDGE,
        baseline=names[0],
        systems=tuple(about_system(name, f"openai/{name}-7b", answers) for name in names),
        items=len(items),
    )
    with recorded(folder):
        return publish(folder, Evaluated(items, answers, games, []), about, "key")


def evaluated(
    place: Path,
    *names: str,
    count: int = 24,
    skills: tuple[str, ...] = ("Math", "Writting", "Law"),
    **more: Any,
) -> EvaluationFolder:
    """A finished evaluation of these systems, the first of which is the baseline."""
    folder = new_evaluation(place, *names)
    items = items_of(count, skills)
    publish_all(folder, items, answers_of(items, names), games_of(items, names, **more), names)
    return folder
