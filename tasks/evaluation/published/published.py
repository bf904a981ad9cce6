"""Turn published judgments into an evaluation's folder, and an evaluation into a file that others read.

Nothing is asked of any model: the figures are made anew from the file's own games. What a row of a
format means is in `tasks.evaluation.published.alpaca_eval` and `tasks.evaluation.published.mt_bench`.
"""

import platform
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.documents.results import Results
from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder
from schemas.tables.evaluation import NULL_MODEL
from tasks.doors.files.text_files import Unreadable
from tasks.doors.storage import folders, shards
from tasks.evaluation.answering.answers import read_answers, read_items
from tasks.evaluation.judging.comparison import About, SystemAbout, about_system
from tasks.evaluation.judging.figures import read_results
from tasks.evaluation.judging.pairs import pairs_of
from tasks.evaluation.judging.tables import Evaluated, publish, read_judgments
from tasks.evaluation.published import alpaca_eval, mt_bench
from tasks.evaluation.published.alpaca_eval import Annotation, Judged
from tasks.evaluation.published.judged_pairs import Duel, Told, baseline_of, told
from tasks.runs.run_json import read_record
from tasks.sources.records import records
from tasks.sources.values import is_nan

Format = Literal["alpaca_eval", "mt_bench"]
FORMATS: tuple[Format, ...] = ("alpaca_eval", "mt_bench")
_Model = TypeVar("_Model", bound=BaseModel)
_KIND = "imported evaluation"
_SETTING = "file"


class Imported(NamedTuple):
    """What came of an import."""

    results: Results
    repeated: int
    """Rows that a later one about the same replaced."""


def import_file(
    path: Path, file_format: Format, folder: EvaluationFolder, baseline: str | None
) -> Imported:
    """Make an evaluation's folder of a file of judgments.

    Args:
        path: The file.
        file_format: How it is written.
        folder: Where it goes: an empty place, or an earlier import of the same file.
        baseline: Who the others are compared with; by default who takes part most often.

    Raises:
        BadInput: The file cannot be used, or something else lies there.
        RunFault: A file cannot be written.
    """
    sha256 = _sha256(path)
    _refuse_other(folder, sha256)
    duels = _duels(path, file_format, baseline)
    judge = _judge(path, duels)
    rows = told(duels, baseline_of(duels, baseline))
    about = _about(rows, judge, file_format, duels)
    source = {"format": file_format, "sha256": sha256, "is_order_known": about.is_order_known}
    content = {"settings": {"judge": judge, "baseline": about.baseline}, "imported": source}
    _note(folder, content, "running")
    made = Evaluated(rows.items, rows.answers, rows.games, [])
    results = publish(folder, made, about, sha256)
    _note(folder, content, "done")
    return Imported(results, rows.repeated)


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise BadInput(f"{_SETTING}: {path} is not a file; name a file of judgments")
    return shards.sha256_of(path)


def _refuse_other(folder: EvaluationFolder, sha256: str) -> None:
    """An import that was cut off is made whole by the same command; nothing else is written over."""
    folders.require_outside(folder.root)
    folders.require_writable(folder.root)
    if not folder.run_json.exists():
        if folder.root.exists() and any(folder.root.iterdir()):
            raise BadInput(f"out: {folder.root} is not empty; choose another folder")
        return
    imported = read_record(folder).imported
    if imported is None or imported.sha256 != sha256:
        raise BadInput(f"out: {folder.root} holds something else; choose another folder")


def _duels(path: Path, file_format: Format, baseline: str | None) -> list[Duel]:
    if file_format == alpaca_eval.FORMAT:
        read = [_valid(Annotation, one, place) for place, one in _objects(path)]
        duels = [alpaca_eval.duel_of(row) for row in read]
    else:
        rows = [_valid(mt_bench.shape_of(one), one, place) for place, one in _objects(path)]
        duels = mt_bench.duels(rows, baseline)
    if not duels:
        raise BadInput(f"{_SETTING}: {path} holds no two answers side by side; nothing to compare")
    _refuse_self(path, duels)
    return duels


