"""One line from its seed on: found by id, told whole, harmless on a terminal."""

from dataclasses import asdict
from pathlib import Path

import pytest

from schemas.calls.call import Answer, Call, Request, Sampling
from schemas.errors import BadInput, RunFault
from schemas.folders.run import RunFolder
from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import STAGE, Row, to_table
from schemas.text import visible
from tasks.doors.storage import ledger, shards
from tasks.evolution.kind import EVOLUTION
from tasks.evolution.show import line_text
from tests.conftest import own_seeds, write_seeds

LEFT, RIGHT, THIRD = "aaaa1111aaaa1111", "aaaa2222bbbb2222", "cccc3333cccc3333"


def a_seed(name: str, position: int, instruction: str = "Name a tide.") -> Row:
    return Row(
        id=name, seed_id=name, position=position, epoch=0, instruction=instruction,
        response="Spring tide.", reason="kept",
    )  # fmt: skip


def a_child(parent: Row, epoch: int, **more: object) -> Row:
    made = Row(
        id=f"{parent.seed_id}-{epoch}", seed_id=parent.seed_id, position=parent.position,
        epoch=epoch, instruction=f"Name {epoch} tides.", parent_id=parent.id, operation="deepen",
        attempts=epoch - parent.epoch,
    )  # fmt: skip
    return Row(**{**asdict(made), **more})


def write(folder: RunFolder, epoch: int, stage: str, shard: int, rows: list[Row]) -> None:
    shards.write_table(to_table(rows, STAGE), folder.stage_shard(epoch, stage, shard))


def buy(folder: RunFolder, row: Row, shard: int, stage: Stage, cost_usd: float | None) -> None:
    request = Request(row.id, row.epoch, stage, "openai/m", "?", Sampling(1, 1, 9, 0))
    answer = Answer(
        text="ok", finish_reason="stop", model="openai/m", served_model=None, prompt_tokens=1200,
        completion_tokens=34, cost_usd=cost_usd, latency_s=1.5, attempts=3, finished_at=0,
    )  # fmt: skip
    with ledger.Ledger(folder.ledger(row.epoch, shard)) as book:
        book.append(Call.of(request, answer).record())


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Two shards, three lines, two epochs; the second shard is still on its way in epoch 2."""
    seeds = write_seeds(tmp_path / "seeds.json", own_seeds(3))
    settings = RunSettings(seeds=seeds, out=tmp_path / "run", model="offline/rewriter", epochs=2)
    made = EVOLUTION.start(settings)
    left, right, third = a_seed(LEFT, 0), a_seed(RIGHT, 1), a_seed(THIRD, 2)
    first = [
        a_child(left, 1, reason="kept", gain="not_equal", response="Neap.", model="openai/m"),
        a_child(right, 1, reason="no_gain", gain="equal", evidence="equal to its parent"),
    ]
    second = [
        a_child(first[0], 2, reason="unanswered", evidence="no answer", error="429: slow down"),
        a_child(right, 2, reason="kept", response="Ebb."),
    ]
    for epoch, rows in enumerate(([left, right], first, second)):
        write(made, epoch, "advance", 0, rows)
    write(made, 0, "pool", 0, [left, right])
    write(made, 0, "pool", 1, [third])
    write(made, 1, "eliminate", 1, [a_child(third, 1, reason="kept", response="Flood.")])
    write(made, 1, "evolve", 1, [a_child(third, 1, instruction="older than the verdict")])
    aside = [
        Row(id=f"record-{n}", seed_id=f"record-{n}", position=0, epoch=0, instruction='{"a": 1}',
            reason="seed_empty", evidence=f"record {n}: no instruction")
        for n in (5, 50, 51)
    ]  # fmt: skip
    shards.write_table(to_table(aside, STAGE), made.set_aside())
    buy(made, first[0], 0, Stage.EVOLVE, 0.25)
    buy(made, first[0], 0, Stage.RESPOND, None)
    buy(made, second[0], 0, Stage.EVOLVE, 0.5)
    return made


def heads(text: str) -> list[str]:
    return [line.split()[2] for line in text.splitlines() if line.startswith("epoch ")]


def test_a_line_is_shown_from_its_seed_to_its_last_epoch(folder: RunFolder) -> None:
    assert heads(line_text(folder, LEFT)) == [LEFT, f"{LEFT}-1", f"{LEFT}-2"]
    text = line_text(folder, RIGHT)
    assert heads(text) == [RIGHT, f"{RIGHT}-1", f"{RIGHT}-2"]
    for told in ("no_gain", "equal to its parent", "2 (epochs since", "    Ebb.", "deepen"):
        assert told in text


def test_a_childs_line_ends_with_that_child(folder: RunFolder) -> None:
    assert heads(line_text(folder, f"{LEFT}-1")) == [LEFT, f"{LEFT}-1"]
    assert heads(line_text(folder, f"{LEFT}-0")) == [LEFT]


def test_a_failed_call_tells_the_providers_words(folder: RunFolder) -> None:
    assert "429: slow down" in line_text(folder, f"{LEFT}-2")


def test_calls_are_those_of_the_row_alone(folder: RunFolder) -> None:
    """What a row cost is the question; a neighbour's bill would be worse than none."""
    calls = [line for line in line_text(folder, f"{LEFT}-1").splitlines() if "call:" in line]
    assert len(calls) == 2
    assert (
        "evolve by openai/m: 1,200 tokens in, 34 out, 0.250000 USD, 1.50 s, attempts 3" in calls[0]
    )
    assert "respond" in calls[1]
    assert "price unknown" in calls[1]
    assert "call:" not in line_text(folder, RIGHT)


