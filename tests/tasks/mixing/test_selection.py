"""Which rows are the best: by one scale for all lines, and never by their place in a file."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.folders.scoring import scores_of
from schemas.settings.mixing import MixSettings
from schemas.tables.row import to_table
from schemas.tables.scoring import DIFFICULTIES, Difficulty
from tasks.doors.storage import shards
from tasks.mixing.mix import mix
from tests.tasks.exported import finished_run, row_of

TOPICS = [
    "glaciers",
    "sundials",
    "yeast",
    "harbour pilots",
    "kilns",
    "violin varnish",
    "tide mills",
]


def scored_run(place: Path, scores: Mapping[int, float | None]) -> RunFolder:
    """A finished run of a row a topic, of which some have a difficulty."""
    texts = [(f"Explain {topic} to a visitor of museum {n * 7919}.", topic)
             for n, topic in enumerate(TOPICS)]  # fmt: skip
    folder = finished_run(place, [], epochs=1, rows=[row_of(n, 0, *t) for n, t in enumerate(texts)])
    rows = [
        Difficulty(n, f"s{n}", f"s{n}", 0, texts[n][0], "openai/judge", score)
        for n, score in scores.items()
    ]
    shards.write_table(to_table(rows, DIFFICULTIES), scores_of(folder).scored("difficulty"))
    return folder


def best(place: Path, folder: RunFolder, count: int, **more: int) -> set[str]:
    out = place / f"mix-{count}-{more.get('rng_seed', 0)}"
    mix(MixSettings(runs=(str(folder.root),), out=str(out), select_top=count, **more))
    return set(pd.read_parquet(out / "data")["response"])


def test_the_most_difficult_are_kept_be_they_one_version_or_many(tmp_path: Path) -> None:
    """A seed whose children all failed may be the best row there is."""
    folder = scored_run(tmp_path, {0: 2.0, 1: 9.0, 2: 1.0, 3: 8.0, 4: None, 5: 4.0})
    assert best(tmp_path, folder, 2) == {"sundials", "harbour pilots"}
    gone = pd.read_parquet(tmp_path / "mix-2-0" / "removed").set_index("response")["reason"]
    assert gone.to_dict() == {
        "glaciers": "not_selected", "yeast": "not_selected", "violin varnish": "not_selected",
        "kilns": "unscored", "tide mills": "unscored",
    }  # fmt: skip


def test_ties_are_broken_by_the_seed_and_not_by_the_order_of_the_file(tmp_path: Path) -> None:
    folder = scored_run(tmp_path, dict.fromkeys(range(7), 5.0))
    drawn = [best(tmp_path, folder, 3, rng_seed=seed) for seed in range(4)]
    assert len({frozenset(one) for one in drawn}) > 1
    assert any(one != set(TOPICS[:3]) for one in drawn)


def test_other_scores_make_another_mix(tmp_path: Path) -> None:
    folder = scored_run(tmp_path, {0: 2.0, 1: 9.0})
    assert best(tmp_path, folder, 1) == {"sundials"}
    path = scores_of(folder).scored("difficulty")
    rows = [Difficulty(n, f"s{n}", f"s{n}", 0, "-", "openai/judge", 9.0 - n) for n in range(2)]
    shards.write_table(to_table(rows, DIFFICULTIES), path)
    with pytest.raises(BadInput):
        best(tmp_path, folder, 1)
