"""Values: one meaning of missing, one way to text, and ids that are equal however they are counted."""

import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sources.values import NotText, id_of, is_nothing, plain, says_nothing, text_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize("value", [81, 81.0, "81", "81.0", Decimal("81.0"), "81.00"])
def test_an_id_is_the_same_however_it_is_counted(value: Any) -> None:
    assert id_of(value) == "81"


@pytest.mark.parametrize(
    ("value", "text"), [("8.5", "8.5"), ("a.0", "a.0"), (0, "0"), (None, None), (math.nan, None)]
)
def test_other_ids_stay_as_they_are(value: Any, text: str | None) -> None:
    assert id_of(value) == text


def test_a_moment_is_text() -> None:
    assert text_of(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00+00:00"


@given(JSON)
def test_any_value_is_text_or_told_to_be_none(value: Any) -> None:
    try:
        text = text_of(value)
    except NotText as e:
        assert str(e)
    else:
        assert text == text.strip() and (text == "" or not is_nothing(value))
        text.encode()


@given(JSON)
def test_what_is_kept_can_be_read_by_every_reader_of_json(value: Any) -> None:
    kept = json.dumps(plain(value))
    json.loads(kept, parse_constant=pytest.fail)


def test_a_bottomless_value_is_refused() -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(NotText, match="nested too deeply"):
        plain(deep)


@given(st.text())
def test_any_text_can_be_asked_whether_it_says_nothing(text: str) -> None:
    assert says_nothing(text) in (True, False)
