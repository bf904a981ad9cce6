"""What a run has spent: answers, attempts that brought none, and what was on the wire at a kill."""

from pathlib import Path

import pytest

from schemas.calls.call import Answer, Call, Pending
from schemas.folders.run import RunFolder
from tasks.doors.storage.ledger import Ledger
from tasks.runs.spend import spent_usd

ANSWER = Answer("text", "stop", "m", "m", 10, 5, 0.25, 0.1, 1, 1.0)


def pending(key: str, *, is_aloft: bool, cost_usd: float | None = 0.0) -> Pending:
    return Pending(key, 1, 0, 0, cost_usd, 0, is_aloft, 0.5)


def call(key: str) -> Call:
    return Call(key, f"row-{key}", 1, "evolve", 1, "hash", ANSWER)


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
    assert spent_usd(folder) == pytest.approx(2 * 0.25 + 0.5 + 0.0 + 0.125)


def test_a_run_that_bought_nothing_has_spent_nothing(tmp_path: Path) -> None:
    assert spent_usd(RunFolder(tmp_path)) == 0.0
