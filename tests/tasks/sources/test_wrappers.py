"""A file that is one object: its list is found, or the lists that might be meant are named."""

from typing import Any

import pytest

from tasks.sources.wrappers import unwrapped

ROWS = [{"instruction": f"Name rope {n}.", "output": str(n)} for n in range(3)]
NAMES = ["instruction", "output"]


@pytest.mark.parametrize(
    "value",
    [
        {"data": ROWS},
        {"version": "1", "about": {"by": "us"}, "train": ROWS},
        {"data": {"rows": ROWS, "n": 3}},
        {"rows": [{"row_idx": n, "row": row} for n, row in enumerate(ROWS)]},
        {name: [row[name] for row in ROWS] for name in NAMES},
        {name: {str(n): row[name] for n, row in enumerate(ROWS)} for name in NAMES},
        {str(n): row for n, row in enumerate(ROWS)},
        {"columns": NAMES, "index": [0, 1, 2], "data": [list(row.values()) for row in ROWS]},
    ],
)
def test_the_records_in_an_object_are_found(value: Any) -> None:
    assert unwrapped(value) == ROWS


@pytest.mark.parametrize(
    "value",
    [
        ROWS[0],
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
        {"instruction": "a", "instances": [{"input": "b", "output": "c"}]},
        {"instruction": ["Two", "lines"], "output": ["One"]},
        {"question": "a", "answers": ["b", "c"]},
        {"x": 1},
        "Name it.",
        [1],
    ],
)
def test_what_is_a_record_itself_stays_one(value: Any) -> None:
    assert unwrapped(value) == [value]


def test_several_lists_are_named() -> None:
    with pytest.raises(ValueError, match="lists under 'train', 'test'; put the one"):
        unwrapped({"train": ROWS, "test": ROWS[:1]})
