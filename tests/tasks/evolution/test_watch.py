"""The live line's numbers: what a user decides by while a run lasts for days."""

from pathlib import Path

from schemas.folders.run import RunFolder
from schemas.folders.scoring import ScoringFolder
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.tables.row import STAGE, Row, to_table
from schemas.tables.scoring import ScoringStage
from tasks.buying.orders import Progress
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evolution.watch import Watch
from tasks.runs.watch import ShardWatch


def rows(count: int, kept: int) -> list[Row]:
    verdicts = [Reason.KEPT] * kept + [Reason.NO_GAIN] * (count - kept)
    return [
        Row(id=f"r{n}", seed_id=f"r{n}", position=n, epoch=1, instruction="x", reason=reason.value)
        for n, reason in enumerate(verdicts)
    ]


def test_the_rest_is_reckoned_from_calls_and_survives_a_resume(tmp_path: Path) -> None:
    """Rows judged before this process began must not make it look faster than it is."""
    folder = RunFolder(tmp_path)
    settings = RunSettings(seeds="s.json", out=tmp_path, model="offline/rewriter", epochs=2)
    now = [100.0]
    watch = Watch(folder, settings, clock=lambda: now[0])
    shards.write_table(to_table(rows(6, 6), STAGE), folder.pool_shard(0, 0))
    shards.write_table(to_table(rows(3, 2), STAGE), folder.stage_shard(1, "eliminate", 0))
    first = watch.snapshot(Progress())
    assert (first.rows_done, first.rows_total, first.eta_s) == (3, 12, None)
    assert first.kept_share == 2 / 3
    now[0] += 9
    second = watch.snapshot(Progress(calls=9, spent_usd=1.5))
    # 12 rows less 3 done before, three calls each, one call a second: 27 less 9.
    assert (second.calls_a_second, second.eta_s, second.spent_usd) == (1.0, 18.0, 1.5)
    assert watch.snapshot(Progress(is_priced=False)).spent_usd is None


def test_an_object_store_is_not_asked_at_every_look(bucket: str) -> None:
    """A live line four times a second would be requests to pay for."""
    folder = RunFolder(place(f"{bucket}/run"))
    settings = RunSettings(seeds="s.json", out=str(folder.root), model="m", epochs=2)
    now = [100.0]
    watch = Watch(folder, settings, clock=lambda: now[0])
    for shard in range(3):
        shards.write_table(to_table(rows(6, 6), STAGE), folder.pool_shard(0, shard))
        seen = watch.snapshot(Progress()).rows_total
        assert seen == 12
        now[0] += 1
    now[0] += 5
    assert watch.snapshot(Progress()).rows_total == 36


def test_a_scoring_counts_the_rows_of_the_shards_that_are_scored(tmp_path: Path) -> None:
    folder = ScoringFolder(tmp_path)
    now = [100.0]
    watch = ShardWatch("scoring", ScoringStage, folder, clock=lambda: now[0])
    assert watch.snapshot(Progress()).rows_total == 0
    for shard, count in enumerate((3, 2, 4)):
        shards.write_table(to_table(rows(count, 0), STAGE), folder.pool_shard(0, shard))
    scored = [(ScoringStage.DIFFICULTY, 1), (ScoringStage.COMPLEXITY, 2)]
    for stage, shard in scored:
        shards.write_table(to_table(rows(1, 0), STAGE), folder.stage_shard(0, stage, shard))
    now[0] += 3
    seen = watch.snapshot(Progress(calls=9, spent_usd=0.5))
    assert (seen.rows_done, seen.rows_total, seen.calls_a_second) == (6, 9, 3.0)
    assert (seen.spent_usd, seen.eta_s, seen.kept_share) == (0.5, None, None)
