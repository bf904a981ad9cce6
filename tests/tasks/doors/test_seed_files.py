"""Seed files: the records as they stand, whatever the format."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput
from tasks.doors.seed_files import Unreadable, format_of, read_text_records

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1, "\t"]), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_array_is_read_as_the_whole_of_it_would_be(
    tmp_path: Path, records: list[Any], indent: Any, ascii_only: bool
) -> None:
    """It is decoded one element at a time, to hold one in memory; that must not show."""
    path = tmp_path / "seeds.json"
    records = json.loads(json.dumps(records))
    text = json.dumps(records, indent=indent)
    if not ascii_only:
        text = json.dumps(records, indent=indent, ensure_ascii=False)
    path.write_text(f" \n{text}\n ", encoding="utf-8", errors="replace", newline="")
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert format_of(path) == "json"
    assert list(read_text_records(path, "json")) == whole


def test_lines_that_are_no_json_come_as_unreadable_in_their_place(tmp_path: Path) -> None:
    path = tmp_path / "seeds.jsonl"
    path.write_text('{"a": 1}\nnonsense\n\n{"a": 2}\n{"a": ', encoding="utf-8")
    first, second, third, last = read_text_records(path, "jsonl")
    assert (first, third) == ({"a": 1}, {"a": 2})
    assert isinstance(second, Unreadable) and isinstance(last, Unreadable)


def test_a_long_cell_is_no_fault(tmp_path: Path) -> None:
    """The csv module stops at 128 KiB a cell unless it is told otherwise."""
    path = tmp_path / "seeds.csv"
    path.write_text(f"instruction,output\n{'a' * 200_000},b\n", encoding="utf-8")
    assert [len(r["instruction"]) for r in read_text_records(path, "csv")] == [200_000]


def test_cells_beyond_the_header_are_left_out_and_missing_ones_are_null(tmp_path: Path) -> None:
    path = tmp_path / "seeds.csv"
    path.write_text("instruction,output\na,b,c,d\ne\n", encoding="utf-8")
    assert list(read_text_records(path, "csv")) == [
        {"instruction": "a", "output": "b"},
        {"instruction": "e", "output": None},
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "csv"), ("a.CSV", "csv"), ("a.parquet", "parquet"), ("a.ndjson", "jsonl")],
)
def test_the_name_tells_the_format(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("{}")
    assert format_of(path) == kind


@pytest.mark.parametrize("name", ["seeds", "seeds.txt", "seeds.json.gz"])
def test_an_unknown_kind_is_refused_with_the_known_ones(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(BadInput, match=r"known are \['\.csv', '\.json', '\.jsonl'"):
        format_of(tmp_path / name)
