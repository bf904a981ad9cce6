"""Test sets and answers: every shape that they come in, and one line about what is none."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput
from schemas.settings.evaluation import EvaluationSettings, System
from schemas.tables.evaluation import Item, SystemAnswer
from tasks.sources import test_sets

ASKED = ["Name a river.", "Name a lake.", "Name a sea."]
SYSTEMS = {"a": "offline/rewriter", "b": "offline/terse"}


def evaluation(tests: Path | str, **more: Any) -> EvaluationSettings:
    given: dict[str, Any] = {"systems": SYSTEMS, "judge": "j", "out": "run", "tests": str(tests)}
    return EvaluationSettings.model_validate({**given, **more})


def read(path: Path, **more: Any) -> list[Item]:
    return test_sets.read_items(evaluation(path, **more))


def lines(path: Path, records: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    return path


def answered(path: Path, tests: Sequence[Item]) -> list[SystemAnswer]:
    return test_sets.read_answers(System.of("a", str(path)), tests)


def three(texts: Sequence[str] = ASKED) -> list[Item]:
    return [Item(str(n + 81), n, text, "", None) for n, text in enumerate(texts)]


def texts(answers: Sequence[SystemAnswer]) -> list[str | None]:
    return [one.answer for one in answers]


EVOL = [
    {"idx": n + 1, "Skill": "Math", "Difficulty": n + 3, "Instruction": text}
    for n, text in enumerate(ASKED)
]
MT_BENCH = [
    {"question_id": n + 81, "category": "writing", "turns": [text, "And one more."]}
    for n, text in enumerate(ASKED)
]
VICUNA = [
    {"question_id": n + 1, "text": text, "category": "generic"} for n, text in enumerate(ASKED)
]
ALPACA_EVAL = [
    {"instruction": text, "output": "The Po.", "generator": "g", "dataset": "own"} for text in ASKED
]


@pytest.mark.parametrize(
    ("records", "ids", "skill", "difficulties"),
    [
        (EVOL, ["1", "2", "3"], "Math", [3, 4, 5]),
        (MT_BENCH, ["81", "82", "83"], "writing", [None] * 3),
        (VICUNA, ["1", "2", "3"], "generic", [None] * 3),
        (ALPACA_EVAL, ["1", "2", "3"], "", [None] * 3),
        (ASKED, ["1", "2", "3"], "", [None] * 3),
        ([{"prompt": text} for text in ASKED], ["1", "2", "3"], "", [None] * 3),
    ],
)
@pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
def test_every_known_shape_is_read(
    tmp_path: Path, records: list[Any], ids: list[str], skill: str, difficulties: list[Any],
    name: str,
) -> None:  # fmt: skip
    path = tmp_path / name
    if name == "t.json":
        path.write_text(json.dumps(records))
    else:
        lines(path, records)
    found = read(path)
    assert [one.instruction for one in found] == ASKED
    assert [one.id for one in found] == ids
    assert [one.position for one in found] == [0, 1, 2]
    assert {one.skill for one in found} == {skill}
    assert [one.difficulty for one in found] == difficulties


def test_tables_are_read_as_json_is(tmp_path: Path) -> None:
    wanted = read(lines(tmp_path / "t.jsonl", EVOL))
    with (tmp_path / "t.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(EVOL[0]))
        writer.writeheader()
        writer.writerows(EVOL)
    pq.write_table(pa.Table.from_pylist(EVOL), tmp_path / "t.parquet")
    folder = tmp_path / "parts"
    run = tmp_path / "run" / "dataset"
    for place in (folder, run):
        place.mkdir(parents=True)
        for n, record in enumerate(EVOL):
            pq.write_table(pa.Table.from_pylist([record]), place / f"part-{n:05d}.parquet")
    pq.write_table(pa.Table.from_pylist(VICUNA), tmp_path / "run" / "other.parquet")
    for path in (tmp_path / "t.csv", tmp_path / "t.parquet", folder, run.parent):
        assert read(path) == wanted


def test_the_input_of_an_instruction_belongs_to_it(tmp_path: Path) -> None:
    records = [{"instruction": text, "input": "In Italy."} for text in ASKED]
    found = read(lines(tmp_path / "t.jsonl", records))
    assert [one.instruction for one in found] == [f"{text}\n\nIn Italy." for text in ASKED]


def test_a_limit_takes_the_first_ones_and_reads_no_further(tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", EVOL)
    path.write_text(path.read_text() + "no JSON\n")
    assert [one.id for one in read(path, limit=2)] == ["1", "2"]
    assert len(read(path, limit=3)) == 3


def test_the_own_set_needs_no_file() -> None:
    assert test_sets.tests_path(evaluation("own")) == test_sets.OWN_SET
    assert len(test_sets.read_items(evaluation("own", limit=3))) == 3


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"instruction": ""}, "no instruction"),
        ({"instruction": "   "}, "no instruction"),
        ({"instruction": 5}, "no instruction"),
        ({"turns": []}, "no instruction"),
        ({"turns": 5}, "no instruction"),
        ({"turns": [None]}, "no instruction"),
        ({"words": "x"}, "no instruction among the fields ['words']"),
        (5, "no object and no text"),
        (None, "no object and no text"),
        ({"instruction": "x", "difficulty": 0}, "difficulty 0"),
        ({"instruction": "x", "difficulty": 11}, "difficulty 11"),
        ({"instruction": "x", "difficulty": 2.5}, "difficulty 2.5"),
        ({"instruction": "x", "difficulty": [3]}, "difficulty [3]"),
        ({"instruction": "x", "difficulty": "11"}, "difficulty '11'"),
        ({"instruction": "x", "difficulty": 10**400}, "no whole number from 1 to 10"),
    ],
)
def test_a_record_that_is_no_item_is_named_by_its_number(
    tmp_path: Path, bad: Any, told: str
) -> None:
    path = lines(tmp_path / "t.jsonl", [*EVOL[:2], bad])
    with pytest.raises(BadInput) as refused:
        read(path)
    said = str(refused.value)
    assert said.startswith(f"tests: {path}: record 3") and told in said and "\n" not in said


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.jsonl", "", "is empty"),
        ("t.json", "[]", "holds no item"),
        ("t.json", '["x",', "is no JSON array"),
        ("t.txt", "x", "known are"),
        ("t.csv", "Instruction\n", "holds no item"),
        ("t.parquet", "PAR1", "no readable Parquet file"),
        ("t.jsonl", '{"idx": 1, "text": "x"}\n{"idx": "1", "text": "y"}\n', "have the id '1'"),
    ],
)
def test_a_file_that_is_no_test_set_is_one_line(
    tmp_path: Path, name: str, content: str, told: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(BadInput) as refused:
        read(path)
    said = str(refused.value)
    assert said.startswith("tests: ") and str(path) in said and told in said and "\n" not in said


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a file; give"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(BadInput, match="holds no Parquet file; name"):
        read(tmp_path)


@settings(deadline=None, max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(
            ["idx", "question_id", "id", "instruction", "text", "turns", "input", "Skill",
             "category", "difficulty"]
        ),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text()
        | st.lists(st.none() | st.text(), max_size=3) | st.dictionaries(st.text(), st.text()),
    )
)  # fmt: skip
@example({"instruction": "x", "turns": 5})
@example({"instruction": "x", "turns": True})
def test_any_record_is_an_item_or_refused(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any]
) -> None:
    """A test set may come from anybody: what is no item is told, never a trace."""
    path = lines(tmp_path_factory.getbasetemp() / "any.jsonl", [record, "Name it."])
    try:
        found, _ = read(path)
    except BadInput as refused:
        assert "record 1" in str(refused) or "have the id '2'" in str(refused)
    else:
        assert found.instruction.strip() and found.difficulty in (None, *range(1, 11))
        found.instruction.encode()


def test_only_further_turns_are_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    read(lines(tmp_path / "t.jsonl", [{"instruction": text, "turns": "two"} for text in ASKED]))
    assert not caplog.records
    read(lines(tmp_path / "t.jsonl", [*MT_BENCH[:2], {"turns": ASKED[2:]}]))
    assert "2 items have further turns" in caplog.text


def test_answers_are_found_by_instruction_whatever_case_and_spacing(tmp_path: Path) -> None:
    records = [
        {"instruction": f"  {text.upper()}\n".replace(" ", "  "), "output": f"to {text}"}
        for text in reversed(ASKED)
    ]
    found = answered(lines(tmp_path / "a.jsonl", records), three())
    assert texts(found) == [f"to {text}" for text in ASKED]
    assert [(one.item_id, one.position, one.system, one.model) for one in found] == [
        (str(n + 81), n, "a", None) for n in range(3)
    ]


@pytest.mark.parametrize(
    "record",
    [
        lambda n: {"question_id": n, "model_id": "m", "choices": [{"turns": [f"no. {n}", "x"]}]},
        lambda n: {"question_id": n, "text": f"no. {n}", "answer_id": "z", "model_id": "m"},
        lambda n: {"idx": n, "output": f"no. {n}"},
    ],
)
def test_answers_without_instructions_are_found_by_id(tmp_path: Path, record: Any) -> None:
    path = lines(tmp_path / "a.jsonl", [record(n) for n in (83, 81, 82)])
    assert texts(answered(path, three())) == ["no. 81", "no. 82", "no. 83"]


def test_items_with_one_text_take_their_answers_in_turn(tmp_path: Path) -> None:
    tests = three(["Name a river.", "name a  river.", "Name a river."])
    records = [{"instruction": "Name a river.", "output": str(n)} for n in range(3)]
    assert texts(answered(lines(tmp_path / "a.jsonl", records), tests)) == ["0", "1", "2"]
    assert texts(answered(lines(tmp_path / "a.jsonl", records[:1]), tests)) == ["0", "0", "0"]
    # One that gave no answer keeps its turn: its twin's is not its own.
    records[0]["output"] = None  # type: ignore[assignment]
    assert texts(answered(lines(tmp_path / "a.jsonl", records), tests)) == [None, "1", "2"]


def test_an_item_without_an_answer_is_a_row_that_says_why(tmp_path: Path) -> None:
    records = [
        {"instruction": ASKED[0], "output": "The Po."},
        {"instruction": ASKED[1], "output": " "},
    ]
    found = answered(lines(tmp_path / "a.jsonl", records), three())
    assert texts(found) == ["The Po.", None, None]
    assert [one.error for one in found] == [
        None, "an empty answer in the file", "no answer in the file"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"instruction": "Another.", "output": "x"}, "answers none of the 3 tests"),
        ({"question_id": 5, "text": "x"}, "answers none of the 3 tests"),
        ({"instruction": ASKED[0], "output": ""}, "answers none of the 3 tests"),
        ({"question_id": 81, "choices": [{"turns": []}]}, "answers none of the 3 tests"),
        ({"question_id": 81, "choices": [{"turns": [5]}]}, "answers none of the 3 tests"),
        ("only text", "record 1 is no object"),
    ],
)
def test_a_file_that_answers_nothing_is_refused(tmp_path: Path, record: Any, told: str) -> None:
    """Three times no answer would be a lost comparison that nobody made."""
    path = lines(tmp_path / "a.jsonl", [record])
    with pytest.raises(BadInput) as refused:
        answered(path, three())
    said = str(refused.value)
    assert said.startswith(f"systems.a: {path}") and told in said and "\n" not in said


def test_the_evol_instruct_test_set_is_read_whole(shared_data: Path) -> None:
    found = read(shared_data / "evol_testset_218.jsonl")
    assert len(found) == 218 and len({one.skill for one in found}) == 29
    counts = Counter(one.difficulty for one in found)
    assert [counts[n] for n in range(1, 11)] == [11, 19, 27, 23, 9, 42, 24, 39, 13, 11]


@pytest.mark.parametrize("word", ["hard", "Sehr leicht", None, "", float("nan")])
def test_a_difficulty_in_words_or_none_is_unknown(tmp_path: Path, word: Any) -> None:
    records = [{"instruction": text, "Difficulty": word} for text in ASKED]
    assert [one.difficulty for one in read(lines(tmp_path / "t.jsonl", records))] == [None] * 3


def test_tests_are_read_as_seeds_are(tmp_path: Path) -> None:
    """Whatever case the header has, whatever form a talk; no input is none in any words."""
    header = "\ufeff Question ;CATEGORY;Question ID\n"
    table = tmp_path / "t.csv"
    table.write_text(header + "".join(f"{text};Rivers;{n}.0\n" for n, text in enumerate(ASKED)))
    found = read(table)
    assert [(one.id, one.instruction, one.skill) for one in found] == [
        (str(n), text, "Rivers") for n, text in enumerate(ASKED)
    ]
    talks = [{"messages": [{"from": "human", "value": text}]} for text in ASKED]
    assert [one.instruction for one in read(lines(tmp_path / "m.jsonl", talks))] == ASKED
    records = [{"instruction": text, "input": "<NoInput>"} for text in ASKED]
    assert [one.instruction for one in read(lines(tmp_path / "n.jsonl", records))] == ASKED


def test_answers_are_read_as_seeds_are(tmp_path: Path) -> None:
    talks = [
        {
            "conversations": [
                {"role": "user", "content": text},
                {"role": "assistant", "content": 7.0},
            ]
        }
        for text in ASKED
    ]
    assert texts(answered(lines(tmp_path / "a.jsonl", talks), three())) == ["7"] * 3
    records = [{"ID": 81.0 + n, "Output": n} for n in range(3)]
    assert texts(answered(lines(tmp_path / "b.jsonl", records), three())) == ["0", "1", "2"]
