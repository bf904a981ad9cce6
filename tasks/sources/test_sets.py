"""Read test sets as items, and files of answers as systems' answers to them.

Knows the shapes that test sets and answers come in: the Evol-Instruct test set, MT-bench and Vicuna
questions and answers, alpaca_eval's model outputs, plain lists.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from schemas.errors import BadInput
from schemas.settings.evaluation import OWN_TESTS, EvaluationSettings, System
from schemas.settings.prediction import PredictionSettings
from schemas.tables.evaluation import Item, SystemAnswer
from schemas.text import normalise, well_formed
from tasks.doors.files.record_files import Unreadable
from tasks.packs.pack import SHIPPED
from tasks.sources.records import all_records

log = logging.getLogger("evolflow.items")

OWN_SET = SHIPPED / "judge" / "test-set.jsonl"
_IDS = ("idx", "question_id", "id")
_INSTRUCTIONS = ("Instruction", "instruction", "prompt", "question", "text", "turns")
_INPUTS = ("input", "context")
# What a file of answers repeats of the tests; `text` is the answer there.
_ASKED = {*_INSTRUCTIONS, *_INPUTS} - {"text", "turns"}
_ANSWERS = ("output", "response", "answer", "completion", "text")
_SKILLS = ("Skill", "skill", "category")
_DIFFICULTIES = ("Difficulty", "difficulty")
_HARDEST = 10


class _Answer(NamedTuple):
    """What a record of a file of answers says."""

    id: str | None
    instruction: str | None
    text: str


def tests_path(settings: EvaluationSettings | PredictionSettings) -> Path:
    """Return where the test set lies."""
    return OWN_SET if settings.tests == OWN_TESTS else Path(settings.tests)


def read_items(settings: EvaluationSettings | PredictionSettings) -> list[Item]:
    """Return the test set, in its order.

    Raises:
        BadInput: It cannot be read, a record is no item, two have one id, or there is none.
    """
    path = tests_path(settings)
    items = items_in(path, "tests", settings.limit)
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise BadInput(f"tests: {path}: two items have the id {item.id!r}; give each its own")
        seen.add(item.id)
    return items


def items_in(path: Path, setting: str, limit: int | None = None) -> list[Item]:
    """Return the items of a file of tests, in its order.

    Args:
        path: The file.
        setting: Which setting named it, for messages.
        limit: The first so many only.

    Raises:
        BadInput: It cannot be read, a record is no item, or there is none.
    """
    items: list[Item] = []
    n_longer = 0
    for number, record in enumerate(islice(all_records(path, setting), limit), start=1):
        items.append(_item(record, len(items), f"{setting}: {path}: record {number}"))
        turns = record.get("turns") if isinstance(record, dict) else None
        n_longer += isinstance(turns, list) and len(turns) > 1
    if not items:
        raise BadInput(f"{setting}: {path} holds no item; give a file with an instruction a record")
    if n_longer:
        log.warning("tests: %d items have further turns; the first one alone is asked", n_longer)
    return items


def read_answers(system: System, items: Sequence[Item]) -> list[SystemAnswer]:
    """Return the answers that a system's file holds, one an item, in the items' order.

    A record belongs to an item by its id, where the file has ids and no instructions, else by its
    instruction, whatever its case and spacing.

    Raises:
        BadInput: The file cannot be read, or answers no item.
    """
    path, setting = Path(system.file or ""), f"systems.{system.name}"
    by_id: dict[str, str] = {}
    by_text: dict[str, list[str]] = {}
    for answer in _answers(path, setting):
        if answer.instruction is not None:
            by_text.setdefault(normalise(answer.instruction), []).append(answer.text)
        elif answer.id is not None:
            by_id[answer.id] = answer.text
    made = [_answer_of(item, by_id, by_text, system) for item in items]
    missing = sum(answer.answer is None for answer in made)
    if missing == len(made):
        raise BadInput(
            f"{setting}: {path} answers none of the {len(made)} tests; give records with the tests' "
            "instruction (or question_id) and an output"
        )
    if missing:
        log.warning("%s: %s has no answer to %d of %d tests", setting, path, missing, len(made))
    return made


def _answer_of(
    item: Item, by_id: Mapping[str, str], by_text: Mapping[str, list[str]], system: System
) -> SystemAnswer:
    """Find an item's answer; where several items have one text, they take theirs in turn."""
    found = by_text.get(normalise(item.instruction))
    text = by_id.get(item.id)
    if found:
        text = found.pop(0) if len(found) > 1 else found[0]
    if text is None or not text.strip():
        why = "no answer in the file" if text is None else "an empty answer in the file"
        return SystemAnswer(item.id, item.position, system.name, None, None, error=why)
    return SystemAnswer(item.id, item.position, system.name, well_formed(text), None)


def _item(record: Any, position: int, where: str) -> Item:
    if isinstance(record, Unreadable):
        raise BadInput(f"{where}: {record.problem}; mend it there")
    if isinstance(record, str):
        record = {"instruction": record}
    if not isinstance(record, dict):
        raise BadInput(f"{where} is no object and no text; give {{'instruction': …}}")
    instruction = _instruction(record)
    if instruction is None or not instruction.strip():
        raise BadInput(f"{where} has no instruction among the fields {sorted(record)[:12]}")
    name = next((record[key] for key in _IDS if record.get(key) is not None), position + 1)
    skill = next((record[key] for key in _SKILLS if record.get(key)), "")
    return Item(
        id=well_formed(str(name)),
        position=position,
        instruction=well_formed(instruction),
        skill=well_formed(str(skill)),
        difficulty=_difficulty(record, where),
    )


def _difficulty(record: Mapping[str, Any], where: str) -> int | None:
    value = next((record[key] for key in _DIFFICULTIES if record.get(key) not in (None, "")), None)
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = 0.0
    if not (1 <= number <= _HARDEST and number == int(number)):
        raise BadInput(f"{where}: difficulty {value!r} is no whole number from 1 to {_HARDEST}")
    return int(number)


def _instruction(record: Mapping[str, Any]) -> str | None:
    """Return instruction and input as one text, as seeds are read."""
    value = next((record[key] for key in _INSTRUCTIONS if record.get(key)), None)
    if isinstance(value, list):
        value = value[0]
    if not isinstance(value, str):
        return None
    given = next((record[key] for key in _INPUTS if record.get(key)), "")
    return f"{value}\n\n{given}" if isinstance(given, str) and given.strip() else value


def _answers(path: Path, setting: str) -> Iterator[_Answer]:
    for number, record in enumerate(all_records(path, setting), start=1):
        where = f"{setting}: {path}: record {number}"
        if isinstance(record, Unreadable):
            raise BadInput(f"{where}: {record.problem}; mend it there")
        if not isinstance(record, dict):
            raise BadInput(f"{where} is no object; give {{'instruction': …, 'output': …}}")
        name = next((str(record[key]) for key in _IDS if record.get(key) is not None), None)
        asked = {key: value for key, value in record.items() if key in _ASKED}
        # No answer keeps its turn: where items have one text, the next one's is not its own.
        yield _Answer(name, _instruction(asked), _text(record) or "")


def _text(record: Mapping[str, Any]) -> str | None:
    """Return a record's answer: MT-bench's first choice and turn, or a field of its own."""
    choices = record.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        turns = choices[0].get("turns")
        found = turns[0] if isinstance(turns, list) and turns else None
    else:
        found = next((record[key] for key in _ANSWERS if record.get(key) is not None), None)
    return found if isinstance(found, str) else None