def _objects(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the file's JSON objects, each with its place for messages."""
    for number, record in enumerate(records(path, _SETTING), start=1):
        place = f"{_SETTING}: {path}: record {number}"
        if isinstance(record, Unreadable):
            raise BadInput(f"{_SETTING}: {path}: {record.problem}; mend it there")
        if not isinstance(record, dict):
            raise BadInput(f"{place}: {str(record)[:40]!r} is no JSON object; take it out")
        yield place, record


def _valid(shape: type[_Model], record: Mapping[str, object], place: str) -> _Model:
    try:
        return shape.model_validate(_as_given(shape, record))
    except ValidationError as e:
        error = e.errors(include_url=False)[0]
        # Names are a stranger's, too: in quotes they stay on their line.
        column = repr(".".join(str(part) for part in error["loc"]))
        given = "" if error["type"] == "missing" else f", given {str(error['input'])[:40]!r}"
        raise BadInput(
            f"{place}: {column}: {error['msg']}{given}; mend it, or give another --format"
        ) from None


def _as_given(shape: type[BaseModel], record: Mapping[str, object]) -> dict[str, object]:
    """Return a record without NaN, as pandas writes what is missing; where it must be, it is null."""
    must = {name for name, field in shape.model_fields.items() if field.is_required()}
    given = {name: None if is_nan(value) else value for name, value in record.items()}
    return {name: one for name, one in given.items() if name in must or not is_nan(record[name])}


def _refuse_self(path: Path, duels: Sequence[Duel]) -> None:
    for one in duels:
        if one.system.name == one.baseline.name:
            raise BadInput(
                f"{_SETTING}: {path}: {one.system.name!r} is compared with itself; take it out"
            )


def _judge(path: Path, duels: Sequence[Duel]) -> str:
    """Return who judged; people's votes have many names."""
    names = list(dict.fromkeys(one.judge for one in duels))
    if len(names) == 1:
        return names[0]
    if all(name.startswith(_PEOPLE) for name in names):
        return "people"
    some = ", ".join(repr(name[:40]) for name in names[:5])
    raise BadInput(f"{_SETTING}: {path} holds {len(names)} judges ({some}); give one file a judge")


_PEOPLE = ("author", "expert")
"""How the published votes of people begin their raters' names."""


def _about(rows: Told, judge: str, file_format: Format, duels: Sequence[Duel]) -> About:
    showings = [showing for duel in duels for showing in duel.showings]
    protocols = {duel.protocol or file_format for duel in duels}
    return About(
        protocol=protocols.pop() if len(protocols) == 1 else file_format,
        judge=judge,
        baseline=next(iter(rows.systems)),
        systems=tuple(_system(*one, rows) for one in rows.systems.items() if one[0] != NULL_MODEL),
        items=len(rows.items),
        is_order_known=all(one.is_system_first is not None for one in showings),
    )


def _system(name: str, model: str | None, rows: Told) -> SystemAbout:
    """Return what is known of a system; where the file holds no text, that it took part."""
    held = about_system(name, model, rows.answers)
    met = {game.item_id for game in rows.games if name in (game.system, game.baseline)}
    answered = held.answered if rows.answers else len(met)
    return SystemAbout(name, model, answered, len(met) - answered, held.median_words)


def _note(folder: EvaluationFolder, content: Mapping[str, object], state: str) -> None:
    """Write run.json: there is nothing to be bought with these settings, so none is fixed."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    old = read_record(folder) if folder.run_json.exists() else None
    record = {
        "run_id": uuid.uuid4().hex if old is None else old.run_id,
        "kind": _KIND,
        "state": state,
        "created_at": now if old is None else old.created_at,
        "changed_at": now,
        **content,
        "fixed": {},
        "versions": {"python": platform.python_version(), "evolflow": version("evolflow")},
    }
    shards.write_json(record, folder.run_json)


def export_run(folder: EvaluationFolder, out: Path) -> int:
    """Write an evaluation's pairs as AlpacaEval's annotations.json.

    Args:
        folder: An evaluation, finished or imported.
        out: The file; nothing may lie there.

    Returns:
        The number of rows: one a pair, the null model's among them.

    Raises:
        BadInput: It is no finished evaluation, or something lies there.
        RunFault: The file cannot be written.
    """
    record = read_record(folder)
    if not folder.results.exists():
        raise BadInput(f"{folder.root}: no finished evaluation; run `evolflow evaluate` first")
    if out.exists():
        raise BadInput(f"out: {out} exists; choose another name")
    results = read_results(folder)
    judged = Judged(
        items={item.id: item for item in read_items(folder)},
        answers={(one.system, one.item_id): one.answer for one in read_answers(folder)},
        models={one.name: one.model for one in results.systems},
        protocol=results.protocol,
        is_order_known=record.is_order_known,
    )
    met = pairs_of(read_judgments(folder))
    rows = alpaca_eval.rows_of((pair for pairs in met.values() for pair in pairs), judged)
    shards.write_json(rows, out)
    return len(rows)
