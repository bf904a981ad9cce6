"""Read a seed file's records as rows: usable seeds, and unusable ones with their reason.

Every record of the file becomes exactly one row. What a record says is told by the one table of shapes.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from schemas.errors import BadInput
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.tables.row import Row
from schemas.text import normalise
from tasks.doors.files.text_files import Unreadable
from tasks.packs.pack import load_pack, stages_of
from tasks.sources.records import records
from tasks.sources.shapes import Absent, Heard, Parts, parts_of, plain_name
from tasks.sources.talks import turns_in
from tasks.sources.values import NotText

_QUOTED_CHARS = 200
_MOST_TASKS = 1_000
_FEWEST_SHARD_ROWS = 256
_USUAL_SHARD_ROWS = 512
_SHARDS_TO_OVERLAP = 4


class Unusable(Exception):
    """This record is no seed."""

    def __init__(self, reason: Reason, evidence: str) -> None:
        super().__init__(evidence)
        self.reason = reason
        self.evidence = evidence


def read_seeds(settings: RunSettings, heard: Heard | None = None) -> Iterator[Row]:
    """Yield every record of the seed file as a row, in file order; unusable ones have a reason.

    Args:
        settings: The file, and the fields that are named.
        heard: Is told what was taken for what.

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
            row = _seed(record, position, settings, fields, heard)
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
    reasons: Counter[str | None] = Counter()
    first: Row | None = None
    for row in read_seeds(settings):
        reasons[row.reason] += 1
        first = first or row
    if first is None:
        raise BadInput(f"seeds: {settings.seeds} is empty; it needs at least one record")
    if reasons[None] == 0:
        why = ", ".join(f"{n} {reason}" for reason, n in reasons.items())
        raise BadInput(
            f"seeds: {settings.seeds} holds no usable seed ({why}; {first.evidence}); mend it, or name "
            "the field with --instruction-field"
        )
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
        if field not in found and plain_name(field) not in map(plain_name, map(str, found)):
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


def _seed(
    record: Any, position: int, settings: RunSettings, fields: Sequence[str], heard: Heard | None
) -> Row:
    if isinstance(record, Unreadable):
        raise Unusable(Reason.SEED_NOT_TEXT, record.problem)
    if isinstance(record, str):
        record = {"instruction": record}
    if turns_in(record):
        record = {"messages": record}
    if not isinstance(record, dict):
        raise Unusable(Reason.SEED_NOT_TEXT, f"{type(record).__name__} where an object belongs")
    parts = _parts(record, settings, heard)
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


def _parts(record: dict[str, Any], settings: RunSettings, heard: Heard | None) -> Parts:
    try:
        return parts_of(record, settings, heard)
    except Absent as e:
        raise Unusable(Reason.SEED_EMPTY, str(e)) from None
    except NotText as e:
        raise Unusable(Reason.SEED_NOT_TEXT, str(e)) from None


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
    try:
        return json.dumps(record, default=str)[:_QUOTED_CHARS]
    except RecursionError:
        return f"{type(record).__name__} nested too deeply to be shown"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
