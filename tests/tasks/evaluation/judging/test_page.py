"""An evaluation's page: equal to results.json, honest about its judge, and safe whatever texts say."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import RunFault
from schemas.folders.evaluation import EvaluationFolder
from schemas.tables.evaluation import NULL_MODEL, Outcome
from tasks.doors.storage import shards
from tasks.evaluation.judging.page import write_report
from tasks.evaluation.judging.tables import read_judgments
from tasks.evaluation.published.published import import_file
from tasks.evaluation.ranking.agreement import agreement
from tests.tasks.evaluated import (
    answers_of,
    evaluated,
    games_of,
    items_of,
    new_evaluation,
    publish_all,
)
from tests.tasks.evaluation.published.test_alpaca_eval import ROW
from tests.tasks.evolution.report.test_page import Page
from tests.tasks.voting import vote

HOSTILE = '</style></div><script>alert(1)</script>"><img src=x onerror=alert(2)> 你好 🎉 {{ 7*7 }}'
TWO = ("base", "ours")


def html_of(folder: EvaluationFolder) -> str:
    return write_report(folder).read_text(encoding="utf-8")


def page_of(folder: EvaluationFolder) -> Page:
    return Page(html_of(folder))


def results_of(folder: EvaluationFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(folder.results.read_text(encoding="utf-8"))
    return found


def rows_of(page: Page, section: str) -> list[dict[str, str]]:
    """The section's first table, a dictionary a row; of two headings of one name the first."""
    head, *rows = page.tables[section][0]
    return [dict(reversed(list(zip(head, row, strict=True)))) for row in rows]


def labels_of(html: str, section: str) -> list[str]:
    """What a section's drawings write, in order."""
    part = html[html.index(f'<section id="{section}">') :].partition("</section>")[0]
    return re.findall(r"<text[^>]*>([^<]*)</text>", part)


@pytest.fixture
def folder(tmp_path: Path) -> EvaluationFolder:
    return evaluated(tmp_path, *TWO)


def test_page_asks_for_nothing_outside_itself(folder: EvaluationFolder) -> None:
    html = html_of(folder)
    page = Page(html)
    assert not re.search(r"https?://|@import", html)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "base"}
    targets = [v or "" for _, attrs in page.tags for k, v in attrs.items() if k in ("src", "href")]
    assert all(target.startswith("#") for target in targets)
    policies = [a for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert [policy["content"] for policy in policies] == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    ]


def test_hostile_texts_are_shown_and_never_run(tmp_path: Path) -> None:
    """Answers, skills, names and the judge's words come from models and from strangers' files."""
    names = ("<script>base", '"><img src=x onerror=alert(3)>')
    folder = new_evaluation(tmp_path, *names)
    items = [replace(item, instruction=HOSTILE, skill=HOSTILE) for item in items_of(6)]
    games = [replace(game, verdict=HOSTILE) for game in games_of(items, names)]
    answers = [replace(one, answer=HOSTILE) for one in answers_of(items, names)]
    publish_all(folder, items, answers, games, names)
    page = page_of(folder)
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert page.text.count(HOSTILE) > len(items)
    assert all(name in page.text for name in names)


def test_numbers_are_those_of_the_results(folder: EvaluationFolder) -> None:
    """Two places that count differently would make both worthless."""
    results, page = results_of(folder), page_of(folder)
    (pair,), (row,) = results["pairs"], rows_of(page, "pairs")
    for name in ("n", "win", "tie", "lose", "unscored"):
        assert int(row[name]) == pair[name]
    assert row["win rate"] == f"{pair['win_rate']:.1%}"
    assert row["of its score"] == f"{pair['capacity']:.1%}"
    low, high = (100 * end for end in pair["ci95"])
    assert row["95 % interval"] == f"{low:.1f} to {high:.1f}%"
    skills = rows_of(page, "skills")
    assert sum(int(one["n"]) for one in skills) == pair["n"]
    bands = [one["difficulty"] for one in rows_of(page, "difficulties")]
    assert bands == ["1 to 4", "5 to 7", "8 to 10"]


