"""Rows and tables hold the same."""

from dataclasses import fields

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.tables.row import (
    CALLS,
    DATASET,
    ELIMINATED,
    SCHEMA_VERSION,
    STAGE,
    Row,
    to_rows,
    to_table,
)

# A lone surrogate is no character: a table holds UTF-8.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
MAYBE = st.none() | TEXT
ROWS = st.builds(
    Row,
    id=TEXT, seed_id=TEXT, position=st.integers(0, 2**63 - 1), epoch=st.integers(0, 50),
    instruction=TEXT, parent_id=MAYBE, operation=MAYBE, input_format=MAYBE, response=MAYBE,
    attempts=st.integers(0, 50), model=MAYBE, prompt_sha256=MAYBE, gain=MAYBE,
    finish_reason=MAYBE, extra=MAYBE, reason=MAYBE, evidence=MAYBE, parent_instruction=MAYBE,
    evolve_finish_reason=MAYBE, duplicate_of=MAYBE, error=MAYBE,
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROWS, max_size=4))
def test_rows_come_back_from_a_stage_table_unchanged(rows: list[Row]) -> None:
    assert to_rows(to_table(rows, STAGE)) == rows


def test_stage_table_holds_every_field_of_a_row() -> None:
    """A field that the schema forgot would be lost between two stages, silently."""
    assert STAGE.names == [f.name for f in fields(Row)]


def test_dataset_keeps_no_verdict_and_eliminated_keeps_it() -> None:
    assert set(ELIMINATED.names) - set(DATASET.names) == {"reason", "evidence"}
    shared = [name for name in ELIMINATED.names if name in DATASET.names]
    assert shared == DATASET.names


def test_every_schema_carries_its_name_and_version() -> None:
    named = {"stage": STAGE, "dataset": DATASET, "eliminated": ELIMINATED, "calls": CALLS}
    for name, schema in named.items():
        assert schema.metadata[b"evolflow.table"] == name.encode()
        newest = max(int((one.metadata or {}).get(b"evolflow.since", b"2")) for one in schema)
        assert schema.metadata[b"evolflow.version"] == str(newest).encode()
        assert newest <= int(SCHEMA_VERSION)


def test_a_narrower_table_drops_columns_and_keeps_order() -> None:
    rows = [
        Row(f"r{n}", f"s{n}", n, 1, f"text {n}", evidence="why", parent_instruction="p")
        for n in (2, 0, 1)
    ]
    back = to_rows(to_table(rows, DATASET))
    assert [row.id for row in back] == ["r2", "r0", "r1"]
    assert all(row.evidence is None and row.parent_instruction is None for row in back)
