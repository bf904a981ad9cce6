"""How a run stands, counted: from published tables when done, from shards and ledger before."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.documents.status import RunStatus
from schemas.errors import RunFault
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from tasks.buying import engines
from tasks.doors.storage import shards
from tasks.doors.storage.shards import json_text
from tasks.evolution.kind import EVOLUTION
from tasks.evolution.status import status
from tasks.evolution.steps.advance import advance
from tasks.evolution.steps.eliminate import eliminate_shard
from tasks.evolution.steps.evolve import evolve_shard
from tasks.evolution.steps.publish import publish
from tasks.evolution.steps.respond import respond_shard
from tasks.evolution.steps.screen import screen_shard
from tasks.evolution.steps.seed import seed
from tasks.runs.run_json import recorded
from tests.conftest import own_seeds, write_seeds

EPOCHS = 2
N_SEEDS = 24
SEED_STEPS = (respond_shard, eliminate_shard)
STEPS = (evolve_shard, screen_shard, respond_shard, eliminate_shard)


def grow(folder: RunFolder, epoch: int, pool: list[str], steps: tuple[Any, ...]) -> list[str]:
    for step in steps:
        pool = [step.fn(str(folder.root), epoch, n, source) for n, source in enumerate(pool)]
    return pool


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of the offline model, whose answers break every rule now and then; no Prefect server."""
    here = tmp_path_factory.mktemp("status")
    good = own_seeds(N_SEEDS)
    seeds = write_seeds(here / "seeds.json", [*good, good[0], {**good[1], "instruction": " "}])
    settings = RunSettings(
        seeds=seeds, out=here / "run", model="offline/rewriter", epochs=EPOCHS, shard_rows=10
    )
    made = EVOLUTION.start(settings)
    run = str(made.root)
    with recorded(made), engines.opened(settings, made, spent_usd=0.0):
        pool = seed.fn(run)
        for epoch in range(EPOCHS + 1):
            judged = grow(made, epoch, pool, STEPS if epoch else SEED_STEPS)
            pool = advance.fn(run, epoch, pool, judged)
            publish.fn(run, epoch)
    return made


