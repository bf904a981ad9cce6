"""Shapes: a record says the same whatever way it is written in; what says nothing is no input."""

import json
from typing import Any

import pytest

from tasks.sources.shapes import Absent, Found, Heard, Parts, parts_of
from tasks.sources.talks import talk_of, turns_in

ASKED, SAID = "Name a rope.", "A sheet."
TURNS = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}]
SHAREGPT = [{"from": "human", "value": ASKED}, {"from": "gpt", "value": SAID}]
COLUMNS = {"role": ["user", "assistant"], "content": [ASKED, SAID]}

TALKS: list[Any] = [
    TURNS,
    SHAREGPT,
    COLUMNS,
    {"from": ["human", "gpt"], "value": [ASKED, SAID]},
    json.dumps(TURNS),
    f" {json.dumps(SHAREGPT, indent=1)}",
    repr(TURNS),
    [{"speaker": "USER:", "text": ASKED}, {"speaker": "<|assistant|>", "text": SAID}],
    [{"Role": "Human", "Content": ASKED}, {"Role": "AI", "Content": SAID}],
    [{"from": "Anna", "value": ASKED}, {"from": "Bo", "value": SAID}],
    [{"from": "user", "value": ASKED}, {"from": "claude-3-opus", "value": SAID}],
    [{"user": ASKED, "assistant": SAID}],
    [{"human": ASKED, "gpt": SAID}, {"human": "More.", "gpt": "No."}],
    [{"role": "system", "content": None}, *TURNS],
    [{"role": "user", "content": [{"type": "text", "text": ASKED}]}, TURNS[1]],
    [{"from": "gpt", "value": "Hello."}, *SHAREGPT],
]


@pytest.mark.parametrize("talk", TALKS)
@pytest.mark.parametrize("field", ["messages", "conversations", "Conversation", "dialog", "prompt"])
def test_a_talk_is_read_whatever_its_spelling(talk: Any, field: str) -> None:
    assert parts_of({field: talk, "id": 7}) == Parts(ASKED, SAID, {"id": 7})


@pytest.mark.parametrize(
    "empty",
    [[], None, "", "[]", {}, {"role": [], "content": []}, [{"role": "user", "content": ""}],
     [{"role": "system", "content": "x"}]],
)  # fmt: skip
def test_empty_messages_do_not_hide_a_prompt_beside_them(empty: Any) -> None:
    parts = parts_of({"messages": empty, "prompt": ASKED, "response": SAID})
    assert (parts.instruction, parts.response) == (ASKED, SAID)


def test_a_prompt_of_messages_takes_its_answer_from_the_completion() -> None:
    system = {"role": "system", "content": "Be brief."}
    record = {"prompt": [system, TURNS[0]], "completion": [TURNS[1]]}
    assert parts_of(record) == Parts(ASKED, SAID, {"system": "Be brief."})
    assert parts_of({"prompt": [TURNS[0]], "completion": SAID}).response == SAID


def test_bare_texts_are_said_by_turns_but_questions_are_not() -> None:
    assert parts_of({"dialog": [ASKED, SAID, "More?"]}) == Parts(ASKED, SAID, {})
    assert parts_of({"turns": [ASKED, "And then?"]}) == Parts(ASKED, None, {})


@pytest.mark.parametrize(
    "name", ["Instruction", " INSTRUCTION ", "\ufeffinstruction", "Question", "query"]
)
def test_a_field_is_found_whatever_its_case_and_blanks(name: str) -> None:
    assert parts_of({name: ASKED, "Best Answer": SAID}) == Parts(ASKED, SAID, {})


def test_an_input_alone_is_the_instruction_once() -> None:
    record = {"input": ASKED, "output": SAID}
    assert parts_of(record) == Parts(ASKED, SAID, {})
    for name in ("input", "Input", "INPUT "):
        assert parts_of(record, Found(instruction_field=name)) == Parts(ASKED, SAID, {})
    both = {"instruction": "", "input": ASKED}
    assert parts_of(both).instruction == ASKED


@pytest.mark.parametrize(
    "words",
    ["No input", "<no input>", "no_input", "[No-Input]", "No input required.", "<noinput>",
     "No additional input is needed", "There is no input.", "Input not required", "Not applicable",
     "No input provided for this task", "NaN", "nan", "null", "NULL", "NA", "N/A", "n.a.", "#N/A",
     "<NA>", "None", "none.", "(none)", "-", "—", "<empty>", "[blank]",
     "无", "无。", "无输入", "没有输入", "无需额外输入", "入力なし", "なし", "없음",
     "Keine Eingabe erforderlich", "Aucune entrée", "Sin entrada", "Nenhuma entrada",
     "Nessun input", "Нет ввода", "Geen invoer nodig", None, float("nan"), "", "  "],
)  # fmt: skip
def test_no_input_in_any_words_is_no_input(words: Any) -> None:
    record = {"instruction": ASKED, "input": words, "output": SAID}
    assert parts_of(record) == Parts(ASKED, SAID, {})


@pytest.mark.parametrize(
    "given",
    ["No", "0", "No input device was found.", "none of the above", "[1, 2]", "{[]}", "empty",
     "Nan's bread", "a null pointer", "无人机", "(x)", "<b>none</b> left", "input", "false", "N",
     "missing"],
)  # fmt: skip
def test_an_input_that_says_something_stays(given: str) -> None:
    assert parts_of({"instruction": ASKED, "input": given}).instruction == f"{ASKED}\n\n{given}"


@pytest.mark.parametrize(
    "answer", ["None", "null", "N/A", "NA", "无", "-", "No input", "NaN", "No."]
)
def test_a_word_that_may_be_the_answer_stays_a_response(answer: str) -> None:
    kept = None if answer == "No input" else answer
    assert parts_of({"instruction": ASKED, "output": answer}).response == kept


def test_numbers_and_truths_are_text_in_an_input() -> None:
    for value, text in ((8, "8"), (8.0, "8"), (True, "true"), (0.5, "0.5"), (["a", 2], "a\n2")):
        assert parts_of({"instruction": ASKED, "input": value}).instruction == f"{ASKED}\n\n{text}"


def test_a_record_without_an_instruction_names_its_fields() -> None:
    with pytest.raises(Absent, match=r"no instruction among the fields \['text', 'x'\]"):
        parts_of({"x": 1, "text": "a"})
    with pytest.raises(Absent, match="no user turn in messages"):
        parts_of({"messages": [{"role": "assistant", "content": "Hi"}]})


def test_what_was_heard_is_cut_after_the_commonest() -> None:
    heard = Heard()
    for n in range(9):
        heard.nothing("input", f"none {n}")
    assert list(heard.lines()) == [
        "taken for no value: input 'none 0' (1), input 'none 1' (1), input 'none 2' (1), "
        "input 'none 3' (1), 5 more"
    ]


def test_tools_and_systems_neither_ask_nor_answer() -> None:
    turns = turns_in([{"role": "tool", "content": "x"}, {"role": "function_call", "content": "y"}])
    assert turns is not None and talk_of(turns) is None
