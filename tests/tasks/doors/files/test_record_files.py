"""Seed files: the records as they stand, whatever the format."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput
from tasks.doors.files import json_records, text_files
from tasks.doors.files.record_files import format_of, read_records
from tasks.doors.files.text_files import Unreadable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(path: Path, content: bytes | str) -> list[Any]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_records(path, format_of(path, "seeds"), "seeds"))


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
    assert list(read_records(path, "json", "seeds")) == whole


def test_lines_that_are_no_json_come_as_unreadable_in_their_place(tmp_path: Path) -> None:
    path = tmp_path / "seeds.jsonl"
    path.write_text('{"a": 1}\nnonsense\n\n{"a": 2}\n{"a": ', encoding="utf-8")
    first, second, third, last = read_records(path, "jsonl", "seeds")
    assert (first, third) == ({"a": 1}, {"a": 2})
    assert isinstance(second, Unreadable) and isinstance(last, Unreadable)


def test_a_long_cell_is_no_fault(tmp_path: Path) -> None:
    """The csv module stops at 128 KiB a cell unless it is told otherwise."""
    path = tmp_path / "seeds.csv"
    path.write_text(f"instruction,output\n{'a' * 200_000},b\n", encoding="utf-8")
    assert [len(r["instruction"]) for r in read_records(path, "csv", "seeds")] == [200_000]


def test_a_line_with_cells_beyond_the_header_is_unreadable(tmp_path: Path) -> None:
    """A comma that nobody quoted would cut an instruction short, in silence."""
    path = tmp_path / "seeds.csv"
    path.write_text("instruction,output\na,b,c,d\ne\n", encoding="utf-8")
    wide, short = list(read_records(path, "csv", "seeds"))
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


@pytest.mark.parametrize("name", ["seeds", "seeds.txt", "seeds.gz", "seeds.parquet.gz"])
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


def test_a_comma_before_the_end_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a comma with nothing after it near line 2; mend it there"):
        read(tmp_path / "seeds.json", '[{"instruction": "a"},\n]')


def test_a_byte_that_is_no_utf8_is_named_by_its_place(tmp_path: Path) -> None:
    """In a file of a gigabyte nobody finds it otherwise."""
    good = b"".join(b'{"instruction": "Name rope %d."}\n' % n for n in range(2000))
    with pytest.raises(BadInput, match=rf"not UTF-8 at byte {len(good) + 18}\b"):
        read(tmp_path / "seeds.jsonl", good + b'{"instruction": "a\xff"}\n')


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(BadInput, match=f"{path} is not a file"):
            format_of(path, "seeds")


GOOD = [{"a": "x"}, {"a": "y"}, {"a": "z"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("two arrays", '[{"a": "x"}]\n[{"a": "y"}, {"a": "z"}]'),
        ("arrays in a row", '[{"a": "x"}][{"a": "y"}],[{"a": "z"}]'),
        ("an array, then lines", '[{"a": "x"}]\n{"a": "y"}\n{"a": "z"}'),
        ("commas after lines", '{"a": "x"},\n{"a": "y"},\n{"a": "z"},'),
        ("several on a line", '{"a": "x"} {"a": "y"}\n{"a": "z"}'),
        ("printed over lines", '{\n "a": "x"\n}\n{\n "a": "y"\n},\n{"a":\n"z"}'),
        ("marks within", '\ufeff{"a": "x"}\n\ufeff{"a": "y"}\n\n\ufeff{"a": "z"}\r\n'),
        ("records after a separator", '\x1e{"a": "x"}\n\x1e{"a": "y"}\n\x1e{"a": "z"}'),
    ],
)
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_json_is_read_as_it_is_joined_in_the_field(
    name: str, text: str, suffix: str, tmp_path: Path
) -> None:
    assert read(tmp_path / f"seeds.{suffix}", text) == GOOD, name


@pytest.mark.parametrize(
    ("text", "line"),
    [('[{"a": "x"}]\n[{"a": "y"}', 2), ('[{"a": "x"}]\n\nnonsense', 3), ('[{"a": "x"}]]', 1)],
)
def test_what_follows_an_array_is_read_or_named(text: str, line: int, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"near line {line}\b"):
        read(tmp_path / "seeds.json", text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("suffix", "text"),
    [("json", json.dumps(GOOD)), ("jsonl", '{"a": "x"}\n{"a": "y"}\n{"a": "z"}\n'),
     ("csv", "a\r\nx\r\ny\r\nz\r\n")],
)  # fmt: skip
def test_packing_and_encoding_are_seen_from_the_bytes(
    suffix: str, text: str, encoding: str, is_packed: bool, tmp_path: Path
) -> None:
    content = text.encode(encoding)
    name = f"seeds.{suffix}{'.gz' if is_packed else ''}"
    assert read(tmp_path / name, gzip.compress(content) if is_packed else content) == GOOD


def test_a_cut_gzip_file_is_one_line(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps(GOOD).encode())
    with pytest.raises(BadInput, match="no whole gzip file"):
        read(tmp_path / "seeds.json.gz", packed[:-6])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("is_named", [False, True])
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_the_separator_is_seen_from_the_header(
    separator: str, is_named: bool, suffix: str, tmp_path: Path
) -> None:
    """Spreadsheets write what their country uses, and empty cells where something once stood."""
    rows = [["\ufeff a ", "b, c"], ["x", "1;2"], ["y", ""], ["", ""], ["z", "3\t4\n5"]]
    quoted = [separator.join(f'"{cell}"' for cell in [*row, "", ""]) for row in rows]
    text = "\r\n".join([*([f"sep={separator}"] if is_named else []), *quoted, separator * 3, ""])
    assert read(tmp_path / f"seeds.{suffix}", text) == [
        {"a": "x", "b, c": "1;2"}, {"a": "y", "b, c": ""}, {"a": "z", "b, c": "3\t4\n5"},
    ]  # fmt: skip


def test_columns_of_one_name_and_a_second_header_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="two columns are called 'a'"):
        read(tmp_path / "twice.csv", "a,b,a\n1,2,3\n")
    first, header, last = read(tmp_path / "joined.csv", "a,b\n1,2\n\ufeffa,b\n3,4\n")
    assert (first, last) == ({"a": "1", "b": "2"}, {"a": "3", "b": "4"})
    assert isinstance(header, Unreadable) and "line 3: repeats the header" in header.problem


def test_a_number_of_thousands_of_digits_stays_its_digits(tmp_path: Path) -> None:
    digits = "7" * 5_000
    for suffix, text in (
        ("jsonl", f'{{"n": {digits}}}\n{{"n": 1}}'),
        ("json", f'[{{"n": {digits}}}, {{"n": 1}}]'),
    ):
        assert read(tmp_path / f"s.{suffix}", text) == [{"n": digits}, {"n": 1}]


def test_a_line_without_an_end_is_cut_and_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (text_files, json_records):
        monkeypatch.setattr(module, "MOST_CHARS", 100)
    long = json.dumps({"a": "x" * 500})
    first, bad, last = read(tmp_path / "s.jsonl", f'{{"a": 1}}\n{long}\n{{"a": 2}}\n')
    assert (first, last) == ({"a": 1}, {"a": 2})
    assert isinstance(bad, Unreadable) and "line 2: longer than" in bad.problem
    with pytest.raises(BadInput, match="a value longer than"):
        read(tmp_path / "s.json", "[" + " " * 70_000 + f'"{"x" * 300_000}", 1')


def test_a_cell_that_cannot_be_told_costs_its_row_alone(tmp_path: Path) -> None:
    raw = pa.array([b"good", b"b\xffd", b"fine"], pa.binary())
    bad = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    days = pa.array([2**61, 1, None], pa.int64()).view(pa.timestamp("us"))
    spans = pa.array([2**61, 1, None], pa.int64()).view(pa.duration("s"))
    path = tmp_path / "seeds.parquet"
    pq.write_table(pa.table({"a": bad, "day": days, "span": spans}), path)
    first, second, third = read_records(path, "parquet", "seeds")
    assert first["a"] == "good" and isinstance(first["day"], str) and str(2**61) in first["span"]
    assert isinstance(second, Unreadable)
    assert second.problem == "row 2, column 'a': not UTF-8 at byte 1 of the cell"
    assert third == {"a": "fine", "day": None, "span": None}


def test_a_pipe_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "seeds.jsonl")
    (tmp_path / "linked.json").symlink_to("/proc/self/environ")
    for name in ("seeds.jsonl", "linked.json"):
        with pytest.raises(BadInput, match="is not a file; give"):
            format_of(tmp_path / name, "seeds")


def test_a_relative_path_is_told_with_the_folder_that_was_looked_in(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"none\.json is not a file \(looked in {Path.cwd()}\)"):
        format_of(Path("none.json"), "seeds")
