"""What a model thought goes from a run's rows into its exports as it is asked for."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.settings.export import ExportForm
from schemas.tables.export import NO_THOUGHT, tagged
from tasks.export.export import Wanted, hand_on, wanted_of
from tests.tasks.exported import finished_run, row_of

THOUGHT = "First the wind,\n\nthen the rope."
TEXTS = [
    ("Why reef a sail?", "The wind grew."),
    ("Name a knot.", "A bowline."),
    ("What is 绳?", "A rope."),
]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run of three lines and two epochs; of each epoch the first row was thought about."""
    rows = [row_of(n, epoch, *pair) for epoch in range(2) for n, pair in enumerate(TEXTS)]
    rows = [
        replace(row, reasoning=THOUGHT, reasoning_tokens=9)
        if row.instruction == TEXTS[0][0]
        else row
        for row in rows
    ]
    return finished_run(tmp_path, [], epochs=1, rows=rows)


def answers(run: RunFolder, out: Path, reasoning: Any) -> list[dict[str, str]]:
    hand_on(run.root, Wanted("messages", out, reasoning=reasoning))
    lines = (out / "train" / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["messages"][1] for line in lines]


def test_a_run_is_exported_with_its_thinking_in_one_shape(run: RunFolder, tmp_path: Path) -> None:
    thoughts = [THOUGHT, "", ""] * 2
    said = [response for _, response in TEXTS] * 2
    tags = [tagged(*pair) for pair in zip(thoughts, said, strict=True)]
    assert tags[1].startswith(NO_THOUGHT)
    for how, contents in (("drop", said), ("think-tags", tags), ("field", said)):
        found = answers(run, tmp_path / how, how)
        assert [one["content"] for one in found] == contents
        beside = [[one.get("reasoning_content"), one.get("thinking")] for one in found]
        assert beside == [[one, one] if how == "field" else [None, None] for one in thoughts]


def test_the_table_has_fields_for_thinking_where_they_are_wanted(
    run: RunFolder, tmp_path: Path
) -> None:
    for how, fields in (("drop", 2), ("field", 4)):
        hand_on(run.root, Wanted("parquet", tmp_path / how, reasoning=how))  # type: ignore[arg-type]
        rows = pq.read_table(tmp_path / how / "train").to_pylist()
        assert {len(turn) for row in rows for turn in row["messages"]} == {fields}
    first = rows[0]["messages"]
    assert [turn["thinking"] for turn in first] == [None, THOUGHT]


def test_another_way_with_thinking_is_another_export(run: RunFolder, tmp_path: Path) -> None:
    answers(run, tmp_path / "out", "drop")
    assert not hand_on(run.root, Wanted("messages", tmp_path / "out")).is_new
    with pytest.raises(BadInput):
        answers(run, tmp_path / "out", "field")


@pytest.mark.parametrize(
    ("name", "how", "remedy"),
    [("alpaca", "field", "take think-tags"), ("csv", "field", "messages or parquet"),
     ("dpo", "think-tags", "take drop")],
)  # fmt: skip
def test_a_format_without_a_place_for_thinking_says_what_has_one(
    name: str, how: Any, remedy: str
) -> None:
    with pytest.raises(BadInput, match=f"reasoning: {name} .*{remedy}"):
        wanted_of(ExportForm(source="run", format=name, out="out", reasoning=how))
