"""Votes as files of others: CSV that is safe to open in a spreadsheet, and Label Studio's task JSON.

Turns rows and tasks into text and back; knows how these formats write things, not what a vote is.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from schemas.text import defused, undefused
from tasks.doors.files.csv_records import csv_records
from tasks.doors.files.text_files import Unreadable

_BOM = "\ufeff"


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV with a header; what is None is an empty cell."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return sink.getvalue()


def csv_rows(text: str) -> list[dict[str, str | None]]:
    """Return the rows of a CSV file with a header, all of them text; an empty cell is None.

    Rows without a word are passed over: a spreadsheet leaves them behind.

    Raises:
        ValueError: It is no CSV, or a row has another number of cells than the header.
    """
    if not text.strip(f"{_BOM} \t\r\n"):
        raise ValueError("it is empty")
    rows: list[dict[str, str | None]] = []
    try:
        for row in csv_records(io.StringIO(text, newline="")):
            if isinstance(row, Unreadable):
                raise ValueError(row.problem)
            if None in row.values():
                raise ValueError(f"row {len(rows) + 2} has fewer cells than the header")
            rows.append({name: _value(cell or "") for name, cell in row.items()})
    except csv.Error as e:
        raise ValueError(f"not CSV ({e})") from None
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return defused(str(value))


def _value(cell: str) -> str | None:
    return undefused(cell) or None


def task(data: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Return one task as Label Studio imports it."""
    return {"data": dict(data), "annotations": [dict(one) for one in annotations]}


def choice(name: str, target: str, value: str) -> dict[str, object]:
    """Return what an annotator chose, as Label Studio writes it."""
    return {
        "from_name": name, "to_name": target, "type": "choices", "value": {"choices": [value]},
    }  # fmt: skip


def note(name: str, target: str, text: str) -> dict[str, object]:
    """Return what an annotator wrote, as Label Studio writes it."""
    return {"from_name": name, "to_name": target, "type": "textarea", "value": {"text": [text]}}


def said(annotation: Mapping[str, Any]) -> dict[str, str]:
    """Return what an annotation says: the first choice, text or rating by name of its control."""
    found: dict[str, str] = {}
    for one in annotation.get("result", []):
        value = one.get("value", {})
        given = value.get("choices") or value.get("text") or value.get("rating")
        first = given[0] if isinstance(given, list) else given
        if first not in (None, ""):
            found[str(one.get("from_name"))] = _said(first)
    return found


def _said(value: Any) -> str:
    """Return a value as text; a rank that was counted as 1.0 is 1."""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value)


class _Loose(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Result(_Loose):
    value: dict[str, Any] = {}


class _Annotation(_Loose):
    result: list[_Result] = []
    evolflow: dict[str, Any] = {}


class _Task(_Loose):
    data: dict[str, object]
    annotations: list[_Annotation] = []


_TASKS = TypeAdapter(list[_Task])


def tasks_of(text: str) -> list[dict[str, Any]]:
    """Return the tasks of a Label Studio export, as JSON or as its short form JSON_MIN.

    Raises:
        ValueError: It is no list of tasks.
    """
    try:
        # NaN is what pandas writes where nothing was said.
        found = json.loads(text.removeprefix(_BOM), parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as e:
        raise ValueError(f"no JSON ({e})") from None
    if isinstance(found, list):
        found = [
            _whole(one) if isinstance(one, dict) and "data" not in one else one for one in found
        ]
    return [one.model_dump() for one in _TASKS.validate_python(found)]


def _whole(short: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task of JSON_MIN, one annotation each, as the long form has it."""
    result = [
        {"from_name": name, "value": {"choices": _choices(value)}}
        for name, value in short.items()
        if value is not None
    ]
    annotation = {
        "id": short.get("annotation_id"),
        "completed_by": short.get("annotator"),
        "created_at": short.get("created_at"),
        "result": result,
    }
    return {"id": short.get("id"), "data": dict(short), "annotations": [annotation]}


def _choices(value: Any) -> list[Any]:
    chosen = value.get("choices", value) if isinstance(value, dict) else value
    return chosen if isinstance(chosen, list) else [chosen]