def test_a_running_shard_is_shown_as_far_as_it_has_come(folder: RunFolder) -> None:
    text = line_text(folder, THIRD)
    assert heads(text) == [THIRD, f"{THIRD}-1"]
    assert "    Flood." in text
    assert "older than the verdict" not in text


def test_a_row_without_a_verdict_says_so(folder: RunFolder) -> None:
    write(folder, 2, "screen", 1, [a_child(a_seed(THIRD, 2), 2)])
    assert "verdict:  none yet" in line_text(folder, f"{THIRD}-2")


def test_a_record_set_aside_is_found_by_its_number(folder: RunFolder) -> None:
    """record-5 is an id of its own, though record-50 begins with it."""
    text = line_text(folder, "record-5")
    assert heads(text) == ["record-5"]
    assert "record 5: no instruction" in text


def test_a_unique_beginning_is_enough(folder: RunFolder) -> None:
    assert heads(line_text(folder, "cccc")) == [THIRD, f"{THIRD}-1"]
    assert heads(line_text(folder, "aaaa2-1")) == [RIGHT, f"{RIGHT}-1"]


@pytest.mark.parametrize("start", ["aaaa", "aaaa-1"])
def test_an_ambiguous_beginning_names_the_lines(folder: RunFolder, start: str) -> None:
    with pytest.raises(BadInput) as refused:
        line_text(folder, start)
    assert LEFT in str(refused.value)
    assert RIGHT in str(refused.value)


def test_of_many_lines_five_are_named(folder: RunFolder) -> None:
    many = [a_seed(f"dddd{n:04d}", 3 + n) for n in range(7)]
    write(folder, 0, "pool", 2, many)
    with pytest.raises(BadInput) as refused:
        line_text(folder, "dddd")
    assert str(refused.value).count("dddd") == 5 + 1
    assert "7 lines" in str(refused.value)


@pytest.mark.parametrize("unknown", ["ccc", "", "ffff", f"{LEFT}x", "ffff-1", "-1", "cccc\x1b[2J"])
def test_an_unknown_id_is_one_plain_line(folder: RunFolder, unknown: str) -> None:
    """Three characters are too few to name a line, even where they would be unique."""
    with pytest.raises(BadInput) as refused:
        line_text(folder, unknown)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert "dataset/" in message
    assert "\x1b" not in message


def test_an_epoch_that_is_not_there_yet_says_how_far_the_line_is(folder: RunFolder) -> None:
    with pytest.raises(BadInput, match="ends at epoch 1 so far"):
        line_text(folder, f"{THIRD}-2")
    with pytest.raises(BadInput, match="ends at epoch 2 so far"):
        line_text(folder, f"{LEFT}-999999999")


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFault, match="a run folder"):
        line_text(RunFolder(tmp_path), LEFT)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"settings": {"epochs": 2}}, "settings.seeds"),
        ({"settings": None}, "settings"),
        ({"pack": ["a"]}, "pack"),
        ({"state": 3}, "state"),
    ],
)
def test_a_run_json_of_another_make_is_named_with_its_place(
    folder: RunFolder, changes: dict[str, object], place: str
) -> None:
    """A folder may come from anybody: what is in it must not end in a traceback."""
    shards.write_json({**shards.read_json(folder.run_json), **changes}, folder.run_json)
    with pytest.raises(RunFault) as refused:
        line_text(folder, LEFT)
    assert str(refused.value).startswith(f"{folder.run_json}: {place}: ")
    assert len(str(refused.value).splitlines()) == 1


def test_a_text_cannot_steer_the_terminal(folder: RunFolder) -> None:
    """A seed file from a stranger is shown on a terminal that obeys escape sequences."""
    hostile = "clear\x1b[2J title\x1b]0;x\x07 back\x08\rover \x9b31m turned\u202egnp"
    write(folder, 0, "pool", 2, [a_seed("eeee4444", 9, instruction=hostile)])
    text = line_text(folder, "eeee4444")
    assert all(c == "\n" or c.isprintable() for c in text)
    assert "clear␛[2J" in text
    assert "\\u202egnp" in text


def test_a_text_cannot_pass_for_a_step(folder: RunFolder) -> None:
    forged = "fine\r\nepoch 1  forged-1  deepen\nverdict:  kept"
    seed = a_seed("eeee4444", 9, instruction=forged)
    write(folder, 0, "pool", 2, [Row(**{**asdict(seed), "evidence": "a\nepoch 2  forged-2"})])
    assert heads(line_text(folder, "eeee4444")) == ["eeee4444"]


def test_a_long_text_is_shown_whole(folder: RunFolder) -> None:
    long = "\n".join(f"line {n} 潮汐\tend" for n in range(3000))
    write(folder, 0, "pool", 2, [a_seed("eeee4444", 9, instruction=long)])
    shown = [line[4:] for line in line_text(folder, "eeee4444").splitlines() if "潮汐" in line]
    assert "\n".join(shown) == long


def test_ordinary_writing_is_left_as_it_is() -> None:
    plain = "tab\tnew\nline, 潮汐, עברית, e\u0301, 👩‍🚀 emoji"
    assert visible(plain) == plain
    assert visible("half \ud800") == "half \\ud800"
