"""run.json is read as it was written, or refused with the place that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.documents.run_json import RunRecord, checked
from schemas.errors import RunFault
from schemas.settings.evolution import RunSettings
from tasks.evolution.kind import EVOLUTION, EvolutionShape
from tests.conftest import own_seeds, write_seeds


@pytest.fixture
def record(tmp_path: Path) -> dict[str, Any]:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(3))
    folder = EVOLUTION.start(
        RunSettings(seeds=seeds, out=tmp_path / "run", model="openai/m", epochs=2)
    )
    written: dict[str, Any] = json.loads(folder.run_json.read_text())
    return written


def test_what_was_written_comes_back_as_it_is(record: dict[str, Any]) -> None:
    found = checked(record, Path("run.json"), RunRecord)
    assert {name: getattr(found, name, found.named(name)) for name in record} == record
    later = checked({**record, "later": 1}, Path("run.json"), RunRecord)
    assert (later.named("later"), later.named("earlier")) == (1, None)


@pytest.mark.parametrize(
    ("part", "value", "place"),
    [
        ("settings", {"epochs": 2}, "settings.seeds"),
        ("settings", 3, "settings"),
        ("pack", {"name": "general"}, "pack.sha256"),
        ("fixed", None, "fixed"),
        ("state", ["done"], "state"),
        ("versions", {"python": 3}, "versions.python"),
        ("run_id", {}, "run_id"),
    ],
)
def test_a_part_of_another_kind_is_named_and_not_quoted(
    record: dict[str, Any], part: str, value: Any, place: str
) -> None:
    with pytest.raises(RunFault) as refused:
        checked({**record, part: value}, Path("run.json"), EvolutionShape)
    assert str(refused.value).startswith(f"run.json: {place}: ")
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("value", [None, [], 3, "text", {}])
def test_no_record_at_all_is_refused(value: Any) -> None:
    with pytest.raises(RunFault, match=r"^run\.json: "):
        checked(value, Path("run.json"), EvolutionShape)
