"""How many shards an epoch carries at once."""

from pathlib import Path

import pytest

from flows.epoch import shards_at_once
from schemas.settings.evolution import RunSettings


@pytest.mark.parametrize(
    ("concurrency", "shard_rows", "shards"),
    [(1, 256, 4), (64, 256, 4), (256, 256, 5), (4096, 256, 35), (64, 3, 46), (4096, 1, 64)],
)
def test_enough_shards_are_carried_to_keep_the_line_full_and_not_many_more(
    concurrency: int, shard_rows: int, shards: int
) -> None:
    """Each shard more is a shard more in memory."""
    settings = RunSettings(seeds=Path("s"), out=Path("o"), model="m", concurrency=concurrency)
    assert shards_at_once(settings, shard_rows) == shards
    assert shards == 64 or (shards - 3) * shard_rows >= 2 * concurrency
