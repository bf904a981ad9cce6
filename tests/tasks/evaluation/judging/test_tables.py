"""Published tables: read back as they were made, named in the manifest, whole or not published."""

import json
from pathlib import Path

import pytest

from schemas.folders.evaluation import EVALUATION_TABLES
from tasks.evaluation.answering import answers
from tasks.evaluation.judging import tables
from tasks.runs import publish
from tests.tasks.evaluated import (
    answers_of,
    evaluated,
    games_of,
    items_of,
    new_evaluation,
    publish_all,
)

NAMES = ("base", "ours", "third")


def test_rows_come_back_in_their_order(tmp_path: Path) -> None:
    folder = evaluated(tmp_path, *NAMES)
    items = items_of(24)
    assert answers.read_items(folder) == items
    assert answers.read_answers(folder) == answers_of(items, NAMES)
    assert tables.read_judgments(folder) == games_of(items, NAMES)


def test_the_manifest_names_every_table_and_the_figures_are_strict_json(tmp_path: Path) -> None:
    folder = evaluated(tmp_path, *NAMES)
    named = {entry["path"] for entry in json.loads(folder.manifest.read_text())["files"]}
    assert named == {f"{table}/part-00000.parquet" for table in EVALUATION_TABLES}

    def refuse(word: str) -> None:
        raise AssertionError(word)

    found = json.loads(folder.results.read_text(), parse_constant=refuse)
    assert found["items"] == 24 and len(found["pairs"]) == 2


@pytest.mark.parametrize("table", EVALUATION_TABLES)
def test_what_is_damaged_missing_or_too_much_is_not_published(tmp_path: Path, table: str) -> None:
    folder = evaluated(tmp_path, *NAMES)
    assert tables.is_published(folder, "key") and not tables.is_published(folder, "other")
    part = tmp_path / "evaluation" / table / "part-00000.parquet"
    whole = part.read_bytes()
    extra = part.with_name("part-00001.parquet")
    extra.write_bytes(whole)
    assert not tables.is_published(folder, "key")
    extra.unlink()
    part.write_bytes(whole[:-1])
    assert not tables.is_published(folder, "key")
    part.unlink()
    assert not tables.is_published(folder, "key")


def test_without_figures_nothing_is_published(tmp_path: Path) -> None:
    folder = evaluated(tmp_path, *NAMES)
    folder.results.unlink()
    assert not tables.is_published(folder, "key")


def test_parts_of_an_older_publishing_do_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new_evaluation(tmp_path, *NAMES)
    many, few = items_of(24), items_of(3)
    monkeypatch.setattr(publish, "_PART_ROWS", 5)
    publish_all(folder, many, answers_of(many, NAMES), games_of(many, NAMES), NAMES)
    assert len(answers.parts(folder, "items")) == 5
    assert answers.read_items(folder) == many
    publish_all(folder, few, answers_of(few, NAMES), games_of(few, NAMES), NAMES)
    assert len(answers.parts(folder, "items")) == 1
    assert answers.read_items(folder) == few and tables.is_published(folder, "key")
