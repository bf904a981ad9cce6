"""Find instruction, input, response and the rest in a record of any known shape: one table for all.

Seeds, tests, systems' answers and prompts are all read here. Turns a record into its parts, and keeps
what was taken for what, so that it can be said once. Knows no file, and no use of a record.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from tasks.sources.talks import Talk, Turn, answer_of, talk_of, turns_in
from tasks.sources.values import NotText, answers_nothing, is_nothing, plain, says_nothing, text_of

_INSTRUCTIONS = ("instruction", "prompt", "question", "query", "problem")
_INPUTS = ("input", "context")
_RESPONSES = ("output", "response", "answer", "completion", "best_answer", "solution", "target")
# The talk comes first: a plain field beside it is of one of its turns as a rule.
_TALKS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "turns")
_QUESTIONS = "turns"
"""A list of texts there is MT-bench's: questions alone, not said by turns."""
_MOST_SAID = 4


class Named(Protocol):
    """Fields that a user named; None where they shall be found."""

    @property
    def instruction_field(self) -> str | None:
        """Holds the instruction."""

    @property
    def input_field(self) -> str | None:
        """Holds the input."""

    @property
    def response_field(self) -> str | None:
        """Holds the response."""


class Found(NamedTuple):
    """No field is named: all are looked for by their usual names."""

    instruction_field: str | None = None
    input_field: str | None = None
    response_field: str | None = None


class Parts(NamedTuple):
    """What a record says."""

    instruction: str
    """Instruction and input as one text; empty where there is none."""
    response: str | None
    extra: dict[str, object]
    """All that was not used, as JSON has it."""


class Absent(ValueError):
    """A record has no instruction; the message names the fields that it has."""


class Heard:
    """What was taken for what while a file was read, counted."""

    def __init__(self) -> None:
        self._fields: Counter[str] = Counter()
        self._words: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()

    def fields(self, taken: str) -> None:
        """Count a record by what its parts were taken from."""
        self._fields[taken] += 1

    def nothing(self, part: str, words: str) -> None:
        """Count words that were taken for no value."""
        self._words[f"{part} {words[:40]!r}"] += 1

    def fault(self, problem: str) -> None:
        """Count a response that is no text: its instruction is used all the same."""
        self._faults[problem] += 1

    def lines(self) -> Iterator[str]:
        """Yield what is to be said, a line a matter; nothing where there was nothing."""
        if self._fields:
            yield f"read as {_counted(self._fields, '; ')}"
        if self._words:
            yield f"taken for no value: {_counted(self._words, ', ')}"
        if self._faults:
            yield f"responses left out because they are no text: {_counted(self._faults, ', ')}"


def _counted(found: Counter[str], between: str) -> str:
    shown = [f"{what} ({n:,})" for what, n in found.most_common(_MOST_SAID)]
    more = len(found) - _MOST_SAID
    return between.join([*shown, *([f"{more:,} more"] if more > 0 else [])])


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """Return a field's name without case, blanks and marks: `Best Answer` is `best_answer`."""
    return "_".join(name.strip("\ufeff \t\r\n").casefold().replace("-", " ").split())


def key_of(record: Mapping[Any, Any], names: Sequence[str]) -> str | None:
    """Return the field of a record that has the first of some plain names; None if none has."""
    there = _named(record)
    return next((there[name] for name in names if name in there), None)


def _named(record: Mapping[Any, Any]) -> dict[str, str]:
    """Return a record's fields by their plain names; of two with one, the first."""
    return {plain_name(key): key for key in reversed(list(record)) if isinstance(key, str)}


def is_record(value: Mapping[Any, Any]) -> bool:
    """Tell whether an object has a field by which it is a record itself."""
    return key_of(value, (*_INSTRUCTIONS, *_TALKS, "input", "text")) is not None


def parts_of(
    record: Mapping[str, Any],
    named: Named = Found(),  # noqa: B008 (it is a tuple)
    heard: Heard | None = None,
    *,
    last: Sequence[str] = ("input",),
) -> Parts:
    """Find instruction, input and response in a record.

    Args:
        record: Alpaca, Dolly, self-instruct, messages or conversations in any spelling, TRL's prompts,
            plain questions; a field that the user named wins.
        named: Fields that the user named.
        heard: Is told what was taken for what.
        last: Plain names of fields that hold the instruction where no better one is there.

    Raises:
        Absent: There is no instruction.
        NotText: It is no text.
    """
    found = _talk_in(record) if named.instruction_field is None else None
    reading = _from_talk(record, *found) if found else None
    if reading is None or not reading.instruction:
        plainly = _from_fields(record, named, last, is_talk=found is not None)
        reading = plainly if plainly is not None else reading
    if reading is None:
        raise Absent(_why_absent(record, found_talk=key_of(record, _TALKS)))
    return reading.parts(record, heard)


