"""Records: what a user names is read in order, whatever the format; what cannot be is named."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import BadInput
from tasks.doors.files.text_files import Unreadable
from tasks.sources.records import all_records, files_of, records

ROWS = [{"id": n, "text": f"rope {n}"} for n in range(3)]


def parts(folder: Path) -> Path:
    """One row a file, written in another order than that of their names."""
    folder.mkdir(parents=True)
    for n in (2, 0, 1):
        pq.write_table(pa.Table.from_pylist([ROWS[n]]), folder / f"part-{n}.parquet")
    return folder


def test_json_lines_and_parquet_hold_the_same_records(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(ROWS))
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    for name in ("a.json", "a.jsonl", "a.parquet"):
        assert list(all_records(tmp_path / name, "tests")) == ROWS
        assert files_of(tmp_path / name, "tests") == [tmp_path / name]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    folder = parts(tmp_path / "parts")
    assert list(all_records(folder, "tests")) == ROWS
    assert [path.name for path in files_of(folder, "tests")] == [
        f"part-{n}.parquet" for n in range(3)
    ]


def test_of_a_run_folder_the_dataset_alone_is_read(tmp_path: Path) -> None:
    parts(tmp_path / "run" / "dataset")
    parts(tmp_path / "run" / "lineage")
    assert list(all_records(tmp_path / "run", "tests")) == ROWS


def test_a_bad_line_stops_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(ROWS[0]) + "\n{\n" + json.dumps(ROWS[2]) + "\n")
    first, bad, last = records(path, "tests")
    assert (first, last) == (ROWS[0], ROWS[2])
    assert isinstance(bad, Unreadable) and "line 2" in bad.problem


def test_what_cannot_be_read_is_one_line_with_setting_and_place(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and more")
    for path in (tmp_path / "bad.parquet", tmp_path / "none.json"):
        with pytest.raises(BadInput) as refused:
            list(records(path, "systems.a"))
        said = str(refused.value)
        assert said.startswith(f"systems.a: {path}") and "\n" not in said
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no Parquet file; name a file"):
        files_of(tmp_path / "empty", "systems.a")
