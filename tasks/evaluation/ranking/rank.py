"""Let people rank a run's answers: what is shown, the desk that keeps votes, votes in files.

Turns an evaluation folder into a desk, its votes into CSV, Parquet or Label Studio tasks, and these
into votes. Knows nothing of pages and of requests.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from pydantic import ValidationError

from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder, EvaluationTable
from schemas.tables.evaluation import NULL_MODEL, Item, SystemAnswer, answers_of, items_of
from schemas.tables.vote import VOTES, Ranking, Style, Vote, rows_of, votes_of
from tasks.doors.files import ranking_files
from tasks.doors.files.parquet_records import parquet_records
from tasks.doors.files.text_files import Unreadable, opened_text, require_file
from tasks.doors.storage import folders, ledger, lock, shards
from tasks.evaluation.ranking import label_studio
from tasks.evaluation.ranking.desk import Shown, VotingDesk
from tasks.evaluation.ranking.votes import append, digest, read_votes, reason_of
from tasks.sources.values import id_of

RATERS = 3
REPEAT_SHARE = 0.1
_ENDINGS = (".csv", ".parquet", ".json")
_TRUTHS = ("is_repeat", "is_skipped")
# As spreadsheets of other languages write it.
_TRUE = {"true", "1", "1.0", "wahr", "vrai", "verdadero", "vero", "waar", "verdadeiro"}
_SECRET_BYTES = 32


class Wanted(NamedTuple):
    """What a user asks of a ranking; None where it shall be as it was, or as is usual."""

    systems: tuple[str, ...] | None = None
    style: Style | None = None
    raters: int | None = None
    repeat_share: float | None = None


@contextmanager
def opened_desk(folder: EvaluationFolder, wanted: Wanted) -> Iterator[VotingDesk]:
    """Have the desk of a run for the length of a block; one process at a time has it.

    Raises:
        BadInput: Another process has it, there is nothing to rank, or what is asked for contradicts
            the votes that are there.
    """
    folders.require_no_links(folder.root)
    # Looked at first: a folder that is no evaluation gets no lock file.
    answers = _answers(folder)
    with lock.held(folder.ranking_lock):
        votes = read_votes(folder.votes)
        ranking = _settled(folder, wanted, answers, has_votes=bool(votes.given))
        items = shown_items(folder, ranking, answers)
        with ledger.opened(folder.votes) as book:
            yield VotingDesk(ranking, items, votes, book)


def entry_token(ranking: Ranking) -> str:
    """Return what the address of a first visit must hold where others can reach the page."""
    return digest(ranking.secret, "entry")[:_SECRET_BYTES]


def export_votes(folder: EvaluationFolder, out: Path) -> int:
    """Write the votes that stand to a file; its ending says how. Returns how many.

    Raises:
        BadInput: The ending is unknown, or there is nothing to write.
        RunFault: The file cannot be written.
    """
    _require_known(out)
    votes = read_votes(folder.votes).standing()
    if out.suffix == ".json":
        # Tasks are of use before the first vote.
        ranking, items = _exhibited(folder)
        shards.write_json(label_studio.tasks(ranking, items, votes), out)
    elif not votes:
        raise BadInput(f"{folder.root}: no votes yet; collect some with evolflow rank serve")
    elif out.suffix == ".parquet":
        shards.write_table(pa.Table.from_pylist(rows_of(votes), schema=VOTES), out)
    else:
        shards.write_text(ranking_files.csv_text(VOTES.names, rows_of(votes)), out)
    return len(votes)


def _exhibited(folder: EvaluationFolder) -> tuple[Ranking, dict[str, Shown]]:
    """Return what is shown; a ranking that is being served is not disturbed."""
    ranking = load_ranking(folder)
    if ranking is None:
        with opened_desk(folder, Wanted()) as desk:
            return desk.ranking, dict(desk.items)
    return ranking, shown_items(folder, ranking, _answers(folder))


class Imported(NamedTuple):
    """What came of an import."""

    added: int
    known: int
    """Votes that were there already: nothing was changed."""


def import_votes(folder: EvaluationFolder, path: Path) -> Imported:
    """Add the votes of a file to a run's; all of them or none.

    Raises:
        BadInput: The file cannot be read, or one of its votes does not fit the run.
        OSError: There is no room.
    """
    _require_known(path)
    with opened_desk(folder, Wanted()) as desk:
        votes = [_of_item(vote, desk.items) for vote in _read(path, desk)]
        _require_fitting(path, votes, desk.items)
        new = {vote.id: vote for vote in votes if vote.id not in desk.votes.given}
        append(desk.book, new.values())
    return Imported(len(new), len({vote.id for vote in votes}) - len(new))


def shown_items(
    folder: EvaluationFolder, ranking: Ranking, answers: list[SystemAnswer]
) -> dict[str, Shown]:
    """Return the items that at least two of the ranking's systems answered, in the set's order.

    Raises:
        BadInput: There are none.
    """
    by_item: dict[str, dict[str, str]] = {}
    for one in answers:
        if one.system in ranking.systems and one.answer is not None:
            by_item.setdefault(one.item_id, {})[one.system] = one.answer
    shown = {
        item.id: Shown(item.instruction, by_item[item.id])
        for item in _items(folder)
        if len(by_item.get(item.id, ())) > 1
    }
    if not shown:
        raise BadInput(
            f"{folder.root}: no item was answered by two of {', '.join(ranking.systems)}; "
            "there is nothing to compare"
        )
    return shown


def _settled(
    folder: EvaluationFolder, wanted: Wanted, answers: list[SystemAnswer], *, has_votes: bool
) -> Ranking:
    """Return the ranking as it is asked for, and keep it."""
    old = load_ranking(folder)
    systems = wanted.systems or (old.systems if old else _all_systems(answers))
    _require_systems(folder, systems, answers)
    usual: Style = "choose" if len(systems) == 2 else "rank"
    ranking = Ranking(
        systems=systems,
        style=wanted.style or (old.style if old and old.systems == systems else usual),
        raters=wanted.raters or (old.raters if old else RATERS),
        repeat_share=_first(wanted.repeat_share, old.repeat_share if old else None, REPEAT_SHARE),
        secret=old.secret if old else secrets.token_hex(_SECRET_BYTES),
    )
    if ranking.style == "choose" and len(systems) != 2:
        raise BadInput(f"--style: choose is for two systems, here are {len(systems)}; take rank")
    if old and has_votes and set(old.systems) != set(systems):
        raise BadInput(
            f"--systems: {folder.votes} holds votes on {', '.join(old.systems)}; leave --systems "
            "out, or move that folder away"
        )
    if ranking != old:
        shards.write_json(ranking.model_dump(mode="json"), folder.ranking)
    return ranking


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def load_ranking(folder: EvaluationFolder) -> Ranking | None:
    """Return what was shown so far; None where nothing was.

    Raises:
        BadInput: The file is not as it was written.
    """
    if not folder.ranking.exists():
        return None
    try:
        return Ranking.model_validate(shards.read_json(folder.ranking))
    except ValidationError as e:
        raise BadInput(
            f"{folder.ranking}: {reason_of(e)}; put back the file as evolflow wrote it"
        ) from None


def _all_systems(answers: list[SystemAnswer]) -> tuple[str, ...]:
    # The canary needs no people: it says the same few words to everything.
    found = dict.fromkeys(one.system for one in answers if one.answer is not None)
    return tuple(system for system in found if system != NULL_MODEL)


def _require_systems(
    folder: EvaluationFolder, systems: tuple[str, ...], answers: list[SystemAnswer]
) -> None:
    known = _all_systems(answers)
    unknown = [system for system in systems if system not in known]
    if unknown:
        raise BadInput(
            f"--systems: {folder.root} has no answers of {', '.join(unknown)}; it has those of "
            f"{', '.join(known)}"
        )
    if len(set(systems)) < 2 or len(set(systems)) < len(systems):
        raise BadInput(
            f"--systems: {', '.join(systems) or 'none'}: two different ones are needed to compare"
        )


def _read(path: Path, desk: VotingDesk) -> list[Vote]:
    require_file(path, "votes", "name the file that rank export or an annotator has made")
    try:
        if path.suffix == ".parquet":
            return votes_of(_rows(path))
        with opened_text(path, "votes", newline="") as file:
            text = file.read()
        if path.suffix == ".csv":
            return votes_of(_typed(row) for row in ranking_files.csv_rows(text))
        answers = {item: shown.answers for item, shown in desk.items.items()}
        return label_studio.votes_of(desk.ranking, answers, ranking_files.tasks_of(text))
    except KeyError as e:
        raise BadInput(f"{path}: the column {e} is missing; export shows what is needed") from None
    except ValidationError as e:
        raise BadInput(f"{path}: {reason_of(e)}; mend it and import again") from None
    except (ValueError, TypeError, OSError, pa.ArrowException) as e:
        why = str(e).partition("\n")[0]
        raise BadInput(f"{path}: {why}; mend it and import again") from None


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for row in parquet_records(path, "votes"):
        if isinstance(row, Unreadable):
            raise ValueError(row.problem)
        yield row


def _typed(row: Mapping[str, Any]) -> dict[str, object]:
    """Return a row of texts with its truths as truths."""
    return {**row, **{name: str(row[name]).strip().lower() in _TRUE for name in _TRUTHS}}


def _of_item(vote: Vote, items: Mapping[str, Shown]) -> Vote:
    """Return a vote on an item of the run; a spreadsheet may have made 81.0 of its 81."""
    name = id_of(vote.item_id)
    is_other = vote.item_id not in items and name in items
    return vote.model_copy(update={"item_id": name}) if is_other else vote


def _require_fitting(path: Path, votes: list[Vote], items: Mapping[str, Shown]) -> None:
    for vote in votes:
        shown = items.get(vote.item_id)
        if shown is None or not set(vote.order) <= set(shown.answers):
            raise BadInput(
                f"{path}: vote {vote.id} is on item {vote.item_id} by {', '.join(vote.order)}; this "
                "run does not show these; import into the run that the file is from"
            )


def _require_known(path: Path) -> None:
    if path.suffix not in _ENDINGS:
        raise BadInput(
            f"{path}: unknown ending; take {', '.join(_ENDINGS)} (.json: Label Studio tasks)"
        )


def _answers(folder: EvaluationFolder) -> list[SystemAnswer]:
    return [
        one for part in _parts(folder, "answers") for one in answers_of(shards.read_table(part))
    ]


def _items(folder: EvaluationFolder) -> list[Item]:
    return [one for part in _parts(folder, "items") for one in items_of(shards.read_table(part))]


def _parts(folder: EvaluationFolder, table: EvaluationTable) -> list[Path]:
    parts = sorted(folder.parts(table).glob("part-*.parquet"))
    if not parts:
        raise BadInput(
            f"{folder.root}: has no {table}; name a folder that evolflow evaluate has finished"
        )
    return parts
