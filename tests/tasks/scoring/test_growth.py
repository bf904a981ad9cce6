"""The report's sections on growth: true to the scores, there without them, safe whatever texts say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from schemas.folders.run import RunFolder
from schemas.folders.scoring import scores_of
from schemas.tables.row import DATASET, Row, to_table
from schemas.tables.row import to_table as rows_to_table
from schemas.tables.scoring import (
    DIFFICULTIES,
    EMBEDDINGS,
    VERSIONS,
    Difficulty,
    Embedding,
    Version,
)
from tasks.doors.pages.pages import Section
from tasks.doors.storage import shards
from tasks.evolution.report.page import write_report
from tasks.scoring import growth
from tests.tasks.evolution.report.test_page import HOSTILE, Page, grow, new_run, page_of
from tests.tasks.scoring.test_breadth import wide

EPOCHS = 3


def widths(section: Section) -> list[Any]:
    found = section.values["widths"]
    assert isinstance(found, list)
    return found


def publish(folder: RunFolder, count: int = 40) -> None:
    """Publish a dataset, as the run does after each epoch."""
    for epoch in range(EPOCHS):
        rows = [
            Row(f"s{n:02}-{epoch}", f"s{n:02}", n, epoch, wide(n + epoch * 7)) for n in range(count)
        ]
        shards.write_table(rows_to_table(rows, DATASET), folder.part("dataset", epoch, 0))


def score(folder: RunFolder, judge: str = "openai/judge") -> None:
    """Scores of three epochs: 2, 4 and 6 on average, and one in each that could not be read."""
    difficulties = [
        Difficulty(4 * e + n, f"s{n}-{e}", f"s{n}", e, "Name.", judge, score)
        for e in range(EPOCHS)
        for n, score in enumerate((2 * e + 1.0, 2 * e + 2.0, 2 * e + 3.0, None))
    ]
    versions = [
        Version(3 * n + e, f"s{n}-{e}", f"s{n}", e, "Name.", "So.", judge, 3, 1, e + 1.0, None)
        for n in range(3)
        for e in range(EPOCHS)
    ]
    scores = scores_of(folder)
    shards.write_table(to_table(difficulties, DIFFICULTIES), scores.scored("difficulty"))
    shards.write_table(to_table(versions, VERSIONS), scores.scored("versions"))


def new_page(tmp_path: Path, **more: str) -> tuple[RunFolder, Page]:
    folder = new_run(tmp_path)
    grow(folder)
    publish(folder)
    score(folder, **more)
    return folder, page_of(folder)


def test_the_numbers_of_the_page_are_those_of_the_scores(tmp_path: Path) -> None:
    _, page = new_page(tmp_path)
    levels, standings = page.tables["difficulty"]
    assert [row[:4] for row in levels[1:]] == [
        ["seeds", "3", "1", "2.00"], ["epoch 1", "3", "1", "4.00"], ["epoch 2", "3", "1", "6.00"],
    ]  # fmt: skip
    assert levels[3][5:14] == ["0", "0", "0", "0", "1", "1", "1", "0", "0"]
    assert [row[:5] for row in standings[1:4]] == [
        ["complexity", "seeds", "3", "0", "0.00"], ["complexity", "epoch 1", "3", "0", "0.50"],
        ["complexity", "epoch 2", "3", "0", "1.00"],
    ]  # fmt: skip
    assert [row[:6] for row in standings[4:]] == [
        ["quality", name, "0", "3", "–", "–"] for name in ("seeds", "epoch 1", "epoch 2")
    ]
    assert "Scored by openai/judge" in page.text


def test_without_scores_the_page_says_how_to_get_them_and_shows_breadth_all_the_same(
    tmp_path: Path,
) -> None:
    folder = new_run(tmp_path)
    grow(folder)
    publish(folder)
    page = page_of(folder)
    assert "evolflow score RUN" in page.text
    (widths,) = page.tables["breadth"]
    assert [row[0] for row in widths[1:]] == ["seeds", "epoch 1", "epoch 2"]
    assert all(row[1:3] == ["40", "40"] for row in widths[1:])
    assert any(attrs.get("aria-label", "") == "Map of the instructions by epoch, with clusters"
               for _, attrs in page.tags)  # fmt: skip


def test_a_dataset_too_small_for_a_map_has_numbers_and_one_not_published_says_so(
    tmp_path: Path,
) -> None:
    folder = new_run(tmp_path)
    assert "No epoch is in the dataset yet." in page_of(folder).text
    grow(folder)
    publish(folder, count=3)
    page = page_of(folder)
    assert "There are too few instructions for a map." in page.text
    assert len(page.tables["breadth"][0]) == 1 + EPOCHS


def test_a_judge_that_gave_no_readable_score_is_named(tmp_path: Path) -> None:
    folder, _ = new_page(tmp_path)
    unread = [Difficulty(n, f"s{n}", f"s{n}", 0, "Name.", "openai/mute") for n in range(3)]
    scores = scores_of(folder)
    shards.write_table(to_table(unread, DIFFICULTIES), scores.scored("difficulty"))
    assert "openai/mute gave none of the sampled instructions a score" in page_of(folder).text


def test_a_hostile_judge_s_name_and_instruction_stay_text(tmp_path: Path) -> None:
    """Scores may come with a folder that somebody sent."""
    folder, page = new_page(tmp_path, judge=HOSTILE)
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert HOSTILE in page.text
    assert write_report(folder).read_bytes() == write_report(folder).read_bytes()


def test_a_model_s_points_place_the_map_where_they_are_there_for_all_that_is_shown(
    tmp_path: Path,
) -> None:
    folder, _ = new_page(tmp_path)
    epochs = list(range(EPOCHS))
    by_words = growth.width(folder, epochs)
    ids = [(f"s{n:02}-{e}", e, n) for e in epochs for n in range(40)]
    rows = [
        Embedding(n, row_id, epoch, "sentences:m", [float(at % 7), float(epoch), float(at)])
        for n, (row_id, epoch, at) in enumerate(ids)
    ]
    path = scores_of(folder).scored("embeddings")
    shards.write_table(to_table(rows, EMBEDDINGS), path)
    by_model = growth.width(folder, epochs)
    assert by_model.charts["map"] != by_words.charts["map"]
    assert by_model.values["placed_by"] == "sentences:m"
    assert "Placed by sentences:m." in page_of(folder).text
    shards.write_table(to_table(rows[1:], EMBEDDINGS), path)
    assert growth.width(folder, epochs).charts == by_words.charts


def test_instructions_without_a_vector_are_left_out_of_a_model_s_map(tmp_path: Path) -> None:
    """One refused instruction must not cost the whole map; an epoch without any does."""
    folder, _ = new_page(tmp_path)
    epochs = list(range(EPOCHS))
    by_words = growth.width(folder, epochs)
    ids = [(f"s{n:02}-{e}", e, n) for e in epochs for n in range(40)]

    def width_without(lost: Callable[[int, int], bool]) -> Section:
        rows = [
            Embedding(
                n, row_id, epoch, "m/points",
                None if lost(epoch, at) else [float(at % 7), float(epoch), float(at) + 1],
            )
            for n, (row_id, epoch, at) in enumerate(ids)
        ]  # fmt: skip
        shards.write_table(to_table(rows, EMBEDDINGS), scores_of(folder).scored("embeddings"))
        return growth.width(folder, epochs)

    by_model = width_without(lambda epoch, at: at == 3)
    assert by_model.values["placed_by"] == "m/points"
    looked_at = [width.looked_at for _, width in widths(by_model)]
    assert looked_at == [width.looked_at - 1 for _, width in widths(by_words)]
    assert width_without(lambda epoch, at: epoch == 1).charts == by_words.charts


def test_at_most_five_maps_are_drawn_first_and_last_among_them(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    for epoch in range(12):
        rows = [Row(f"s{n}-{epoch}", f"s{n}", n, epoch, wide(n + epoch)) for n in range(10)]
        shards.write_table(rows_to_table(rows, DATASET), folder.part("dataset", epoch, 0))
    section = growth.width(folder, range(12))
    named = [name for name in ("seeds", *(f"epoch {n}" for n in range(1, 12)))
             if f">{name}<" in section.charts["map"]]  # fmt: skip
    assert named == ["seeds", "epoch 3", "epoch 6", "epoch 8", "epoch 11"]
    assert len(widths(section)) == 12
