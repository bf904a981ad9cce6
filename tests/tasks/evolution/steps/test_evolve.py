"""Evolve: one child a parent, drawn, asked for and cleaned."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from schemas.calls.call import Answer, Request
from schemas.operation import draw
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import STAGE, Row, to_rows, to_table
from tasks.evolution.steps.carry import Bench
from tasks.evolution.steps.evolve import child_id, evolve
from tasks.packs.pack import load_pack

PACK = load_pack("general")


def settings(**more: Any) -> RunSettings:
    return RunSettings(seeds=Path("none.json"), out=Path("none"), model="offline/rewriter", **more)


def job(reply: Callable[[Request], Answer], epoch: int = 1, **more: Any) -> Bench:
    def ask(requests: Sequence[Request]) -> list[Answer]:
        return [reply(request) for request in requests]

    return Bench(settings(**more), PACK, epoch, list, ask)


def answer(text: str, error: str | None = None, finish_reason: str | None = "stop") -> Answer:
    return Answer(
        text, finish_reason, "offline/rewriter", None, 1, 1, 0.0, 0.1, 1, 0.0, error=error
    )


def parents(count: int = 40) -> list[Row]:
    return [
        Row(f"s{n}", f"s{n}", n, 0, f"Name {n} uses of a $rope {{here}}.", extra='{"n": 1}')
        for n in range(count)
    ]


def test_each_parent_has_one_child_in_its_place() -> None:
    made = evolve(parents(), job(lambda r: answer(f"child of {r.row_id}")))
    assert [row.position for row in made] == list(range(40))
    assert [row.parent_id for row in made] == [f"s{n}" for n in range(40)]
    assert [row.instruction for row in made] == [f"child of s{n}-1" for n in range(40)]
    assert all(row.epoch == 1 and row.reason is None and row.extra == '{"n": 1}' for row in made)


def test_children_bear_the_operation_that_was_drawn_and_asked_for() -> None:
    asked: dict[str, Request] = {}

    def reply(request: Request) -> Answer:
        asked[request.row_id] = request
        return answer("a child")

    for parent, child in zip(parents(), evolve(parents(), job(reply, rng_seed=5)), strict=True):
        drawn = draw(PACK.operations, 5, 1, parent.id)
        request = asked[child.id]
        assert child.operation == drawn.operation.name
        assert child.input_format == (drawn.variant.name if drawn.variant else None)
        assert request.prompt == PACK.evolving(*drawn, parent.instruction)
        assert child.prompt_sha256 == request.prompt_sha256
        assert request.stage is Stage.EVOLVE and request.epoch == 1
    assert {request.prompt for request in asked.values()} == {
        PACK.evolving(*draw(PACK.operations, 5, 1, p.id), p.instruction) for p in parents()
    }


def test_complicate_input_children_name_their_format() -> None:
    made = evolve(parents(200), job(lambda _: answer("a child")))
    [operation] = [one for one in PACK.operations if one.variants]
    formats = {row.input_format for row in made if row.operation == operation.name}
    assert formats == {variant.name for variant in operation.variants}


def test_a_line_keeps_its_name_and_counts_its_attempts_over_epochs() -> None:
    """A parent that failed twice has its third child in epoch 3, and the id must stay unique."""
    parent = Row("seed-1", "seed", 0, 1, "text", parent_id="seed")
    assert child_id(parent, 2) == "seed-2"
    [child] = evolve([parent], job(lambda _: answer("a child"), epoch=4))
    assert (child.id, child.seed_id, child.parent_id) == ("seed-4", "seed", "seed-1")
    assert child.attempts == 3 and child.parent_instruction == "text"


def test_an_unanswered_child_carries_the_providers_words() -> None:
    rows = evolve(parents(3), job(lambda _: answer("", error="filtered", finish_reason=None)))
    assert [row.error for row in rows] == ["filtered"] * 3
    assert [row.instruction for row in rows] == [""] * 3


def test_a_bare_label_is_no_child() -> None:
    """The model echoed the form and stopped: there is nothing to keep."""
    rows = evolve(parents(3), job(lambda _: answer("#Rewritten Prompt#:\n")))
    assert all(row.error is not None and "cleaning" in row.error for row in rows)


def test_half_a_character_in_an_answer_does_not_stop_the_shard() -> None:
    r"""Endpoints may send "\ud83d" alone as JSON; the answer is paid for and in the ledger.

    A row that can never be written to Parquet would stop the run at every resume.
    """
    rows = evolve(parents(3), job(lambda _: answer("Name uses of a rope \ud83d in rain.")))
    assert to_rows(to_table(rows, STAGE)) == rows


def test_finish_reason_of_the_evolver_is_kept() -> None:
    rows = evolve(parents(3), job(lambda _: answer("cut of", finish_reason="length")))
    assert {row.evolve_finish_reason for row in rows} == {"length"}
