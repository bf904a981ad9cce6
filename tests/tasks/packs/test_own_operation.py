"""An operation for one pack only: its folder alone says it, and all who ask the pack know it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.calls.call import Answer, Request
from schemas.errors import BadInput, RunFault
from schemas.operation import Axis, draw
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import Row
from schemas.text import estimate_tokens
from tasks.doors.models import offline
from tasks.doors.storage import shards
from tasks.evolution.kind import EVOLUTION
from tasks.evolution.plan import plan
from tasks.evolution.steps.carry import Bench
from tasks.evolution.steps.cleaning import clean
from tasks.evolution.steps.evolve import evolve
from tasks.packs.pack import load_pack
from tasks.runs.saved_pack import saved_operations, saved_stages
from tests.conftest import own_seeds, write_seeds

PACK_TOML = """
operations = ["simplify", "retell"]
fields = ["topic"]
[operation.simplify]
axis = "down"
[operation.retell]
axis = "breadth"
weight = 3
"""
SIMPLIFY = """Make the given prompt easier; it is about $topic and may cost $$5.

#Given Prompt#:
$instruction

#Easier Prompt#:
"""
RETELL = "Tell of something else than this:\n\n#Given Prompt#:\n$instruction\n\n#Other Prompt#:\n"
TOPIC = "knots, ropes and everything that sailors do with them in bad weather"
IDS = [f"line-{n}" for n in range(400)]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of one's own: pack.toml and a prompt for each operation."""
    folder = tmp_path / "own"
    folder.mkdir()
    texts = {"pack.toml": PACK_TOML, "simplify.txt": SIMPLIFY, "retell.txt": RETELL}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def settings(pack: Path, tmp_path: Path) -> RunSettings:
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(3))
    return RunSettings(
        seeds=seeds, out=str(tmp_path / "run"), model="offline/rewriter", pack=str(pack), epochs=2
    )


def test_it_is_drawn_as_often_as_its_weight_says_and_nothing_else_is(pack: Path) -> None:
    loaded = load_pack(str(pack))
    drawn = [draw(loaded.operations, 0, 1, row_id).operation.name for row_id in IDS]
    assert set(drawn) == {"simplify", "retell"}
    assert 0.15 < drawn.count("simplify") / len(IDS) < 0.35


def test_its_prompt_is_rendered_with_the_packs_fields(pack: Path) -> None:
    simplify = load_pack(str(pack)).operations[0]
    prompt = load_pack(str(pack)).evolving(simplify, None, "Name $topic.", {"topic": ["a", "绳"]})
    assert 'it is about ["a", "绳"] and may cost $5.' in prompt
    assert "#Given Prompt#:\nName $topic.\n" in prompt


def test_the_offline_model_rewrites_for_it(pack: Path) -> None:
    """A pack can be tried before anything is bought."""
    loaded = load_pack(str(pack))
    for n in range(40):
        seed = f"Name {n} uses of a rope."
        child = clean(offline.rewrite(loaded.evolving(loaded.operations[1], None, seed)))
        assert child.startswith(seed) and len(child) > len(seed)


def test_children_bear_its_name(pack: Path, settings: RunSettings) -> None:
    def ask(requests: Sequence[Request]) -> list[Answer]:
        assert all("#Given Prompt#:\nName" in request.prompt for request in requests)
        return [Answer("a child", "stop", "m", None, 1, 1, 0.0, 0.1, 1, 0.0) for _ in requests]

    rows = [Row(i, i, n, 0, "Name it.", extra='{"topic": "t"}') for n, i in enumerate(IDS)]
    made = evolve(rows, Bench(settings, load_pack(str(pack)), 1, list, ask))
    assert {row.operation for row in made} == {"simplify", "retell"}
    assert {row.input_format for row in made} == {None}


def test_the_plan_reckons_with_its_prompts(pack: Path, settings: RunSettings) -> None:
    [evolving] = [one for one in plan(settings).purchases if one.stage == Stage.EVOLVE]
    assert evolving.calls == 6
    assert 0 < evolving.prompt_tokens < evolving.calls * (estimate_tokens(SIMPLIFY) + 60)


def test_the_plan_reckons_with_the_fields_that_its_prompts_show(
    settings: RunSettings, tmp_path: Path
) -> None:
    """Three seeds, two epochs; the prompt that shows the topic is drawn once in four times."""
    [short] = [one for one in plan(settings).purchases if one.stage == Stage.EVOLVE]
    seeds = [{**one, "topic": f"{TOPIC}, {TOPIC}"} for one in own_seeds(3)]
    longer = settings.model_copy(update={"seeds": write_seeds(tmp_path / "long.json", seeds)})
    [long] = [one for one in plan(longer).purchases if one.stage == Stage.EVOLVE]
    more = (estimate_tokens(f"{TOPIC}, {TOPIC}") - estimate_tokens("boats-0")) / 4
    assert long.prompt_tokens - short.prompt_tokens == pytest.approx(6 * more, rel=0.1)


def test_run_json_says_what_was_drawn_even_when_the_pack_is_gone(
    pack: Path, settings: RunSettings
) -> None:
    folder = EVOLUTION.start(settings)
    for path in pack.iterdir():
        path.unlink()
    simplify, retell = saved_operations(folder)
    assert (simplify.name, simplify.axis, simplify.word_budget) == ("simplify", Axis.DOWN, False)
    assert (retell.weight, retell.keeps_subject) == (3.0, False)
    assert saved_stages(folder) == tuple(Stage)


def test_run_folders_from_before_had_the_general_operations(settings: RunSettings) -> None:
    folder = EVOLUTION.start(settings)
    record = shards.read_json(folder.run_json)
    del record["pack"]["operations"], record["pack"]["stages"]
    shards.write_json(record, folder.run_json)
    assert saved_operations(folder) == load_pack("general").operations
    assert saved_stages(folder) == tuple(Stage)


@pytest.mark.parametrize("name", ["operations", "stages"])
def test_what_a_later_evolflow_wrote_is_not_guessed_at(name: str, settings: RunSettings) -> None:
    folder = EVOLUTION.start(settings)
    record = shards.read_json(folder.run_json)
    record["pack"][name] = ["proved"]
    shards.write_json(record, folder.run_json)
    read = saved_operations if name == "operations" else saved_stages
    with pytest.raises(RunFault, match=rf"pack\.{name}: .*use the evolflow that made the run"):
        read(folder)


def test_a_prompt_that_pack_toml_names_must_be_there(pack: Path) -> None:
    (pack / "retell.txt").unlink()
    with pytest.raises(BadInput, match=r"retell\.txt: missing; a pack needs this file"):
        load_pack(str(pack))


def test_a_prompt_may_show_the_packs_fields_and_no_others(pack: Path) -> None:
    (pack / "simplify.txt").write_text("$instruction of $tropic", encoding="utf-8")
    with pytest.raises(BadInput, match=r"exactly \$instruction, and may have \$topic"):
        load_pack(str(pack))