class _Reading(NamedTuple):
    """Where a record's parts are, and what stands there."""

    instruction: str
    given: str
    answered: Any
    used: tuple[str, ...]
    taken: str
    more: Mapping[str, object]

    def parts(self, record: Mapping[str, Any], heard: Heard | None) -> Parts:
        """Return them as text."""
        heard = heard or Heard()
        heard.fields(self.taken)
        instruction = "" if says_nothing(self.instruction) else self.instruction
        extra = {key: plain(value) for key, value in record.items() if key not in self.used}
        return Parts(
            _joined(instruction, self.given, heard),
            _response(self.answered, heard),
            extra | {name: plain(value) for name, value in self.more.items()},
        )


def _joined(instruction: str, given: str, heard: Heard) -> str:
    if given and says_nothing(given):
        heard.nothing("input", given)
        given = ""
    return f"{instruction}\n\n{given}" if instruction and given else instruction


def _response(answered: Any, heard: Heard) -> str | None:
    try:
        text = text_of(answered)
    except NotText as e:
        heard.fault(str(e))
        return None
    if text and answers_nothing(text):
        heard.nothing("response", text)
        return None
    return text or None


def _talk_in(record: Mapping[str, Any]) -> tuple[str, list[Turn]] | None:
    """Return the first field that holds a talk, and its turns."""
    there = _named(record)
    for name in _TALKS:
        key = there.get(name)
        turns = turns_in(record[key], may_be_texts=name != _QUESTIONS) if key else None
        if key and turns:
            return key, turns
    return None


def _from_talk(record: Mapping[str, Any], key: str, turns: list[Turn]) -> _Reading | None:
    talk = talk_of(turns)
    if talk is None:
        return None
    more = {} if is_nothing(talk.system) else {"system": talk.system}
    taken = f"first question and answer of {key!r}"
    return _Reading(_instruction(talk.asked), "", talk.answered, (key,), taken, more)


def _from_fields(
    record: Mapping[str, Any], named: Named, last: Sequence[str], *, is_talk: bool
) -> _Reading | None:
    at = _instruction_key(record, named, () if is_talk else last)
    if at is None:
        return None
    source, instances = _source(record)
    given_at = _key(source, named.input_field, [n for n in _INPUTS if plain_name(at) != n])
    given_at = None if source is record and given_at == at else given_at
    answer_at = _key(source, named.response_field, _RESPONSES)
    used = (at, *instances) + ((given_at, answer_at) if source is record else ())
    asked = _asked(record[at], is_questions=plain_name(at) == _QUESTIONS)
    answered = source[answer_at] if answer_at is not None else None
    talk_answer = turns_in(answered) if isinstance(answered, list) else None
    if talk_answer:
        answered = answer_of(talk_answer)
    if asked.answered is not None and is_nothing(answered):
        answered = asked.answered
    taken = ", ".join(
        f"{part} {key!r}"
        for part, key in (("instruction", at), ("input", given_at), ("response", answer_at))
        if key is not None
    )
    return _Reading(
        _instruction(asked.asked),
        text_of(source[given_at]) if given_at is not None else "",
        answered,
        tuple(key for key in used if key is not None),
        taken,
        {} if is_nothing(asked.system) else {"system": asked.system},
    )


def _instruction_key(record: Mapping[str, Any], named: Named, last: Sequence[str]) -> str | None:
    if named.instruction_field is not None:
        return _key(record, named.instruction_field, ())
    named_so = _named(record)
    names = (*_INSTRUCTIONS, _QUESTIONS, *last)
    there = [named_so[name] for name in names if name in named_so]
    # An empty field does not hide a full one.
    return next((key for key in there if not is_nothing(record[key])), next(iter(there), None))


def _source(record: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return where input and response stand: self-instruct has them in a list of instances."""
    instances = record.get("instances")
    if not isinstance(instances, list) or not instances:
        return record, ()
    first = instances[0] if isinstance(instances[0], dict) else {}
    # Those that are not used are kept.
    return first, ("instances",) if len(instances) == 1 else ()


def _asked(value: Any, *, is_questions: bool) -> Talk:
    """Return what a field asks: a text, the first of several questions, or a talk's first."""
    turns = turns_in(value)
    talk = talk_of(turns) if turns else None
    if talk is not None:
        return talk
    is_list = is_questions and isinstance(value, list) and len(value) > 0
    return Talk(value[0] if is_list else value, None, None)


def _instruction(value: Any) -> str:
    if isinstance(value, bool | int | float) and not is_nothing(value):
        # A number in its place is a slip of columns, not a question.
        raise NotText(f"{type(value).__name__} where text belongs")
    return text_of(value)


def _key(record: Mapping[str, Any], named: str | None, names: Sequence[str]) -> str | None:
    if named is None:
        return key_of(record, names)
    return named if named in record else key_of(record, (plain_name(named),))


def _why_absent(record: Mapping[str, Any], found_talk: str | None) -> str:
    fields = sorted(map(str, record))[:12]
    if found_talk is not None:
        return f"no user turn in {found_talk}, and no instruction among the fields {fields}"
    return f"no instruction among the fields {fields}"
