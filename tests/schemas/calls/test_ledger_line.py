"""A ledger's line: whatever single byte changes in it, it can be told what was written."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.calls.ledger_line import Line, State, encode, is_good, mended, one_byte_changed

RECORDS = st.dictionaries(
    st.text(max_size=8), st.none() | st.integers() | st.text(max_size=30), max_size=4
)


def record_of(content: bytes) -> dict[str, Any]:
    return Line(1, content, State.GOOD).record


@given(RECORDS)
def test_a_line_is_ascii_and_comes_back(record: dict[str, Any]) -> None:
    line = encode(record)
    assert line.isascii() and line.index(b"\n") == len(line) - 1
    assert is_good(line[:-1]) and record_of(line[:-1]) == record


@given(RECORDS, st.data())
def test_the_changed_byte_is_found(record: dict[str, Any], data: st.DataObject) -> None:
    line = encode(record)[:-1]
    damaged = bytearray(line)
    damaged[data.draw(st.integers(0, len(line) - 1))] ^= data.draw(st.integers(1, 255))
    assert not is_good(bytes(damaged))
    assert one_byte_changed(bytes(damaged)) == line


@given(RECORDS, st.data())
def test_more_changed_bytes_never_make_another_record(
    record: dict[str, Any], data: st.DataObject
) -> None:
    line = encode(record)[:-1]
    damaged = bytearray(line)
    for at in data.draw(st.sets(st.integers(0, len(line) - 1), min_size=2, max_size=6)):
        damaged[at] ^= data.draw(st.integers(1, 255))
    assert one_byte_changed(bytes(damaged)) in (None, line)


@given(st.lists(RECORDS, min_size=3, max_size=3), st.data())
def test_a_lost_line_takes_no_neighbour_with_it(
    records: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Its newline gone as well, it runs into the next: that one is found by its beginning."""
    lines = [encode(record) for record in records]
    spoilt = bytearray(lines[0] + lines[1])
    for at in (10, 12, len(lines[0]) - 1):
        spoilt[at] ^= data.draw(st.integers(1, 255))
    found = [line.record for line in mended([(1, bytes(spoilt)), (3, lines[2])]) if line.is_usable]
    assert found[-2:] == records[1:]
    assert all(record in records for record in found)
