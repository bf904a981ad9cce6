"""Seeds of any JSON at all: nothing that a file may hold breaks the reading of it."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given
from hypothesis import settings as how
from hypothesis import strategies as st

from schemas.settings.evolution import RunSettings
from schemas.tables.row import STAGE, to_rows, to_table
from tasks.sources.seeds import read_seeds
from tasks.sources.shapes import Absent, parts_of
from tasks.sources.values import NotText


def settings(path: Path = Path("none.json")) -> RunSettings:
    return RunSettings(seeds=path, out=Path("none"), model="offline/rewriter")


# Any JSON at all, and JSON that nearly is a seed: known fields with values of every kind.
NAMES = st.sampled_from(
    ["instruction", "Instruction", "input", "output", "prompt", "question", "context", "response",
     "messages", "conversations", "instances", "role", "content", "from", "value", "text", "x"]
)  # fmt: skip
WORDS = st.sampled_from(["user", "human", "gpt", "assistant", "system", "<noinput>", "", "a", "A "])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=12,
)
# A busy machine is no fault, and each example writes the same file anew.
CALM = how(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
RECORD = JSON | st.dictionaries(NAMES, JSON, max_size=6)


@CALM
@given(st.dictionaries(NAMES, JSON, max_size=6))
@example({"messages": [{"role": [], "content": "a"}]})
def test_any_record_gives_parts_or_is_unusable(record: dict[str, Any]) -> None:
    try:
        parts = parts_of(record, settings())
    except (Absent, NotText) as unusable:
        assert str(unusable)
    else:
        assert isinstance(parts.instruction, str)
        assert parts.response is None or parts.response != ""


@given(st.lists(RECORD, max_size=6), st.sampled_from(["json", "jsonl"]))
@CALM
def test_every_record_ends_as_exactly_one_row(
    tmp_path: Path, records: list[Any], suffix: str
) -> None:
    """Rows are conserved from the first step on, and each can be written."""
    path = tmp_path / f"seeds.{suffix}"
    # A file of one record alone may be looked into.
    records = [{"instruction": "first"}, {"instruction": "other"}, *records]
    lines = "".join(f"{json.dumps(record)}\n" for record in records)
    path.write_text(json.dumps(records) if suffix == "json" else lines, encoding="utf-8")
    rows = list(read_seeds(settings(path)))
    assert len(rows) == len(records)
    assert len({row.id for row in rows}) == len(rows)
    good = [row for row in rows if row.reason is None]
    assert [row.position for row in good] == list(range(len(good)))
    assert all(row.instruction.strip() == row.instruction != "" for row in good)
    assert to_rows(to_table(rows, STAGE)) == rows
