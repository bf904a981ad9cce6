"""Seeds: every record of a file becomes exactly one row, usable or set aside with its reason."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import BadInput
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.tables.row import STAGE, Row, to_rows, to_table
from tasks.packs.pack import pack_folder
from tasks.sources.seeds import count_usable, read_seeds, shard_rows
from tasks.sources.shapes import Absent, Heard, Parts, parts_of


def settings(path: Path = Path("none.json"), **more: Any) -> RunSettings:
    return RunSettings(seeds=path, out=Path("none"), model="offline/rewriter", **more)


def read(path: Path, content: Any, **more: Any) -> list[Row]:
    """Write a seed file and read it: bytes and text as they are, anything else as JSON."""
    if not isinstance(content, bytes | str):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_seeds(settings(path, **more)))


def usable(rows: list[Row]) -> list[str]:
    return [row.instruction for row in rows if row.reason is None]


def verdicts(rows: list[Row]) -> list[str | None]:
    return [row.reason for row in rows]


SHAPES: list[tuple[dict[str, Any], Parts]] = [
    (
        {"instruction": "Name it.", "input": "a rope", "output": "Rope.", "topic": "boats"},
        Parts("Name it.\n\na rope", "Rope.", {"topic": "boats"}),
    ),
    ({"instruction": "Name it.", "input": "", "output": ""}, Parts("Name it.", None, {})),
    ({"instruction": "Name it.", "input": "<noinput>"}, Parts("Name it.", None, {})),
    (
        {"instruction": "Sum up.", "context": "A text.", "response": "Done.", "category": "sum"},
        Parts("Sum up.\n\nA text.", "Done.", {"category": "sum"}),
    ),
    (
        {"id": "t0", "name": "n", "instruction": "Sort.", "is_classification": False,
         "instances": [{"input": "b a", "output": "a b"}, {"input": "d c", "output": "c d"}]},
        # The instances that are not used are kept, so that nothing of a record is lost.
        Parts("Sort.\n\nb a", "a b", {"id": "t0", "name": "n", "is_classification": False,
              "instances": [{"input": "b a", "output": "a b"}, {"input": "d c", "output": "c d"}]}),
    ),
    (
        {"messages": [{"role": "system", "content": "Be brief."},
                      {"role": "user", "content": "Name it."},
                      {"role": "assistant", "content": "Rope."},
                      {"role": "user", "content": "More."}], "id": 7},
        Parts("Name it.", "Rope.", {"id": 7, "system": "Be brief."}),
    ),
    (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Name"},
                                                   {"type": "text", "text": "it."}]}]},
        Parts("Name\nit.", None, {}),
    ),
    (
        {"id": "x", "conversations": [{"from": "human", "value": "Name it."},
                                      {"from": "gpt", "value": "Rope."}]},
        Parts("Name it.", "Rope.", {"id": "x"}),
    ),
    (
        {"conversations": [{"from": "gpt", "value": "Hello."}, {"from": "human", "value": "Go."}]},
        Parts("Go.", None, {}),
    ),
    ({"prompt": "Name it.", "completion": "Rope."}, Parts("Name it.", "Rope.", {})),
    ({"Question": " What? ", "Answer": "That. "}, Parts("What?", "That.", {})),
]  # fmt: skip


@pytest.mark.parametrize(("record", "parts"), SHAPES)
def test_every_known_shape_is_read(record: dict[str, Any], parts: Parts) -> None:
    assert parts_of(record, settings()) == parts


def test_named_fields_win_over_detected_ones() -> None:
    record = {"instruction": "wrong", "task": "Name it.", "given": "a rope", "gold": "Rope.",
              "input": "wrong", "messages": [{"role": "user", "content": "wrong"}]}  # fmt: skip
    named = settings(instruction_field="task", input_field="given", response_field="gold")
    parts = parts_of(record, named)
    assert (parts.instruction, parts.response) == ("Name it.\n\na rope", "Rope.")
    assert set(parts.extra) == {"instruction", "input", "messages"}


def test_a_named_field_that_is_not_there_is_no_guess() -> None:
    with pytest.raises(Absent, match=r"among the fields \['instruction'\]"):
        parts_of({"instruction": "Name it."}, settings(instruction_field="task"))


RECORDS = [
    {"instruction": f"Name {n} ropes, \"quoted\",\nand 绳子.", "output": f"r{n}", "n": str(n)}
    for n in range(3)
]  # fmt: skip


@pytest.mark.parametrize("suffix", ["json", "jsonl", "ndjson", "csv", "parquet"])
def test_all_formats_give_the_same_seeds(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"seeds.{suffix}"
    if suffix == "parquet":
        pq.write_table(pa.Table.from_pylist(RECORDS), path)
    elif suffix == "csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(RECORDS[0]))
            writer.writeheader()
            writer.writerows(RECORDS)
    elif suffix == "json":
        path.write_text(json.dumps(RECORDS, indent=1), encoding="utf-8")
    else:
        path.write_text("\n\n".join(json.dumps(r) for r in RECORDS), encoding="utf-8")
    rows = list(read_seeds(settings(path)))
    assert usable(rows) == [record["instruction"] for record in RECORDS]
    assert [row.response for row in rows] == ["r0", "r1", "r2"]
    assert [json.loads(row.extra or "") for row in rows] == [{"n": str(n)} for n in range(3)]
    assert [row.position for row in rows] == [0, 1, 2]
    assert all(row.id == row.seed_id and row.epoch == 0 for row in rows)


def test_one_bad_line_does_not_stop_the_others(tmp_path: Path) -> None:
    lines = ['{"instruction": "a"}', '{"instruction": "b', "", "[1, 2]", '{"instruction": "c"}']
    rows = read(tmp_path / "seeds.jsonl", "\n".join(lines))
    assert verdicts(rows) == [None, Reason.SEED_NOT_TEXT, Reason.SEED_NOT_TEXT, None]
    assert rows[1].evidence is not None and "record 2" in rows[1].evidence
    assert [row.position for row in rows if row.reason is None] == [0, 1]


def test_duplicates_are_found_by_what_they_say(tmp_path: Path) -> None:
    texts = [
        "Name a rope.",
        "Name a knot.",
        "  name A\n rope. ",
        "Ｎａｍｅ a rope.",
        "Name a rope!",
    ]
    rows = read(tmp_path / "seeds.json", [{"instruction": text} for text in texts])
    twice = Reason.SEED_DUPLICATE
    assert verdicts(rows) == [None, None, twice, twice, None]
    assert rows[3].evidence == "record 4: the same text as record 1"
    assert len({row.id for row in rows}) == 5


def test_the_same_instruction_with_another_input_is_another_seed(tmp_path: Path) -> None:
    records = [{"instruction": "Translate.", "input": text} for text in ("rope", "knot", "rope")]
    rows = read(tmp_path / "seeds.json", records)
    assert verdicts(rows) == [None, None, Reason.SEED_DUPLICATE]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"instruction": ""}, Reason.SEED_EMPTY),
        ({"instruction": " \n"}, Reason.SEED_EMPTY),
        ({"instruction": None}, Reason.SEED_EMPTY),
        ({"output": "Rope."}, Reason.SEED_EMPTY),
        ({}, Reason.SEED_EMPTY),
        ({"messages": [{"role": "assistant", "content": "Hi"}]}, Reason.SEED_EMPTY),
        ({"messages": []}, Reason.SEED_EMPTY),
        ({"messages": [{"role": ["user"], "content": "Name it."}]}, Reason.SEED_EMPTY),
        ({"conversations": [{"from": {"a": 1}, "value": "Name it."}]}, Reason.SEED_EMPTY),
        ({"instruction": 7}, Reason.SEED_NOT_TEXT),
        ({"instruction": {"text": "a"}}, Reason.SEED_NOT_TEXT),
        ({"instruction": "a", "input": [["b"]]}, Reason.SEED_NOT_TEXT),
        ({"instruction": "a", "input": {"b": "c"}}, Reason.SEED_NOT_TEXT),
        ({"instruction": float("nan")}, Reason.SEED_EMPTY),
        ({"instruction": "nan"}, Reason.SEED_EMPTY),
        ({"instruction": "<no input>"}, Reason.SEED_EMPTY),
        ({"instruction": "a\0b"}, Reason.SEED_NOT_TEXT),
        ({"instruction": "a \ud800 b"}, Reason.SEED_NOT_TEXT),
        ({"messages": [{"role": "user", "content": [{"text": None}]}]}, Reason.SEED_NOT_TEXT),
        ({"messages": [{"role": "user", "content": [{"text": {"a": 1}}]}]}, Reason.SEED_NOT_TEXT),
        ([1, 2], Reason.SEED_NOT_TEXT),
        (None, Reason.SEED_NOT_TEXT),
        (7, Reason.SEED_NOT_TEXT),
        ({"instruction": "abcdefghijk"}, Reason.SEED_TOO_LONG),
        ({"instruction": "abcde", "input": "fghi"}, Reason.SEED_TOO_LONG),
    ],
)
def test_an_unusable_record_is_set_aside_and_the_rest_is_used(
    record: Any, reason: Reason, tmp_path: Path
) -> None:
    records = [{"instruction": "first"}, record, {"instruction": "0123456789"}]
    rows = read(tmp_path / "seeds.json", records, seed_max_chars=10)
    assert verdicts(rows) == [None, reason, None]
    assert rows[1].id == "record-2" and (rows[1].evidence or "").startswith("record 2: ")
    assert to_rows(to_table(rows, STAGE)) == rows


def test_a_bare_text_is_a_seed(tmp_path: Path) -> None:
    assert usable(read(tmp_path / "seeds.json", ["Name it.", "Tie it."])) == ["Name it.", "Tie it."]


def test_limit_takes_the_first_records(tmp_path: Path) -> None:
    """`limit` counts rows of the file, so that the same file gives the same seeds."""
    records = [
        {"instruction": "a"},
        {"instruction": ""},
        {"instruction": "b"},
        {"instruction": "c"},
    ]
    assert verdicts(read(tmp_path / "s.json", records, limit=3)) == [None, Reason.SEED_EMPTY, None]
    assert len(read(tmp_path / "s.json", records, limit=9)) == 4
    broken_later = '{"instruction": "a"}\n{"instruction": "b"}\n\xff'.encode("latin-1")
    assert count_usable(settings(tmp_path / "s.json", limit=1)) == 1
    assert len(read(tmp_path / "s.jsonl", broken_later[:-1], limit=1)) == 1


@pytest.mark.parametrize(
    ("wanted", "responses"),
    [("keep", ["Rope.", None]), ("missing", ["Rope.", None]),
     ("all", [None, None]), ("none", [None, None])],
)  # fmt: skip
def test_own_responses_are_kept_unless_others_are_wanted(
    wanted: str, responses: list[str | None], tmp_path: Path
) -> None:
    records = [{"instruction": "a", "output": "Rope."}, {"instruction": "b", "output": " "}]
    rows = read(tmp_path / "seeds.json", records, seed_responses=wanted)
    assert [row.response for row in rows] == responses


def test_a_seed_has_the_same_id_wherever_it_stands(tmp_path: Path) -> None:
    """The draw of operations is keyed by it: sorting the file must not change the data."""
    forward = read(tmp_path / "a.json", RECORDS)
    backward = read(tmp_path / "b.json", RECORDS[::-1])
    assert [row.id for row in forward] == [row.id for row in backward][::-1]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("s.json", "", "is empty"),
        ("s.jsonl", " \n\n", "is empty"),
        ("s.txt", "a", r"ends in '\.txt'; known are"),
        ("s.csv", 'instruction\n"a"b\n', "no readable CSV"),
        ("s.parquet", "PAR1 nonsense", "no readable Parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_fault(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=rf"seeds: .*{name} .*{said}"):
        read(tmp_path / name, content)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("s.json", "[]", "is empty; it needs"),
        ("s.csv", "instruction,output\n", "is empty; it needs"),
        (
            "s.jsonl",
            '{"text": "a"}\n{"text": "b"}\n',
            r"no usable seed \(2 seed_empty; record 1: .*'text'.*--instruction-field",
        ),
    ],
)
def test_a_file_without_one_usable_seed_is_refused(
    name: str, content: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInput, match=why):
        count_usable(settings(tmp_path / name))


def test_usable_seeds_are_counted_without_the_others(tmp_path: Path) -> None:
    path = tmp_path / "seeds.json"
    read(path, [{"instruction": "a"}, {"instruction": "A"}, {"x": 1}, {"instruction": "b"}])
    assert count_usable(settings(path)) == 2


@pytest.mark.parametrize("n_seeds", [1, 64, 5_000, 250_000, 2_000_000])
@pytest.mark.parametrize("epochs", [1, 4, 50])
def test_a_run_of_any_size_stays_under_a_thousand_tasks(n_seeds: int, epochs: int) -> None:
    size = shard_rows(settings(epochs=epochs), n_seeds)
    shards = -(-n_seeds // size)
    # Besides the stages: advance, publish and exhibit an epoch; seed, finish and report.
    assert shards * (4 * epochs + 2) + 3 * (epochs + 1) + 3 <= 1000 or shards == 1
    assert size >= 64
    assert shard_rows(settings(epochs=epochs, shard_rows=5), n_seeds) == 5


def test_a_seed_without_a_field_that_the_packs_prompts_show_is_set_aside(tmp_path: Path) -> None:
    """A prompt with a hole in it would be paid for."""
    pack = shutil.copytree(pack_folder("general"), tmp_path / "own")
    declared = (pack / "pack.toml").read_text(encoding="utf-8")
    (pack / "pack.toml").write_text(f'fields = ["topic"]\n{declared}', encoding="utf-8")
    records = [
        {"instruction": "a", "topic": "ropes"},
        {"instruction": "b", "topic": None},
        {"instruction": "c", "Topic": "ropes"},
        {"instruction": "d", "topic": 0},
    ]
    rows = read(tmp_path / "s.json", records, pack=str(pack))
    assert verdicts(rows) == [None, Reason.SEED_EMPTY, Reason.SEED_EMPTY, None]
    assert "no 'topic', which the pack's prompts show" in (rows[1].evidence or "")


@pytest.mark.parametrize(
    ("answer", "text"),
    [(8, "8"), (8.0, "8"), (0.5, "0.5"), (True, "true"), (["A", "B"], "A\nB"), ("None", "None"),
     (float("nan"), None), ("nan", None), ("<nooutput>", None), ({"a": 1}, None), ("\udfff", None),
     ("a\0b", None)],
)  # fmt: skip
def test_a_response_of_any_kind_costs_no_instruction(
    answer: Any, text: str | None, tmp_path: Path
) -> None:
    record = {"question": "How many?", "answer": answer}
    (row, _) = read(tmp_path / "s.json", [record, {"question": "Why?"}])
    assert (row.reason, row.instruction, row.response) == (None, "How many?", text)


def test_no_token_that_json_does_not_know_is_kept(tmp_path: Path) -> None:
    record = {"instruction": "a", "score": float("nan"), "more": [{"x": float("inf")}, 1.5]}
    (row, _) = read(tmp_path / "s.json", [record, {"instruction": "b"}])
    assert json.loads(row.extra or "", parse_constant=pytest.fail) == {
        "score": None, "more": [{"x": None}, 1.5],
    }  # fmt: skip


def test_what_was_taken_for_what_is_said_once_with_counts(tmp_path: Path) -> None:
    records = [
        {"Instruction": "a", "input": "No input", "output": {"x": 1}},
        {"Instruction": "b", "input": "No input", "output": "c"},
        {"Instruction": "d", "input": "NA", "output": "c"},
    ]
    (tmp_path / "s.json").write_text(json.dumps(records))
    heard = Heard()
    assert len(list(read_seeds(settings(tmp_path / "s.json"), heard))) == 3
    assert list(heard.lines()) == [
        "read as instruction 'Instruction', input 'input', response 'output' (3)",
        "taken for no value: input 'No input' (2), input 'NA' (1)",
        "responses left out because they are no text: dict where text belongs (1)",
    ]


def test_an_array_a_line_is_a_talk_each(tmp_path: Path) -> None:
    talks = [
        [{"role": "user", "content": f"Name rope {n}."}, {"role": "assistant", "content": "No."}]
        for n in range(3)
    ]
    rows = read(tmp_path / "s.jsonl", "\n".join(map(json.dumps, talks)))
    assert usable(rows) == [f"Name rope {n}." for n in range(3)]
    assert {row.response for row in rows} == {"No."}