def test_skills_stand_in_the_order_of_their_score_spelt_right(folder: EvaluationFolder) -> None:
    html = html_of(folder)
    skills = sorted(results_of(folder)["skills"], key=lambda one: -one["capacity"])
    spelt = ["Writing" if one["skill"] == "Writting" else one["skill"] for one in skills]
    assert [one["skill"] for one in rows_of(Page(html), "skills")] == spelt
    assert [label for label in labels_of(html, "skills") if label in spelt] == spelt
    assert "Writting" not in html


def test_cells_of_fewer_than_five_items_are_said_to_be_noise(tmp_path: Path) -> None:
    small, large = (tmp_path / name for name in ("small", "large"))
    for place in (small, large):
        place.mkdir()
    page = page_of(evaluated(small, *TWO, count=9))
    assert "fewer than 5 items, which is noise" in page.text
    assert [a for tag, a in page.tags if tag == "tr" and a.get("class") == "small"]
    page = page_of(evaluated(large, *TWO, count=60))
    assert "which is noise" not in page.text
    assert not [a for tag, a in page.tags if tag == "tr" and a.get("class") == "small"]


@pytest.mark.parametrize(("lead", "has_lost"), [(-6.0, True), (3.0, False), (0.0, False)])
def test_a_constant_answer_that_did_not_lose_is_an_alarm(
    tmp_path: Path, lead: float, has_lost: bool
) -> None:
    """The one figure that makes all others worthless stands above them."""
    folder = evaluated(tmp_path, *TWO, count=40, canary=lead)
    html = html_of(folder)
    assert results_of(folder)["canary"]["has_lost"] is has_lost
    assert ('<p class="alarm" role="alert">' in html) is not has_lost
    assert ("lost, as it must" in html) is has_lost
    if not has_lost:
        assert html.index('class="alarm"') < html.index('class="tiles"')


def test_more_than_two_systems_are_rated_and_each_has_its_column(tmp_path: Path) -> None:
    names = ("base", "ours", "theirs", "others")
    folder = evaluated(tmp_path, *names)
    html = html_of(folder)
    rated = [row["system"] for row in rows_of(Page(html), "ratings")]
    assert rated == [one["system"] for one in results_of(folder)["ratings"]]
    assert set(rated) == set(names)
    assert {"ours", "theirs", "others"} <= set(labels_of(html, "skills"))
    assert len(rows_of(Page(html), "pairs")) == 3


def test_of_many_systems_some_are_drawn_and_all_are_in_the_tables(tmp_path: Path) -> None:
    """A drawing of fifty systems by skill would be a book."""
    names = ("base", *(f"system {n}" for n in range(15)))
    page = page_of(evaluated(tmp_path, *names, count=6))
    assert len(rows_of(page, "pairs")) == 15
    assert len(rows_of(page, "skills")) == 15 * 3
    assert "Drawn are the first 12 of 15 pairs" in page.text


def test_two_systems_are_not_rated(folder: EvaluationFolder) -> None:
    assert "ratings" not in page_of(folder).tables


@pytest.mark.parametrize(
    ("worths", "said"),
    [
        (["win"] * 9 + ["lose"], "ours answers better than base"),
        (["lose"] * 9 + ["win"], "ours answers worse than base"),
        (["win"] * 5 + ["lose"] * 5, "Chance may explain"),
        (["win"] * 3, "3 items are too few"),
        (["unscored"] * 3, "No pair of ours and base was scored"),
    ],
)
def test_the_first_sentence_says_what_the_interval_allows(
    tmp_path: Path, worths: list[str], said: str
) -> None:
    folder = new_evaluation(tmp_path, *TWO)
    items = items_of(len(worths))
    value = {"win": 1.0, "lose": 0.0, "unscored": None}
    games = [
        replace(game, outcome=Outcome(worth), preference=value[worth], score_system=None,
                score_baseline=None)
        for game in games_of(items, TWO)
        if game.system != NULL_MODEL
        for worth in [worths[game.position]]
    ]  # fmt: skip
    publish_all(folder, items, answers_of(items, TWO), games, TWO)
    assert said in " ".join(page_of(folder).text.split())


