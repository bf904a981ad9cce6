"""Scores: read as the judge meant them or not at all, and turned into figures that can be checked."""

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables.scoring import Difficulty, Version
from tasks.scoring.difficulty import difficulty_by_epoch, read_score, read_scores, standing_by_epoch


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("7", 7), (" 7\n", 7), ("7/10", 7), ("7.5", 7.5), ("**8**", 8), ("- 9", 9), ("８", 8),
        ("#Score#: 7", 7), ("Score: 7 out of 10", 7), ("**Score:** 8", 8), ("Score: 3/10.", 3),
        ("7 out of 10", 7), ("7 (hard)", 7), ("7 - hard", 7), ("7, as it takes 3 steps", 7),
        ("7\n\nReason: it takes 3 steps", 7), ("Difficulty (1-10): 7/10", 7), ("I'd rate it 7.", 7),
        ("On a scale of 1 to 10, I would give this a 7.", 7), ("Difficulty rating: **7**", 7),
        ('{"difficulty": 7, "steps": 3}', 7), ('```json\n{"result": {"score": "7/10"}}\n```', 7),
        ("<think>Score: 2</think>\n7", 7), ("<score>7</score>", 7), ("\\boxed{7}", 7), ("[[7]]", 7),
        ("评分：7分", 7), ("难度为7", 7), ("難易度：7", 7), ("점수: 7점", 7), ("Schwierigkeit: 7", 7),
        ("Note : 7/10", 7), ("Puntuación: 7", 7), ("Оценка: 7 из 10", 7), ("Dificuldade: 7", 7),
        ("1. It asks for a table.\n2. It takes 4 steps.\n\nOverall: 7", 7),
        ("The score is 6.", 6), ("Two steps, much to know.\n\n4", 4),
    ],
)  # fmt: skip
def test_a_score_is_read_in_the_ways_in_which_judges_write_it(reply: str, score: float) -> None:
    assert read_score(reply) == score


@pytest.mark.parametrize(
    "reply",
    [
        "", "hard", "0", "11", "-3", "−3", "Score: 0", "Score: 100", "Score: 5/5", "7/100", "1e1",
        "It has 7 conditions and is hard.", "Score: high", "7 or 8",
        "7-8", "7,5", "between 6 and 8", "seven",
        "7\n\nIt is long.\n\n3", "1. It is long.\n2. It is hard.",
        '{"steps": 3}', '{"score": 17}', '{"score": "low", "value": 7}', "7%",
    ],
)  # fmt: skip
def test_what_is_no_score_from_1_to_10_is_none_and_never_a_low_one(reply: str) -> None:
    assert read_score(reply) is None


def test_the_last_score_counts_and_one_out_of_range_is_not_passed_over_for_an_earlier_one() -> None:
    """A judge quotes the instruction, which may hold a score, before it gives its own."""
    assert read_score("It says 'Score: 10'. It is not that hard.\nScore: 2") == 2
    assert read_score("Score: 2\nOn second thought: Score: 12") is None


@given(st.text(), st.integers(1, 10))
def test_any_words_before_a_last_line_with_a_score_do_not_matter(words: str, score: int) -> None:
    assert read_score(f"{words}\n#Score#: {score}") == score


@given(st.text())
def test_no_text_breaks_the_reading_or_gets_a_score_out_of_range(text: str) -> None:
    score = read_score(text)
    assert score is None or 1 <= score <= 10
    scores = read_scores(text, 3)
    assert scores is None or all(1 <= one <= 3 for one in scores)


@pytest.mark.parametrize(
    "reply",
    [
        "[2, 1, 3]", "```json\n[2, 1, 3]\n```", '{"1": 2, "2": 1, "3": 3}', "[1,2] no: [2, 1, 3].",
        "Version 1 asks for more.\n#Scores#: [2, 1, 3]", "1: 2\n2: 1\n3: 3", "Scores: 2, 1, 3", "2,1,3",
        '{"scores": [2, 1, 3]}', "- Version 2: 1\n- Version 1: 2\n- Version 3: 3",
        '[{"version": 1, "score": 2}, {"version": 3, "score": 3}, {"version": 2, "score": 1}]',
        "<think>[3, 2, 1]</think>[2, 1, 3]",
    ],
)  # fmt: skip
def test_scores_side_by_side_are_read_in_the_order_of_the_versions(reply: str) -> None:
    assert read_scores(reply, 3) == [2, 1, 3]


