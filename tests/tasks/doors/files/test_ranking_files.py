"""CSV that a spreadsheet takes for text, and what annotators of Label Studio said."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.text import defused
from tasks.doors.files.ranking_files import choice, csv_rows, csv_text, note, said, tasks_of

COLUMNS = ["one", "two"]
CELLS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text(st.sampled_from("'=+-@\t\r\n,\"a"), min_size=1),
)


@given(st.lists(st.fixed_dictionaries({"one": CELLS, "two": CELLS}), max_size=5))
def test_whatever_a_cell_holds_comes_back(rows: list[dict[str, str | None]]) -> None:
    # A row without a word is what a spreadsheet leaves behind.
    said = [row for row in rows if any(defused(cell or "").strip() for cell in row.values())]
    assert csv_rows(csv_text(COLUMNS, rows)) == said


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'=", "''@"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    text = csv_text(COLUMNS, [{"one": f'{start}HYPERLINK("x")', "two": -1}])
    cells = next(csv.reader(io.StringIO(text.partition("\r\n")[2], newline="")))
    assert all(cell.startswith("'") for cell in cells)


def test_a_file_that_a_spreadsheet_saved_is_read() -> None:
    rows = [{"one": "1", "two": "=x"}, {"one": None, "two": "b"}]
    assert csv_rows("\ufeffone,two\n1,'=x\n\n,b\n,\n") == rows
    assert csv_rows("sep=;\r\none;two;;\r\n1;'=x;;\r\n;b;;\r\n;;;\r\n") == rows
    assert csv_rows("one\ttwo\n1\t'=x\n\tb\n") == rows


@pytest.mark.parametrize("text", ["", "one,two\n1", 'one\n"1', "one\n1,2,3"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"empty|cells|CSV"):
        csv_rows(text)


def test_what_annotators_said_is_read_whichever_control_they_used() -> None:
    rating = {"from_name": "overall-2", "to_name": "answer_2", "type": "rating",
              "value": {"rating": 3}}  # fmt: skip
    result = [choice("overall-1", "answer_1", "2"), note("rater", "instruction", "Ann"), rating,
              {"from_name": "empty", "value": {"choices": []}}, {"id": "relation"}]  # fmt: skip
    assert said({"result": result}) == {"overall-1": "2", "rater": "Ann", "overall-2": "3"}
    assert said({}) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '[{"data": 1}]',
        '[{"data": {}, "annotations": 1}]',
        '[{"data": {}, "annotations": ["x"]}]',
        '[{"data": {}, "annotations": [{"result": [1]}]}]',
        '[{"data": {}, "annotations": [{"result": [{"value": "x"}]}]}]',
    ],
)
def test_what_are_no_tasks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"validation error|no JSON"):
        tasks_of(text)


def test_what_we_do_not_know_of_a_task_is_kept() -> None:
    (task,) = tasks_of('[{"id": 7, "data": {"x": 1}, "annotations": [{"id": 3, "result": []}]}]')
    assert (task["id"], task["annotations"][0]["id"]) == (7, 3)


def test_the_short_form_of_an_export_holds_the_same_as_the_long_one() -> None:
    short = {
        "id": 7, "item_id": "i0", "ranking": "m", "answer_1": "A", "rater": "Ann", "overall": "Tie",
        "accuracy-1": 1.0, "accuracy-2": {"choices": ["2"]}, "reasoning": float("nan"),
        "annotator": 3, "annotation_id": 9, "created_at": "2026-01-01",
    }  # fmt: skip
    (one,) = tasks_of(json.dumps([short]))
    (annotation,) = one["annotations"]
    assert (one["id"], one["data"]["item_id"], annotation["id"]) == (7, "i0", 9)
    heard = said(annotation)
    assert (heard["rater"], heard["overall"]) == ("Ann", "Tie")
    assert (heard["accuracy-1"], heard["accuracy-2"]) == ("1", "2") and "reasoning" not in heard


def test_an_export_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        tasks_of("[" * 100_000)
