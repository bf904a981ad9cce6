"""Sample lines: which are chosen, what is marked as new, and that clipping loses nothing unsaid."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.tables.row import STAGE, Row, to_table
from tasks.doors.pages.clipped import Piece, clip
from tasks.doors.storage import shards
from tasks.evolution.report.sample_lines import news, sample_lines
from tasks.packs.pack import load_pack

OPERATIONS = load_pack("general").operations
KEPT, NO_GAIN, REFUSED = Reason.KEPT.value, Reason.NO_GAIN.value, Reason.REFUSED.value
VERDICTS = {
    0: (KEPT, KEPT, KEPT),
    1: (KEPT, NO_GAIN, KEPT),
    2: (NO_GAIN, NO_GAIN, NO_GAIN),
    3: (NO_GAIN, KEPT, KEPT),
    4: (KEPT, KEPT, REFUSED),
}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Five lines through three epochs, in shards of two rows."""
    made = RunFolder(tmp_path)
    for epoch in range(4):
        rows = [_row(position, epoch) for position in VERDICTS]
        for shard in range(3):
            part = to_table(rows[2 * shard : 2 * shard + 2], STAGE)
            shards.write_table(part, made.stage_shard(epoch, "advance", shard))
    return made


def _row(position: int, epoch: int) -> Row:
    row = Row(f"s{position}", f"s{position}", position, 0, "one two", reason=KEPT)
    if epoch == 0:
        return row
    return replace(
        row, epoch=epoch, operation="deepen", reason=VERDICTS[position][epoch - 1],
        instruction="one two three", parent_instruction="one two",
    )  # fmt: skip


def test_lines_with_a_failure_and_most_kept_children_are_chosen(folder: RunFolder) -> None:
    lines = sample_lines(folder, OPERATIONS, range(4), 3)
    assert [line.position for line in lines] == [1, 3, 4]
    assert all(len(line.steps) == 4 for line in lines)


def test_lines_differ_in_how_they_failed(folder: RunFolder) -> None:
    """Two examples of one failure say less than one of each."""
    assert [line.position for line in sample_lines(folder, OPERATIONS, range(4), 2)] == [1, 4]


def test_a_line_runs_from_its_seed_through_every_epoch(folder: RunFolder) -> None:
    steps = sample_lines(folder, OPERATIONS, range(4), 1)[0].steps
    assert [step.epoch for step in steps] == [0, 1, 2, 3]
    assert [step.operation for step in steps] == [None, "deepen", "deepen", "deepen"]
    assert [step.verdict for step in steps] == [KEPT, *VERDICTS[1]]
    assert [step.added_words for step in steps] == [None, 1, 1, 1]


def test_no_more_lines_than_there_are(folder: RunFolder) -> None:
    assert len(sample_lines(folder, OPERATIONS, range(4), 9)) == len(VERDICTS)
    assert sample_lines(folder, OPERATIONS, [], 3) == []


@pytest.mark.parametrize(
    ("parent", "child", "new"),
    [
        ("Name a river.", "Name a long river.", ["long "]),
        ("写一首诗。", "写一首关于春天的诗。", ["关于春天的"]),
        ("Name a river.", "Name a river.", []),
        ("Name a river.", "全く別の文章です", []),
    ],
)
def test_words_that_the_parent_lacks_are_marked(parent: str, child: str, new: list[str]) -> None:
    pieces = news(parent, child)
    assert "".join(piece.text for piece in pieces) == child
    assert [piece.text.strip() for piece in pieces if piece.is_new] == [one.strip() for one in new]


def test_very_long_texts_are_not_compared() -> None:
    """Comparing takes the square of the length: two novels would hold up the report for hours."""
    text = "word " * 100_000
    assert news(text, text + "more") == [Piece(text + "more", is_new=False)]


@given(st.lists(st.text(max_size=900), max_size=30), st.integers(1, 30))
def test_clipping_shows_folds_or_counts_every_character(texts: list[str], times: int) -> None:
    pieces = [Piece(text * times, is_new=False) for text in texts]
    whole = "".join(piece.text for piece in pieces)
    clipped = clip(pieces)
    kept = "".join(piece.text for piece in clipped.shown) + clipped.folded
    assert whole.startswith(kept)
    assert len(whole) == len(kept) + clipped.left_out