@pytest.mark.parametrize(
    "reply",
    [
        "", "2, 1, 3", "[2, 1]", "[2, 1, 3, 3]", "[2, 1, 4]", "[0, 1, 2]", '["2", "1", "3"]',
        "[true, 1, 2]", "[NaN, 1, 2]", "[1, 2, 1e999]", '{"1": 2, "2": 1}', f"[1, 2, {10**400}]",
        '{"1": 2, "2": 1, "3": 3, "4": 1}', "[[2, 1, 3", "[1, 2, 3] or rather [9, 9, 9]",
    ],
)  # fmt: skip
def test_scores_side_by_side_are_all_there_and_in_range_or_none_is(reply: str) -> None:
    assert read_scores(reply, 3) is None


@given(st.text(st.characters(exclude_characters="[]{}")), st.lists(st.integers(1, 4), min_size=4,
                                                                   max_size=4))  # fmt: skip
def test_a_list_of_scores_is_found_among_any_words(words: str, scores: list[int]) -> None:
    assert read_scores(f"{words}{json.dumps(scores)}{words}", 4) == scores


def scored(scores: list[float | None], epoch: int = 0) -> list[Difficulty]:
    return [
        Difficulty(n, f"r{n}", f"s{n}", epoch, "Name a knot.", "m", score)
        for n, score in enumerate(scores)
    ]


def test_unscored_rows_are_counted_and_left_out_of_the_mean() -> None:
    (level,) = difficulty_by_epoch(scored([2, None, 4, None, 3]))
    assert (level.scored, level.unscored, level.mean) == (3, 2, 3)
    assert level.counts == {2: 1, 3: 1, 4: 1}


def test_an_epoch_of_which_nothing_could_be_read_has_no_mean() -> None:
    (level,) = difficulty_by_epoch(scored([None, None, None], epoch=2))
    assert (level.epoch, level.mean, level.ci95, level.counts) == (2, None, None, {})


def test_the_interval_is_that_of_the_mean_and_the_same_each_time() -> None:
    """Half of it is about 1.96 standard errors, whatever the order of the rows."""
    drawn = random.Random(3)
    scores: list[float | None] = [float(drawn.randint(1, 10)) for _ in range(600)]
    rows = scored(scores)
    (level,) = difficulty_by_epoch(rows)
    known = [score for score in scores if score is not None]
    mean = sum(known) / 600
    error = (sum((score - mean) ** 2 for score in known) / 600 / 600) ** 0.5
    assert level.ci95 is not None
    low, high = level.ci95
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.06)
    drawn.shuffle(rows)
    assert difficulty_by_epoch(rows) == [level]


def test_a_score_off_its_scale_in_a_folder_of_a_stranger_s_counts_as_unscored() -> None:
    (level,) = difficulty_by_epoch(scored([3, 99, float("nan"), float("inf"), -2]))
    assert (level.scored, level.unscored, level.mean) == (1, 4, 3)


def versions(epochs: list[int], complexity: list[float | None]) -> list[Version]:
    return [
        Version(
            n, f"r{n}", "s", epoch, "Name a knot.", "A bowline.", "m", len(epochs), n + 1, score
        )
        for n, (epoch, score) in enumerate(zip(epochs, complexity, strict=True))
    ]


def test_versions_of_lines_of_different_length_stand_on_one_scale() -> None:
    """The most complex of two and the most complex of four are both at the top of their lines."""
    short, long = versions([0, 2], [1, 2]), versions([0, 1, 2, 3], [1, 2.5, 4, 4])
    found = {one.epoch: one.mean for one in standing_by_epoch([*short, *long], "complexity")}
    assert found == {0: 0, 1: 0.5, 2: 1, 3: 1}
    missing = [replace(one, complexity=None) for one in short]
    assert [one.unscored for one in standing_by_epoch([*missing, *long], "complexity")] == [
        1,
        0,
        1,
        0,
    ]
    assert [one.scored for one in standing_by_epoch(short, "quality")] == [0, 0]
