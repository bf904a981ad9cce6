"""The sample: reproducible, the same lines in every epoch, kept when a run grows."""

import json
from pathlib import Path

import pytest

from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.settings.scoring import ScoringSettings
from schemas.tables.row import DATASET, Row, to_table
from tasks.doors.storage import shards
from tasks.scoring.sample import difficulties_in, versions_in

LINES = 40
EPOCHS = 3


def make_run(root: Path, epochs: int = EPOCHS) -> Path:
    """A run of which every line kept its child in each epoch, but for every fourth line in epoch 2."""
    folder = RunFolder(root)
    shards.write_json({}, folder.run_json)
    for epoch in range(epochs):
        rows = [
            Row(f"s{n}-{epoch}" if epoch else f"s{n}", f"s{n}", n, epoch,
                f"Name {n} knots" + " and say why" * epoch, response="So.")
            for n in range(LINES) if epoch != 2 or n % 4
        ]  # fmt: skip
        for part, begin in enumerate((0, 15)):
            some = rows[begin : begin + 15] if begin == 0 else rows[begin:]
            shards.write_table(to_table(some, DATASET), folder.part("dataset", epoch, part))
    made_from = {str(epoch): "key" for epoch in range(epochs)}
    shards.write_json({"files": [], "made_from": made_from}, folder.manifest)
    return root


def settings(source: Path, **more: int) -> ScoringSettings:
    return ScoringSettings(source=str(source), out="out", judge="m", **more)


def test_every_epoch_gives_equally_many_instructions_of_the_same_lines(tmp_path: Path) -> None:
    """Epochs are compared: other lines in each would add noise."""
    found = difficulties_in(settings(make_run(tmp_path / "run"), per_epoch=12))
    by_epoch = [{one.seed_id for one in found if one.epoch == epoch} for epoch in range(EPOCHS)]
    assert [len(lines) for lines in by_epoch] == [12, 12, 12]
    assert by_epoch[0] == by_epoch[1]
    assert len(by_epoch[1] & by_epoch[2]) >= 6
    assert [one.position for one in found] == list(range(36))


def test_the_seed_chooses_and_the_same_one_chooses_the_same(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    first, again, other = (
        difficulties_in(settings(run, per_epoch=12, rng_seed=seed)) for seed in (0, 0, 1)
    )
    assert first == again
    assert {one.seed_id for one in first} != {one.seed_id for one in other}


def test_a_run_that_has_grown_keeps_its_sample(tmp_path: Path) -> None:
    """What was bought for it stays of use."""
    before = difficulties_in(settings(make_run(tmp_path / "a", epochs=2), per_epoch=12))
    after = difficulties_in(settings(make_run(tmp_path / "b"), per_epoch=12))
    assert {one.id for one in before} < {one.id for one in after}


def test_lines_come_whole_seed_first_and_shown_in_drawn_orders(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    found = versions_in(settings(run, lines=20))
    assert [one.position for one in found] == list(range(len(found)))
    lines: dict[str, list[tuple[int, int, int]]] = {}
    for one in found:
        lines.setdefault(one.seed_id, []).append((one.epoch, one.versions, one.shown))
    assert len(lines) == 20
    for seed_id, versions in lines.items():
        kept = [0, 1, 2] if int(seed_id[1:]) % 4 else [0, 1]
        assert [epoch for epoch, _, _ in versions] == kept
        assert {count for _, count, _ in versions} == {len(kept)}
        assert sorted(shown for _, _, shown in versions) == list(range(1, len(kept) + 1))
    # A judge that likes what stands first must not like an epoch for it.
    orders = {tuple(shown for _, _, shown in versions) for versions in lines.values()}
    assert len(orders) > 3


def test_lines_of_one_version_and_files_have_nothing_to_compare(tmp_path: Path) -> None:
    assert versions_in(settings(make_run(tmp_path / "run", epochs=1))) == []
    assert versions_in(settings(make_run(tmp_path / "more"), lines=0)) == []
    (tmp_path / "t.json").write_text('["Name a knot.", "Name two.", "Name three."]')
    assert versions_in(settings(tmp_path / "t.json")) == []


def test_a_file_in_any_shape_of_seeds_is_read_and_bad_records_are_passed_over(
    tmp_path: Path,
) -> None:
    records = [
        {"Instruction": "Name a knot.", "Skill": "Knots", "Difficulty": 3},
        {"conversations": [{"from": "human", "value": "Name two."}]},
        {"prompt": "Name three."}, {"instruction": ""}, {"prompt": "Name three."},
    ]  # fmt: skip
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    found = difficulties_in(settings(path))
    assert [one.instruction for one in found] == ["Name a knot.", "Name two.", "Name three."]
    assert {one.epoch for one in found} == {0}


def test_a_source_without_rows_is_refused_in_one_line(tmp_path: Path) -> None:
    empty = RunFolder(tmp_path / "run")
    shards.write_json({}, empty.run_json)
    with pytest.raises(BadInput, match=r"source: .*run holds nothing to score; name a run"):
        difficulties_in(settings(tmp_path / "run"))
    (tmp_path / "t.json").write_text("[1, 2")
    with pytest.raises(BadInput, match=r"^source: .*t\.json is no JSON array"):
        difficulties_in(settings(tmp_path / "t.json"))
