"""Turn a run folder and an id into one row's whole line as text, from its seed on.

Reads the shards between stages and the ledger, so it works while a run is going on too. Rows hold
what strangers and models wrote: nothing of it may steer the terminal. Writes nothing.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from schemas.calls.call import Call
from schemas.documents.run_json import EvolutionRecord, checked
from schemas.errors import BadInput
from schemas.folders.run import SETTLED, RunFolder
from schemas.settings.evolution import RunSettings
from schemas.tables.row import Row, to_rows
from schemas.text import visible
from tasks.buying.bought import calls_in
from tasks.doors.storage import shards
from tasks.runs.saved_pack import saved_stages
from tasks.runs.saved_settings import load_settings

_FEWEST_CHARS = 4
_MOST_NAMED = 5
_CHILD_ID = re.compile(r"(?P<seed>.+)-(?P<epoch>\d{1,9})")
_INDENT = "    "
_RULE = "─" * 72


class _Place(NamedTuple):
    """Where a line begins."""

    seed_id: str
    shard: int | None
    """None for a record that was set aside."""


class _Step(NamedTuple):
    """What a line came to in one epoch."""

    row: Row
    calls: list[Call]


def line_text(folder: RunFolder, row_id: str) -> str:
    """Return one row's line as text for a terminal.

    Args:
        folder: A run, finished or not.
        row_id: Id of a seed, a child or a record set aside, or at least four characters that only
            one of them begins with. A child's line ends with that child.

    Raises:
        BadInput: No row, or more than one, is meant.
        RunFault: This is no run folder.
    """
    epochs = load_settings(folder, RunSettings).epochs
    checked(shards.read_json(folder.run_json), folder.run_json, EvolutionRecord)
    place, last = _find(folder, row_id)
    found = list(_steps(folder, place, epochs if last is None else min(last, epochs)))
    if last is not None and found[-1].row.epoch < last:
        raise BadInput(
            f"id: {visible(row_id)} is not there: the line of {place.seed_id} ends at epoch "
            f"{found[-1].row.epoch} so far; leave the -{last} off to see it"
        )
    return visible("\n".join(line for step in found for line in [*_step_text(step), _RULE]))


def _find(folder: RunFolder, row_id: str) -> tuple[_Place, int | None]:
    """Return where the line begins and, where a child is meant, the epoch at which it ends."""
    places = _matching(folder, row_id)
    child = _CHILD_ID.fullmatch(row_id)
    if not places and child is not None:
        row_id = child["seed"]
        places = _matching(folder, row_id)
        last = int(child["epoch"])
    else:
        last = None
    exact = [place for place in places if place.seed_id == row_id]
    if len(exact or places) == 1:
        return (exact or places)[0], last
    raise BadInput(_no_single_row(folder, row_id, places))


def _no_single_row(folder: RunFolder, row_id: str, places: list[_Place]) -> str:
    shown = visible(row_id)
    if places:
        named = ", ".join(place.seed_id for place in places[:_MOST_NAMED])
        more = ", …" if len(places) > _MOST_NAMED else ""
        return f"id: {len(places)} lines begin with {shown!r}: {named}{more}; give more of it"
    return (
        f"id: {shown!r} is in no line of {folder.root}; give an id from dataset/ or eliminated/, "
        f"or at least its first {_FEWEST_CHARS} characters"
    )


def _matching(folder: RunFolder, start: str) -> list[_Place]:
    """Return the lines whose first id is this or begins with it."""
    files = [(path, int(path.stem.removeprefix("pool-"))) for path in folder.pool_shards(0)]
    aside = [(folder.set_aside(), None)] if folder.set_aside().exists() else []
    is_prefix = len(start) >= _FEWEST_CHARS
    return [
        _Place(one, shard)
        for path, shard in [*files, *aside]
        for one in shards.read_table(path, columns=["id"])["id"].to_pylist()
        if one == start or (is_prefix and one.startswith(start))
    ]


def _steps(folder: RunFolder, place: _Place, last: int) -> Iterator[_Step]:
    """Yield what the line came to, epoch by epoch, as far as it has come."""
    if place.shard is None:
        yield _Step(to_rows(_rows_of(folder.set_aside(), place.seed_id))[0], [])
        return
    for epoch in range(last + 1):
        row = _row_in(folder, place.seed_id, epoch, place.shard)
        if row is None:
            return
        yield _Step(row, list(_calls_for(folder, row, place.shard)))


def _row_in(folder: RunFolder, seed_id: str, epoch: int, shard: int) -> Row | None:
    """Return the line's row from the furthest stage that its shard has come to."""
    # What a shard may have come to, last first.
    steps = (SETTLED, *reversed(saved_stages(folder)))
    paths = [folder.stage_shard(epoch, step, shard) for step in steps]
    if epoch == 0:
        paths.append(folder.pool_shard(epoch, shard))
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        return None
    rows = to_rows(_rows_of(path, seed_id))
    return rows[0] if rows else None


def _rows_of(path: Path, seed_id: str) -> pa.Table:
    table = shards.read_table(path)
    return table.filter(pc.field("seed_id") == seed_id)


def _calls_for(folder: RunFolder, row: Row, shard: int) -> list[Call]:
    """Return what was bought for a row, in the order of buying."""
    return [call for call in calls_in(folder.ledger(row.epoch, shard)) if call.row_id == row.id]


def _step_text(step: _Step) -> Iterator[str]:
    row = step.row
    made_by = " / ".join(part for part in (row.operation, row.input_format) if part)
    yield f"epoch {row.epoch}  {row.id}  {made_by or 'seed'}"
    facts = {
        "verdict": row.reason or "none yet",
        "evidence": row.evidence,
        "error": None if row.error == row.evidence else row.error,
        "attempts": f"{row.attempts} (epochs since its parent was born)" if row.epoch else None,
        "gain": row.gain,
        "model": row.model,
    }
    for name, value in facts.items():
        if value is not None:
            yield f"{name + ':':<10}{' ⏎ '.join(value.splitlines())}"
    for call in step.calls:
        yield f"call:     {_call_text(call)}"
    yield from _block("instruction", row.instruction)
    yield from _block("response", row.response)


def _call_text(call: Call) -> str:
    answer = call.answer
    cost = "price unknown" if answer.cost_usd is None else f"{answer.cost_usd:.6f} USD"
    text = (
        f"{call.stage} by {answer.model}: {answer.prompt_tokens:,} tokens in, "
        f"{answer.completion_tokens:,} out, {cost}, {answer.latency_s:.2f} s, "
        f"attempts {answer.attempts}"
    )
    return text if answer.error is None else f"{text}; failed: {' '.join(answer.error.split())}"


def _block(name: str, text: str | None) -> Iterator[str]:
    """Yield a text whole; set in, so that no line of it can pass for one of ours."""
    if text is None:
        yield f"{name}: none"
        return
    yield f"{name}:"
    yield from (_INDENT + line for line in text.replace("\r\n", "\n").split("\n"))
