"""What a run has spent: answers, attempts that brought none, and what was on the wire at a kill."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from schemas.calls.call import Answer, Call, Pending
from schemas.documents.manifest import Manifest
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import CALLS
from tasks.doors.storage import shards
from tasks.doors.storage.ledger import Ledger
from tasks.runs.calls import call_records, published_calls
from tasks.runs.manifest import commit, entry_of
from tasks.runs.spend import spent_usd

ANSWER = Answer("text", "stop", "m", "m", 10, 5, 0.25, 0.1, 1, 1.0)


def pending(key: str, *, is_aloft: bool, cost_usd: float | None = 0.0) -> Pending:
    return Pending(key, 1, 0, 0, cost_usd, 0, is_aloft, 0.5)


def call(key: str, answer: Answer = ANSWER) -> Call:
    return Call(key, f"row-{key}", 1, "evolve", 1, "hash", answer)


def settings(**more: object) -> RunSettings:
    return RunSettings.model_validate({"seeds": "s", "out": "o", "model": "m", **more})


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Two shards: a and b answered, c killed on the wire, d failed and waiting, e paid and waiting."""
    made = RunFolder(tmp_path)
    with Ledger(made.ledger(1, 0)) as ledger:
        for key in ("a", "c"):
            ledger.append(pending(key, is_aloft=True).record())
        ledger.append(call("a").record())
    with Ledger(made.ledger(1, 1)) as ledger:
        for key in ("b", "d", "e"):
            ledger.append(pending(key, is_aloft=True).record())
        ledger.append(pending("d", is_aloft=False).record())
        ledger.append(call("b").record())
        ledger.append(pending("e", is_aloft=False, cost_usd=0.125).record())
    return made


def test_what_was_on_the_wire_counts_at_its_most_and_what_failed_at_what_it_cost(
    folder: RunFolder,
) -> None:
    """A hard cap must hold over kills: a call whose end nobody saw may have been billed."""
    assert spent_usd(folder, settings()) == pytest.approx(2 * 0.25 + 0.5 + 0.0 + 0.125)


def test_a_run_that_bought_nothing_has_spent_nothing(tmp_path: Path) -> None:
    assert spent_usd(RunFolder(tmp_path), settings()) == 0.0


UNPRICED = replace(ANSWER, cost_usd=None)
PRICED: dict[str, object] = {
    "max_tokens": 100,
    "judge_max_tokens": 100,
    "prices": {"m": {"input": 1e6, "output": 1e6}},
}
"""A dollar a token."""


@pytest.mark.parametrize("is_published", [False, True])
def test_what_was_bought_before_its_price_was_known_counts_once_it_is(
    is_published: bool, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path)
    with Ledger(folder.ledger(1, 0)) as ledger:
        ledger.append(call("a", UNPRICED).record())
        ledger.append(call("b", replace(UNPRICED, unknown=1)).record())
        ledger.append(call("c").record())
    if is_published:
        publish_calls(folder)
    assert spent_usd(folder, settings()) == 0.25
    # An attempt that nobody saw end: its prompt again, and the longest answer, which may be doubled.
    assert spent_usd(folder, settings(**PRICED)) == 15 + (15 + 10 + 200) + 0.25


def test_what_waits_unpriced_counts_at_its_most_once_the_price_is_known(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with Ledger(folder.ledger(1, 0)) as ledger:
        ledger.append(Pending("a", 2, 10, 5, None, 0, is_aloft=True, aloft_usd=None).record())
        ledger.append(Pending("b", 1, 0, 0, 0.0, 0, is_aloft=True, aloft_usd=None).record())
        ledger.append(Pending("c", 1, 0, 0, 0.5, 0, is_aloft=True, aloft_usd=0.25).record())
    assert spent_usd(folder, settings()) == 0.75
    known = spent_usd(folder, settings(**PRICED))
    assert known == (15 + 10 + 200) + (8192 + 200) + 0.75
    dear = {"m": {"input": 1e6, "output": 1e6}, "j": {"input": 2e6, "output": 2e6}}
    assert (
        spent_usd(folder, settings(**{**PRICED, "judge": "j", "prices": dear})) == 2 * known - 0.75
    )


def publish_calls(folder: RunFolder) -> None:
    """Publish what stands in the ledgers of epoch 1."""
    part = folder.part("calls", 1, 0)
    stages = [one.value for one in Stage]
    rows = list(call_records(folder, 1, stages))
    shards.write_table(pa.Table.from_pylist(rows, schema=CALLS), part)
    commit(folder, Manifest(files=[entry_of(folder, part)]), None)
    assert published_calls(folder, 1)
