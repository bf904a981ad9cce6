"""Read a seed file's records as rows: usable seeds, and unusable ones with their reason.

Knows the shapes that instruction data comes in. Every record of the file becomes exactly one row.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from schemas.errors import BadInput
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.tables.row import Row
from schemas.text import normalise
from tasks.doors.files.record_files import Unreadable
from tasks.packs.pack import load_pack, stages_of
from tasks.sources.records import records

_INSTRUCTION_FIELDS = ("instruction", "prompt", "question")
_INPUT_FIELDS = ("input", "context")
_RESPONSE_FIELDS = ("output", "response", "answer", "completion")
# Alpaca-like files write these where there is no input.
_NO_INPUT = {"", "<noinput>", "noinput", "none", "n/a"}
_HUMAN = {"human", "user", "prompter"}
_ASSISTANT = {"gpt", "assistant", "chatgpt", "bot", "model"}
_QUOTED_CHARS = 200
_MOST_TASKS = 1_000
_FEWEST_SHARD_ROWS = 256
_USUAL_SHARD_ROWS = 512
_SHARDS_TO_OVERLAP = 4


class Parts(NamedTuple):
    """What a record says."""

    instruction: str
    """Instruction and input as one text."""
    response: str | None
    extra: dict[str, object]


class Unusable(Exception):
    """This record is no seed."""

    def __init__(self, reason: Reason, evidence: str) -> None:
        super().__init__(evidence)
        self.reason = reason
        self.evidence = evidence


def read_seeds(settings: RunSettings) -> Iterator[Row]:
    """Yield every record of the seed file as a row, in file order; unusable ones have a reason.

    Raises:
        BadInput: The file cannot be read at all, or the pack cannot.
    """
    fields = load_pack(settings.pack).fields
    seen: dict[str, int] = {}
    position = 0
    for number, record in enumerate(
        islice(records(settings.seeds, "seeds"), settings.limit), start=1
    ):
        try:
            row = _seed(record, position, settings, fields)
            first = seen.setdefault(_digest(normalise(row.instruction)), number)
            if first != number:
                raise Unusable(Reason.SEED_DUPLICATE, f"the same text as record {first}")
        except Unusable as e:
            yield _set_aside(number, record, position, e)
        else:
            position += 1
            yield row


def count_usable(settings: RunSettings) -> int:
    """Return how many seeds can be used.

    Raises:
        BadInput: None can, or the file cannot be read.
    """
    _require_named_fields(settings)
    reasons = Counter(row.reason for row in read_seeds(settings))
    if reasons[None] == 0:
        why = ", ".join(f"{n} {reason}" for reason, n in reasons.items()) or "it is empty"
        raise BadInput(f"seeds: {settings.seeds} holds no usable seed ({why}); look at its fields")
    return reasons[None]


def _require_named_fields(settings: RunSettings) -> None:
    """A mistyped name would pass in silence, and every response be bought anew."""
    names = ("instruction_field", "input_field", "response_field")
    named = {name: field for name in names if (field := getattr(settings, name)) is not None}
    if not named:
        return
    found: set[str] = set()
    for record in islice(records(settings.seeds, "seeds"), settings.limit):
        instances = record.get("instances") if isinstance(record, dict) else None
        for part in (record, *(instances if isinstance(instances, list) else ())):
            found.update(part if isinstance(part, dict) else ())
    for name, field in named.items():
        if field not in found:
            known = sorted(map(str, found))[:12]
            raise BadInput(f"{name}: no record has a field {field!r}; the fields are {known}")


def shard_rows(settings: RunSettings, n_seeds: int) -> int:
    """Return how many rows a shard holds.

    Few shards, because each costs tasks and examinations; some, so that one is judged while others'
    calls are out; and never so many that a run has more than about 1,000 tasks.
    """
    if settings.shard_rows is not None:
        return settings.shard_rows
    # Besides a shard's stages: advance, publish and exhibit an epoch; seed, finish and report.
    others = 3 * (settings.epochs + 1) + 3
    most_shards = max(1, (_MOST_TASKS - others) // tasks_a_shard(settings))
    overlapping = min(_USUAL_SHARD_ROWS, n_seeds // _SHARDS_TO_OVERLAP)
    return max(_FEWEST_SHARD_ROWS, overlapping, -(-n_seeds // most_shards))


def tasks_a_shard(settings: RunSettings) -> int:
    """Return how many Prefect tasks each shard costs in a run: its stages, in all epochs."""
    stages = stages_of(load_pack(settings.pack))
    return len(stages) * settings.epochs + sum(stage.traits.is_for_seeds for stage in stages)


def parts_of(record: Mapping[str, Any], settings: RunSettings) -> Parts:
    """Find instruction, input and response in a record.

    Shapes known: Alpaca, Dolly, self-instruct, OpenAI messages, ShareGPT conversations (first turn
    pair), plain prompt or question; fields named in the settings win.

    Raises:
        Unusable: There is no instruction, or it is no text.
    """
    for field, roles in (("messages", ("role", "content")), ("conversations", ("from", "value"))):
        if settings.instruction_field is None and isinstance(record.get(field), list):
            return _from_turns(record, field, *roles)
    instruction_key = _key(record, settings.instruction_field, _INSTRUCTION_FIELDS)
    if instruction_key is None:
        raise Unusable(Reason.SEED_EMPTY, f"no instruction among the fields {sorted(record)[:12]}")
    used = {instruction_key}
    source = record
    if isinstance(record.get("instances"), list) and record["instances"]:
        if len(record["instances"]) == 1:
            used.add("instances")
        first = record["instances"][0]
        source = first if isinstance(first, dict) else {}
    input_key = _key(source, settings.input_field, _INPUT_FIELDS)
    response_key = _key(source, settings.response_field, _RESPONSE_FIELDS)
    used |= {key for key in (input_key, response_key) if key is not None and source is record}
    return Parts(
        _join(_text(record[instruction_key]), _text(source[input_key]) if input_key else ""),
        _text(source[response_key]) or None if response_key else None,
        {key: value for key, value in record.items() if key not in used},
    )


def _from_turns(record: Mapping[str, Any], field: str, role: str, content: str) -> Parts:
    turns = [turn for turn in record[field] if isinstance(turn, dict)]
    asked = next((n for n, turn in enumerate(turns) if _speaks(turn, role, _HUMAN)), None)
    if asked is None:
        raise Unusable(Reason.SEED_EMPTY, f"no user turn in {field}")
    rest = turns[asked + 1 :]
    answer = rest[0].get(content) if rest and _speaks(rest[0], role, _ASSISTANT) else None
    extra = {key: value for key, value in record.items() if key != field}
    before = [turn for turn in turns[:asked] if turn.get(role) == "system"]
    if before:
        extra["system"] = before[0].get(content)
    response = _text(answer) if answer is not None else ""
    return Parts(_text(turns[asked].get(content)), response or None, extra)


def _speaks(turn: Mapping[str, Any], role: str, names: set[str]) -> bool:
    # Foreign files put anything here; a list cannot be looked up in a set.
    return isinstance(turn.get(role), str) and turn[role] in names


def _key(record: Mapping[str, Any], named: str | None, known: tuple[str, ...]) -> str | None:
    if named is not None:
        return named if named in record else None
    lower = {key.casefold(): key for key in reversed(list(record)) if isinstance(key, str)}
    return next((lower[key] for key in known if key in lower), None)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(_is_text_part(part) for part in value):
        value = "\n".join(part["text"] for part in value)
    if not isinstance(value, str):
        raise Unusable(Reason.SEED_NOT_TEXT, f"{type(value).__name__} where text belongs")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as e:
        raise Unusable(Reason.SEED_NOT_TEXT, f"half a character at {e.start}") from e
    if "\0" in value:
        raise Unusable(Reason.SEED_NOT_TEXT, "a NUL character")
    return value.strip()


def _is_text_part(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def _join(instruction: str, given: str) -> str:
    if given.casefold() in _NO_INPUT or not instruction:
        return instruction
    return f"{instruction}\n\n{given}"


def _seed(record: Any, position: int, settings: RunSettings, fields: Sequence[str]) -> Row:
    if isinstance(record, Unreadable):
        raise Unusable(Reason.SEED_NOT_TEXT, record.problem)
    if isinstance(record, str):
        record = {"instruction": record}
    if not isinstance(record, dict):
        raise Unusable(Reason.SEED_NOT_TEXT, f"{type(record).__name__} where an object belongs")
    parts = parts_of(record, settings)
    if lacking := [name for name in fields if parts.extra.get(name) is None]:
        raise Unusable(Reason.SEED_EMPTY, f"no {lacking[0]!r}, which the pack's prompts show")
    if not parts.instruction:
        raise Unusable(Reason.SEED_EMPTY, "an empty instruction")
    if len(parts.instruction) > settings.seed_max_chars:
        evidence = f"{len(parts.instruction)} characters, more than {settings.seed_max_chars}"
        raise Unusable(Reason.SEED_TOO_LONG, evidence)
    seed_id = _digest(parts.instruction)[:16]
    return Row(
        id=seed_id,
        seed_id=seed_id,
        position=position,
        epoch=0,
        instruction=parts.instruction,
        response=None if settings.seed_responses in ("all", "none") else parts.response,
        extra=json.dumps(parts.extra, sort_keys=True, default=str) if parts.extra else None,
    )


def _set_aside(number: int, record: Any, position: int, e: Unusable) -> Row:
    row_id = f"record-{number}"
    return Row(
        id=row_id,
        seed_id=row_id,
        position=position,
        epoch=0,
        instruction=_quote(record),
        reason=e.reason.value,
        evidence=f"record {number}: {e.evidence}",
    )


def _quote(record: Any) -> str:
    if isinstance(record, Unreadable):
        return record.line[:_QUOTED_CHARS]
    return json.dumps(record, default=str)[:_QUOTED_CHARS]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