@pytest.fixture
def copied(folder: RunFolder, tmp_path: Path) -> RunFolder:
    shutil.copytree(folder.root, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def test_status_is_plain_json(folder: RunFolder) -> None:
    found = status(folder)
    assert RunStatus.model_validate(json.loads(json_text(found))) == found
    assert (found.state, found.model) == ("done", "offline/rewriter")
    assert [epoch.epoch for epoch in found.epochs] == [0, 1, 2]


def test_every_row_has_exactly_one_verdict(folder: RunFolder) -> None:
    """Rows that vanish between two numbers are the first thing a user looks for."""
    for epoch in status(folder).epochs:
        eliminated = sum(sum(by.values()) for by in epoch.eliminated.values())
        aside = 2 if epoch.epoch == 0 else 0
        assert epoch.judged == epoch.kept + eliminated == epoch.rows + aside
        assert epoch.rows == N_SEEDS
        assert sum(epoch.kept_by_operation.values()) == epoch.kept


def test_seeds_set_aside_are_told_by_reason(folder: RunFolder) -> None:
    eliminated = status(folder).epochs[0].eliminated
    assert eliminated["seed_duplicate"] == {"seed": 1}
    assert eliminated["seed_empty"] == {"seed": 1}


def test_numbers_are_those_of_the_published_tables(folder: RunFolder) -> None:
    found = status(folder)
    for epoch in found.epochs:
        dataset = folder.part("dataset", epoch.epoch, 0)
        calls = shards.read_table(folder.part("calls", epoch.epoch, 0)).to_pylist()
        assert epoch.kept == shards.count_rows(dataset)
        for name, stage in epoch.stages.items():
            own = [call for call in calls if call["stage"] == name]
            assert stage.calls == len(own)
            assert stage.prompt_tokens == sum(call["prompt_tokens"] for call in own)


def test_totals_are_the_sum_of_the_epochs(folder: RunFolder) -> None:
    found = status(folder)
    totals, epochs = found.totals, found.epochs
    assert totals.dataset_rows == sum(epoch.kept for epoch in epochs)
    assert totals.dataset_rows + totals.eliminated_rows == N_SEEDS * (EPOCHS + 1) + 2
    for name in ("calls", "sent", "failed", "prompt_tokens", "completion_tokens"):
        parts = [getattr(stage, name) for epoch in epochs for stage in epoch.stages.values()]
        assert getattr(totals, name) == sum(parts)
    assert totals.calls > N_SEEDS * EPOCHS
    assert totals.cost_usd == 0.0


def test_an_epoch_not_yet_published_is_counted_from_its_ledger(copied: RunFolder) -> None:
    """Spending must be seen while it happens, not when the epoch is over."""
    before = status(copied).epochs[2]
    for table in ("dataset", "eliminated", "calls"):
        shutil.rmtree(copied.table(table, 2))
    assert status(copied).epochs[2] == before


def test_an_epoch_on_its_way_counts_what_is_judged_so_far(copied: RunFolder) -> None:
    for path in [*copied.stage_shards(2, "advance"), copied.stage_shard(2, "eliminate", 2)]:
        path.unlink()
    epoch = status(copied).epochs[2]
    assert (epoch.rows, epoch.judged) == (N_SEEDS, 20)
    assert epoch.stages["respond"].rows == N_SEEDS
    assert epoch.stages["eliminate"].rows == 20


def with_calls(folder: RunFolder, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    path = folder.part("calls", 1, 0)
    table = shards.read_table(path)
    rows = [change(call) for call in table.to_pylist()]
    shards.write_table(type(table).from_pylist(rows, schema=table.schema), path)
    manifest = shards.read_json(folder.manifest)
    for entry in manifest["files"]:
        if folder.root / entry["path"] == path:
            entry["sha256"] = shards.sha256_of(path)
    shards.write_json(manifest, folder.manifest)


def test_an_unknown_price_makes_the_cost_unknown_and_not_zero(copied: RunFolder) -> None:
    with_calls(copied, lambda call: {**call, "cost_usd": None})
    found = status(copied)
    assert found.epochs[1].stages["evolve"].cost_usd is None
    assert found.epochs[2].stages["evolve"].cost_usd == 0.0
    assert found.totals.cost_usd is None


def test_a_call_that_nobody_answered_leaves_the_cost_known(copied: RunFolder) -> None:
    """A failed call has no cost of its own; it must not hide what the others cost."""
    failed = {"cost_usd": None, "error": "timeout"}
    seen: list[str] = []

    def fail_first(call: dict[str, Any]) -> dict[str, Any]:
        seen.append(call["key"])
        return {**call, "cost_usd": 0.5, **(failed if len(seen) == 1 else {})}

    with_calls(copied, fail_first)
    stage = status(copied).epochs[1].stages["evolve"]
    assert stage.failed == 1
    assert stage.cost_usd == pytest.approx(0.5 * (stage.calls - 1))


def test_a_published_table_that_was_tampered_with_is_not_believed(copied: RunFolder) -> None:
    """The ledgers hold it all: damaged figures must not be shown for true."""
    before = status(copied)
    path = copied.part("calls", 1, 0)
    path.write_bytes(path.read_bytes()[:-20])
    assert status(copied) == before


def test_a_run_that_has_only_begun_has_no_epochs(copied: RunFolder) -> None:
    shutil.rmtree(copied.work)
    found = status(copied)
    assert found.epochs == []
    assert found.totals.calls == 0
    assert found.totals.cost_usd == 0


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFault, match="a run folder"):
        status(RunFolder(tmp_path))


def test_looking_changes_nothing(folder: RunFolder) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.root.rglob("*")}
    status(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.root.rglob("*")} == before