def test_disputes_and_losses_are_read_side_by_side(folder: EvaluationFolder) -> None:
    """Figures are believed more easily than they deserve: here are the texts."""
    page = page_of(folder)
    text = " ".join(page.text.split())
    flips = [
        item
        for item in {game.item_id for game in read_judgments(folder)}
        if len({g.outcome for g in read_judgments(folder) if g.item_id == item
                and g.system != NULL_MODEL}) > 1
    ]  # fmt: skip
    assert f"{len(flips)} pairs were judged differently" in text
    assert "ours shown first" in text
    assert "base shown first" in text
    assert "Answer 1 is clearer." in text
    assert "base says: Begin with one hive." in text
    assert "ours says: Begin with one hive." in text


def test_long_answers_are_folded_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    folder = new_evaluation(tmp_path, *TWO)
    items = items_of(6)
    answers = answers_of(items, TWO, "long " * 20_000)
    publish_all(folder, items, answers, games_of(items, TWO), TWO)
    page = page_of(folder)
    assert len(page.text) < 700_000
    assert re.search(r"The last [\d,]+ characters are left out", page.text)


def test_page_of_an_evaluation_that_has_not_begun_says_so(tmp_path: Path) -> None:
    page = page_of(new_evaluation(tmp_path, *TWO))
    assert "No results yet." in page.text
    assert "This evaluation is not finished." in page.text
    assert "No call has been made." in page.text
    assert "judge" not in page.tables


def test_an_imported_evaluation_is_drawn_without_scores_and_cost(tmp_path: Path) -> None:
    """Published judgments have neither."""
    rows = [{**ROW, "instruction": f"Name river {n}.", "preference": 1.0 + n % 2} for n in range(6)]
    file = tmp_path / "annotations.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    folder = EvaluationFolder(tmp_path / "run")
    import_file(file, "alpaca_eval", folder, None)
    page = page_of(folder)
    assert "Evolflow imported evaluation" in page.text
    assert "No pair is known to have been judged in both orders" in " ".join(page.text.split())
    assert "$" not in page.text
    assert "shown first:" not in page.text
    assert "was not judged" in page.text
    assert rows_of(page, "pairs")[0]["of its score"] == "–"
    assert "Name river 0." in page.text


def test_people_s_agreement_is_shown_where_it_was_computed(folder: EvaluationFolder) -> None:
    assert "people" not in page_of(folder).tables
    ranks = {"ours": 1, "base": 2}
    votes = [vote(rater, str(n), ranks) for n in (1, 2, 3) for rater in ("ann", "bo")]
    found = agreement(votes, read_judgments(folder))
    shards.write_json(found, folder.agreement)
    page = page_of(folder)
    assert "6 votes of 2 raters on 3 items" in " ".join(page.text.split())
    row = rows_of(page, "people")[0]
    assert (row["system"], row["win"], row["win rate"]) == ("ours", "3", "100.0%")
    agreeing = {one[0]: one[2] for one in page.tables["people"][1][1:]}
    assert agreeing["people with one another"] == "100.0%"
    assert found.judge is not None
    rate = found.judge.majority.with_ties.rate
    assert agreeing["the judge with the majority"] == f"{rate:.1%}"


@pytest.mark.parametrize("part", ["pairs", "judge_health", "canary"])
def test_damaged_figures_are_refused_with_their_place(folder: EvaluationFolder, part: str) -> None:
    shards.write_json({**results_of(folder), part: "none"}, folder.results)
    with pytest.raises(RunFault, match=rf"results\.json: {part}: .*take it away"):
        write_report(folder)


def test_a_folder_without_an_evaluation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFault, match=r"run\.json"):
        write_report(EvaluationFolder(tmp_path))


def test_same_evaluation_gives_the_same_bytes_with_unique_ids(folder: EvaluationFolder) -> None:
    """Several drawings share the page; a clip path of one must not cut another."""
    first = html_of(folder)
    assert html_of(folder) == first
    ids = [attrs["id"] for _, attrs in Page(first).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_chart_labels_are_text_in_the_page_s_own_colours(folder: EvaluationFolder) -> None:
    """Text can be searched and read aloud; colours by variable follow light and dark mode."""
    html = html_of(folder)
    assert {"ours", "against base", "win", "tie", "lose"} <= set(labels_of(html, "pairs"))
    drawings = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(drawings) >= 3
    assert not [one for one in drawings if re.search(r"(?:fill|stroke): #", one)]
