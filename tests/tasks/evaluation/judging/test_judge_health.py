"""How far a judge can be trusted: order, length, readability and kinship, from its games alone."""

from typing import Any

import pytest

from schemas.documents.results import JudgeHealth
from schemas.tables.evaluation import Judgment
from tasks.evaluation.judging.judge_health import family_of, judge_health
from tasks.evaluation.judging.pairs import pairs_of
from tests.tasks.judged import counted, game


def health(games: list[Judgment], **more: Any) -> JudgeHealth:
    pairs = [pair for of_two in pairs_of(games).values() for pair in of_two]
    known = {"families": {"ours": "claude", "theirs": "gpt"}, "judge": "openai/gpt-4.1", **more}
    return judge_health(
        pairs, known["families"], known["judge"], seed=0,
        is_order_known=known.get("is_order_known", True),
    )  # fmt: skip


def both(item: int, first: str, second: str, **more: Any) -> list[Judgment]:
    """A pair judged with ours first, then with ours second."""
    return [game(item, first, **more), game(item, second, is_system_first=False, **more)]


def test_a_judge_that_takes_whoever_comes_first_is_told() -> None:
    found = health([one for item in range(6) for one in both(item, "win", "lose")])
    assert found.position_consistency == 0.0
    assert found.first_slot_rate == 1.0
    assert found.first_slot_ci95 is not None
    assert 0.5 < found.first_slot_ci95[0] < found.first_slot_ci95[1] == 1.0


def test_a_judge_that_looks_at_the_answer_is_told() -> None:
    games = [*both(1, "win", "win"), *both(2, "lose", "lose"), *both(3, "tie", "tie")]
    found = health(games)
    assert found.position_consistency == 1.0
    assert found.first_slot_rate == 0.5


def test_pairs_judged_once_or_in_part_say_nothing_of_consistency() -> None:
    games = [game(1, "win"), game(2, "lose"), *both(3, "win", "unscored")]
    assert health(games).position_consistency is None
    assert health(games).first_slot_rate == pytest.approx(2 / 3)


def test_where_the_order_is_not_known_nothing_is_said_of_it() -> None:
    found = health(counted(3, 0, 2), is_order_known=False)
    known = (found.position_consistency, found.first_slot_rate, found.first_slot_ci95)
    assert known == (None, None, None)


def test_games_without_a_verdict_are_counted() -> None:
    found = health([*both(1, "win", "unscored"), *both(2, "win", "win")])
    assert (found.games, found.unscored, found.unscored_share) == (4, 1, 0.25)


def test_a_taste_for_length_is_told() -> None:
    """Of four decided games between unlike lengths, three went to the longer answer."""
    games = [
        game(1, "win", words_system=30),
        game(2, "win", words_system=20),
        game(3, "lose", words_system=5),
        game(4, "win", words_system=4),
        game(5, "win"),
        game(6, "tie", words_system=90),
    ]
    found = health(games)
    assert found.longer_wins_rate == 0.75
    assert found.length_ratio == pytest.approx(15 / 10)


def test_lengths_that_are_not_known_have_no_ratio() -> None:
    games = counted(2, 0, 1, words_system=0, words_baseline=0)
    assert health(games).length_ratio is None
    assert health(games).longer_wins_rate is None


def test_no_game_is_no_trouble() -> None:
    found = health([])
    assert found.games == 0
    assert found.unscored_share is None


def test_systems_of_the_judges_own_family_are_named() -> None:
    assert health(counted(1, 0, 1)).shares_family_with == ["theirs"]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("openai/gpt-4.1-mini", "gpt"),
        ("azure/my-gpt4", "gpt"),
        ("chatgpt", "gpt"),
        ("text_davinci_003", "gpt"),
        ("o3-mini", "gpt"),
        ("anthropic/claude-sonnet-4-5", "claude"),
        ("bedrock/anthropic.claude-3", "claude"),
        ("hosted_vllm/meta-llama/Llama-3.3-70B", "llama"),
        ("ollama/qwen3:8b", "qwen"),
        ("mistral/mixtral-8x7b", "mistral"),
        ("vertex_ai/gemini-2.5-pro", "gemini"),
        ("WizardLM-13B-V1.2", "wizardlm"),
        ("deepseek-r1-distill-llama-70b", "deepseek"),
        ("alpaca_eval_gpt4", "gpt"),
        ("alpaca-7b", "alpaca"),
        ("offline/judge", "judge"),
        ("philosopher", "philosopher"),
        ("My-Own", "my-own"),
    ],
)
def test_a_models_family_is_guessed_from_its_name_whoever_serves_it(name: str, family: str) -> None:
    assert family_of(name) == family
