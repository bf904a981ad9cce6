"""Games in the tests' own words, for whatever is computed from them."""

from typing import Any

from schemas.tables.evaluation import Judgment, Outcome
from tasks.evaluation.judging.comparison import About, SystemAbout

WORTH = {"win": 1.0, "tie": 0.5, "lose": 0.0, "unscored": None}


def game(item: int | str, outcome: str, **more: Any) -> Judgment:
    """A game of `ours` against `theirs`; anything else by keyword."""
    preference = WORTH[outcome]
    made: dict[str, Any] = {
        "item_id": str(item),
        "position": int(item) if str(item).isdigit() else 0,
        "skill": "",
        "difficulty": None,
        "system": "ours",
        "baseline": "theirs",
        "is_system_first": True,
        "prompt": "general",
        "judge": "openai/gpt-4.1",
        "outcome": Outcome(outcome),
        "preference": preference,
        "score_system": None,
        "score_baseline": None,
        "why_unscored": "no verdict" if preference is None else None,
        "verdict": None,
        "words_system": 10,
        "words_baseline": 10,
    }
    return Judgment(**{**made, **more})


def counted(win: int, tie: int, lose: int, *, unscored: int = 0, **more: Any) -> list[Judgment]:
    """As many games of one pair an item as these counts say."""
    outcomes = ["win"] * win + ["tie"] * tie + ["lose"] * lose + ["unscored"] * unscored
    return [game(item, outcome, **more) for item, outcome in enumerate(outcomes)]


def about(**more: Any) -> About:
    """Two systems, judged in both orders; anything else by keyword."""
    systems = (
        SystemAbout("theirs", None, 3, 0, 10.0),
        SystemAbout("ours", "anthropic/claude-sonnet", 3, 0, 10.0),
    )
    made: dict[str, Any] = {
        "protocol": "both-orders",
        "judge": "openai/gpt-4.1",
        "baseline": "theirs",
        "systems": systems,
        "items": 3,
    }
    return About(**{**made, **more})
