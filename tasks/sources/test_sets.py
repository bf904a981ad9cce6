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
from tasks.doors.files.text_files import Unreadable
from tasks.packs.pack import SHIPPED
from tasks.sources.records import all_records
from tasks.sources.shapes import Absent, Found, Heard, key_of, parts_of
from tasks.sources.talks import turns_in
from tasks.sources.values import NotText, answers_nothing, id_of, is_nothing, text_of

log = logging.getLogger("evolflow.items")

OWN_SET = SHIPPED / "judge" / "test-set.jsonl"
_IDS = ("idx", "question_id", "id")
# Where a test has no better field; in a file of answers `text` is the answer.
_LAST = ("text", "input")
_ANSWERS = ("output", "response", "answer", "completion", "text", "prediction", "generation")
_SKILLS = ("skill", "category")
_DIFFICULTIES = ("difficulty",)
_HARDEST = 10


class _Answer(NamedTuple):
    """What a record of a file of answers says."""

    id: str | None
    instruction: str | None
    text: str


def tests_path(settings: EvaluationSettings | PredictionSettings) -> Path:
    """Return where the test set lies."""
    return OWN_SET if settings.tests == OWN_TESTS else Path(settings.tests)


def read_items(
    settings: EvaluationSettings | PredictionSettings, *, is_said: bool = True
) -> list[Item]:
    """Return the test set, in its order.

    Args:
        settings: Which, and how many of it.
        is_said: Whether it is told what was taken for what: once a run.

    Raises:
        BadInput: It cannot be read, a record is no item, two have one id, or there is none.
    """
    path = tests_path(settings)
    items = items_in(path, "tests", settings.limit, is_said=is_said)
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise BadInput(f"tests: {path}: two items have the id {item.id!r}; give each its own")
        seen.add(item.id)
    return items


def items_in(
    path: Path, setting: str, limit: int | None = None, *, is_said: bool = True
) -> list[Item]:
    """Return the items of a file of tests, in its order.

    Args:
        path: The file.
        setting: Which setting named it, for messages.
        limit: The first so many only.
        is_said: Whether it is told what was taken for what.

    Raises:
        BadInput: It cannot be read, a record is no item, or there is none.
    """
    items: list[Item] = []
    heard = Heard()
    n_longer = 0
    for number, record in enumerate(islice(all_records(path, setting), limit), start=1):
        items.append(_item(record, len(items), f"{setting}: {path}: record {number}", heard))
        turns = record.get("turns") if isinstance(record, dict) else None
        n_longer += isinstance(turns, list) and len(turns) > 1
    if not items:
        raise BadInput(f"{setting}: {path} holds no item; give a file with an instruction a record")
    for line in heard.lines() if is_said else ():
        log.info("%s: %s", setting, line)
    if n_longer and is_said:
        log.warning("tests: %d items have further turns; the first one alone is asked", n_longer)
    return items


def read_answers(
    system: System, items: Sequence[Item], *, is_said: bool = True
) -> list[SystemAnswer]:
    """Return the answers that a system's file holds, one an item, in the items' order.

    A record belongs to an item by its id, where the file has ids and no instructions, else by its
    instruction, whatever its case and spacing.

    Args:
        system: Whose file.
        items: The tests.
        is_said: Whether it is told what was taken for what, and what is missing.

    Raises:
        BadInput: The file cannot be read, or answers no item.
    """
    path, setting = Path(system.file or ""), f"systems.{system.name}"
    by_id: dict[str, str] = {}
    by_text: dict[str, list[str]] = {}
    for answer in _answers(path, setting, is_said=is_said):
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
    if missing and is_said:
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


def _item(record: Any, position: int, where: str, heard: Heard) -> Item:
    if isinstance(record, Unreadable):
        raise BadInput(f"{where}: {record.problem}; mend it there")
    if isinstance(record, str):
        record = {"instruction": record}
    if turns_in(record):
        record = {"messages": record}
    if not isinstance(record, dict):
        raise BadInput(f"{where} is no object and no text; give {{'instruction': …}}")
    return Item(
        id=well_formed(_first(record, _IDS) or str(position + 1)),
        position=position,
        instruction=_instruction(record, where, heard),
        skill=well_formed(_first(record, _SKILLS) or ""),
        difficulty=_difficulty(record, where, heard),
    )


def _instruction(record: Mapping[str, Any], where: str, heard: Heard) -> str:
    """Return instruction and input as one text, as seeds are read."""
    try:
        found = parts_of(record, Found(), heard, last=_LAST).instruction
    except (Absent, NotText) as e:
        raise BadInput(f"{where} has {_no(e)}; mend it there") from None
    if not found:
        raise BadInput(f"{where} has no instruction among the fields {sorted(record)[:12]}")
    return found


def _no(e: ValueError) -> str:
    said = str(e)
    return said if said.startswith("no ") else f"no instruction that is text ({said})"


def _first(record: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """Return the first of some fields that says something, as text."""
    keys = [key for name in names if (key := key_of(record, (name,))) is not None]
    return next((text for key in keys if (text := id_of(record[key])) is not None), None)


def _difficulty(record: Mapping[str, Any], where: str, heard: Heard) -> int | None:
    key = key_of(record, _DIFFICULTIES)
    if key is None or is_nothing(record[key]):
        return None
    value = record[key]
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        if isinstance(value, str):
            # In words it is no place on a scale from 1 to 10.
            heard.nothing("difficulty", value)
            return None
        number = 0.0
    if not (1 <= number <= _HARDEST and number == int(number)):
        raise BadInput(f"{where}: difficulty {value!r} is no whole number from 1 to {_HARDEST}")
    return int(number)


def _answers(path: Path, setting: str, *, is_said: bool) -> Iterator[_Answer]:
    heard = Heard()
    for number, record in enumerate(all_records(path, setting), start=1):
        where = f"{setting}: {path}: record {number}"
        if isinstance(record, Unreadable):
            raise BadInput(f"{where}: {record.problem}; mend it there")
        if turns_in(record):
            record = {"messages": record}
        if not isinstance(record, dict):
            raise BadInput(f"{where} is no object; give {{'instruction': …, 'output': …}}")
        # No answer keeps its turn: where items have one text, the next one's is not its own.
        yield _answer(record, heard)
    for line in heard.lines() if is_said else ():
        log.info("%s: %s", setting, line)


def _answer(record: Mapping[str, Any], heard: Heard) -> _Answer:
    """Return a record's answer: MT-bench's first choice and turn, or as seeds have it."""
    name = _first(record, _IDS)
    choices = record.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        turns = choices[0].get("turns")
        return _Answer(name, None, _text(turns[0] if isinstance(turns, list) and turns else None))
    try:
        parts = parts_of(record, Found(), heard)
    except (Absent, NotText):
        key = key_of(record, _ANSWERS)
        return _Answer(name, None, _text(None if key is None else record[key]))
    if parts.response is None and (key := key_of(record, _ANSWERS)) is not None:
        return _Answer(name, parts.instruction or None, _text(record[key]))
    return _Answer(name, parts.instruction or None, parts.response or "")


def _text(value: Any) -> str:
    try:
        text = text_of(value)
    except NotText:
        return ""
    return "" if answers_nothing(text) else text
