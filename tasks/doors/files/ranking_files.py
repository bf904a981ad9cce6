"""Votes as files of others: CSV that is safe to open in a spreadsheet, and Label Studio's task JSON.

Turns rows and tasks into text and back; knows how these formats write things, not what a vote is.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from schemas.text import defused, undefused

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

    Raises:
        ValueError: It is no CSV, or a row has another number of cells than the header.
    """
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix(_BOM), newline=""), strict=True))
    except csv.Error as e:
        raise ValueError(f"not CSV ({e})") from None
    if not rows:
        raise ValueError("it is empty")
    header = rows[0]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) not in (0, len(header)):
            raise ValueError(f"row {number} has {len(row)} cells, the header has {len(header)}")
    return [
        {name: _value(cell) for name, cell in zip(header, row, strict=True)}
        for row in rows[1:]
        if row
    ]


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
            found[str(one.get("from_name"))] = str(first)
    return found


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
    """Return the tasks of a Label Studio export.

    Raises:
        ValueError: It is no list of tasks.
    """
    return [one.model_dump() for one in _TASKS.validate_json(text)]
