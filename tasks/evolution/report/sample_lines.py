"""Choose some lines that show a run at work, and tell each from its seed to its last epoch.

Turns a run folder into a few short stories: what was asked for, what came, what became of it, which
words are new. The same run gives the same lines. Knows nothing of pages.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from schemas.folders.run import RunFolder
from schemas.operation import Operation
from schemas.reasons import Reason
from schemas.tables.row import Row, to_rows
from schemas.text import count_words
from tasks.doors.pages.clipped import _SHOWN_CHARS, Clipped, Piece, clip
from tasks.doors.storage import shards

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|\s+|[^\w\s]")
# Comparing takes the square of the length.
_MOST_COMPARED = 1_500
# Below this the child is another text, and marking nearly all of it shows nothing.
_LEAST_ALIKE = 0.3


class Step(NamedTuple):
    """What an epoch did to a line."""

    epoch: int
    operation: str | None
    """None for the seed."""
    verdict: str | None
    """None while there is none."""
    evidence: str | None
    """What the verdict rests on, shortened."""
    words: int
    added_words: int | None
    """Against the parent; None for the seed."""
    instruction: Clipped
    response: Clipped | None


class Line(NamedTuple):
    """A seed and all its children."""

    seed_id: str
    position: int
    steps: list[Step]


def sample_lines(
    folder: RunFolder, operations: Sequence[Operation], epochs: Sequence[int], count: int
) -> list[Line]:
    """Return lines with a kept child in most epochs, and with different failures where there are any.

    Args:
        folder: The run.
        operations: Those that the run draws from.
        epochs: Epochs that have begun, from 0.
        count: Most lines to return.

    Returns:
        Lines, each with its seed first and then a step an epoch; in seed order.
    """
    positions = _choose(folder, epochs, count)
    rows: dict[int, list[Row]] = {position: [] for position in positions}
    for epoch in epochs:
        for row in _rows_at(_paths(folder, epoch), positions):
            rows[row.position].append(row)
    apart = {one.name for one in operations if not one.keeps_subject}
    return [_line(rows[position], apart) for position in sorted(positions)]


def news(parent: str, child: str) -> list[Piece]:
    """Return the child in pieces, those marked that its parent does not have.

    Nothing is marked where the two are too long to compare or have little in common.
    """
    before, after = _TOKEN.findall(parent), _TOKEN.findall(child)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if max(len(before), len(after)) > _MOST_COMPARED or matcher.ratio() < _LEAST_ALIKE:
        return [Piece(child, is_new=False)]
    return [
        Piece("".join(after[start:end]), is_new=tag != "equal")
        for tag, _, _, start, end in matcher.get_opcodes()
        if end > start
    ]


def _choose(folder: RunFolder, epochs: Sequence[int], count: int) -> set[int]:
    kept: Counter[int] = Counter()
    failed: dict[int, str] = {}
    for epoch in epochs:
        for path in _paths(folder, epoch):
            read = shards.read_table(path, columns=["position", "reason"])
            pairs = zip(read["position"].to_pylist(), read["reason"].to_pylist(), strict=True)
            for position, reason in pairs:
                kept[position] += epoch > 0 and reason == Reason.KEPT
                if epoch > 0 and reason not in (None, Reason.KEPT):
                    failed.setdefault(position, reason)
    ranked = sorted(kept, key=lambda p: (not kept[p], p not in failed, -kept[p], p))
    best = [p for p in ranked if kept[p] == kept[ranked[0]]]
    one_a_failure = {failed.get(position): position for position in reversed(best)}
    varied = sorted(one_a_failure.values(), key=ranked.index)
    return set(list(dict.fromkeys([*varied, *ranked]))[:count])


def _paths(folder: RunFolder, epoch: int) -> list[Path]:
    """Return an epoch's judged shards; the seeds as they were read while there are none."""
    paths = folder.settled_shards(epoch)
    return paths or (folder.pool_shards(0) if epoch == 0 else [])


def _rows_at(paths: Sequence[Path], positions: set[int]) -> list[Row]:
    wanted = pa.array(sorted(positions), pa.int64())
    rows = []
    for path in paths:
        found = pc.is_in(shards.read_table(path, columns=["position"])["position"], wanted)
        if pc.any(found).as_py():
            rows += to_rows(shards.read_table(path).filter(found))
    return rows


def _line(rows: Sequence[Row], apart: Collection[str]) -> Line:
    return Line(rows[0].seed_id, rows[0].position, [_step(row, apart) for row in rows])


def _step(row: Row, apart: Collection[str]) -> Step:
    """Return what an epoch did; children of operations that are `apart` have another subject."""
    words = count_words(row.instruction)
    parent = row.parent_instruction
    is_rewrite = parent is not None and row.operation not in apart
    whole = [Piece(row.instruction, is_new=False)]
    return Step(
        epoch=row.epoch,
        operation=row.operation,
        verdict=row.reason,
        evidence=_short(row.evidence or row.error),
        words=words,
        added_words=None if parent is None else words - count_words(parent),
        instruction=clip(news(parent or "", row.instruction) if is_rewrite else whole),
        response=clip([Piece(row.response, is_new=False)]) if row.response else None,
    )


def _short(text: str | None) -> str | None:
    """Providers put whole pages into their errors."""
    return text if text is None or len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
