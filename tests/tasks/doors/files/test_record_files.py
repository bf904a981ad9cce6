"""Seed files: the records as they stand, whatever the format."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput
from tasks.doors.files.record_files import Unreadable, format_of, read_text_records

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(path: Path, content: bytes | str) -> list[Any]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_text_records(path, format_of(path, "seeds"), "seeds"))


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1, "\t"]), st.booleans())
@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
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
    assert format_of(path, "seeds") == "json"
    assert list(read_text_records(path, "json", "seeds")) == whole


def test_lines_that_are_no_json_come_as_unreadable_in_their_place(tmp_path: Path) -> None:
    path = tmp_path / "seeds.jsonl"
    path.write_text('{"a": 1}\nnonsense\n\n{"a": 2}\n{"a": ', encoding="utf-8")
    first, second, third, last = read_text_records(path, "jsonl", "seeds")
    assert (first, third) == ({"a": 1}, {"a": 2})
    assert isinstance(second, Unreadable) and isinstance(last, Unreadable)


def test_a_long_cell_is_no_fault(tmp_path: Path) -> None:
    """The csv module stops at 128 KiB a cell unless it is told otherwise."""
    path = tmp_path / "seeds.csv"
    path.write_text(f"instruction,output\n{'a' * 200_000},b\n", encoding="utf-8")
    assert [len(r["instruction"]) for r in read_text_records(path, "csv", "seeds")] == [200_000]


def test_a_line_with_cells_beyond_the_header_is_unreadable(tmp_path: Path) -> None:
    """A comma that nobody quoted would cut an instruction short, in silence."""
    path = tmp_path / "seeds.csv"
    path.write_text("instruction,output\na,b,c,d\ne\n", encoding="utf-8")
    wide, short = list(read_text_records(path, "csv", "seeds"))
    assert isinstance(wide, Unreadable)
    assert "line 2: more cells" in wide.problem
    assert short == {"instruction": "e", "output": None}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "csv"), ("a.CSV", "csv"), ("a.parquet", "parquet"), ("a.ndjson", "jsonl")],
)
def test_the_name_tells_the_format(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("{}")
    assert format_of(path, "seeds") == kind


@pytest.mark.parametrize("name", ["seeds", "seeds.txt", "seeds.json.gz"])
def test_an_unknown_kind_is_refused_with_the_known_ones(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("{}")
    with pytest.raises(BadInput, match=r"known are \['\.csv', '\.json', '\.jsonl'"):
        format_of(tmp_path / name, "seeds")


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_the_first_character_tells_an_array_from_lines(suffix: str, tmp_path: Path) -> None:
    """Half of all .json files of the field hold one object a line."""
    wanted = [{"a": n} for n in range(3)]
    assert read(tmp_path / f"lines.{suffix}", '{"a": 0}\n{"a": 1}\n{"a": 2}') == wanted
    assert read(tmp_path / f"array.{suffix}", json.dumps(wanted)) == wanted


@pytest.mark.parametrize(
    ("suffix", "text"),
    [("json", '[{"a": "x"}]'), ("jsonl", '{"a": "x"}\n'), ("csv", "a\nx\n")],
)
def test_a_byte_order_mark_is_no_part_of_the_data(suffix: str, text: str, tmp_path: Path) -> None:
    assert read(tmp_path / f"seeds.{suffix}", text.encode("utf-8-sig")) == [{"a": "x"}]


def test_a_bottomless_line_does_not_stop_the_others(tmp_path: Path) -> None:
    """JSON nested deeper than the parser goes is a bad line, or a bad array."""
    deep = "[" * 100_000
    first, second, third = read(tmp_path / "seeds.jsonl", f'{{"a": 1}}\n{deep}\n{{"a": 2}}')
    assert (first, third) == ({"a": 1}, {"a": 2}) and isinstance(second, Unreadable)
    with pytest.raises(BadInput):
        read(tmp_path / "seeds.json", f'[{{"a": 1}}, {deep}')


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[{"instruction": "a"},\n{"instruction": "b"\n', 2),
        ('[\n{"instruction": "a"}\n{"instruction": "b"}]', 3),
        ('[\n{"instruction": "a"},\n{"instruction": "b"},\n]', 4),
        ('[\n\n{"instruction": "a"},\n{"instruction": b}]', 4),
    ],
)
def test_a_broken_array_names_file_and_line(text: str, line: int, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"seeds\.json .*near line {line}\b"):
        read(tmp_path / "seeds.json", text)


def test_a_byte_that_is_no_utf8_is_named_by_its_place(tmp_path: Path) -> None:
    """In a file of a gigabyte nobody finds it otherwise."""
    good = b"".join(b'{"instruction": "Name rope %d."}\n' % n for n in range(2000))
    with pytest.raises(BadInput, match=rf"not UTF-8 at byte {len(good) + 18}\b"):
        read(tmp_path / "seeds.jsonl", good + b'{"instruction": "a\xff"}\n')


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(BadInput, match=f"{path} is not a file"):
            format_of(path, "seeds")
