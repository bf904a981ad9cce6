"""What an evaluation is: its settings, its folder, what it is made from, and who looks at it.

Turns settings into what is checked and written before the first call. Knows nothing of its stages.
"""

import hashlib
import time
from dataclasses import replace
from pathlib import Path
from typing import Literal

from schemas.documents.run_json import PackRecord, RunShape
from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder
from schemas.settings.evaluation import LOCAL, OWN_TESTS, EvaluationForm, EvaluationSettings, System
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evaluation.judging.status import evaluation_status, evaluation_text, spent
from tasks.evaluation.judging.verify import evaluation_checks
from tasks.evaluation.judging.watch import EvaluationWatch
from tasks.packs.judge_pack import load_judge_pack
from tasks.runs.kind import RunKind
from tasks.runs.run_json import Inputs
from tasks.sources.records import files_of
from tasks.sources.test_sets import read_answers, read_items, tests_path
from tasks.training.model_folders import checked_card, model_at, served_name

_MOST_NAMED = 3


class EvaluationShape(RunShape):
    """What run.json holds of an evaluation."""

    kind: Literal["evaluation"]
    settings: EvaluationSettings
    tests_sha256: str
    systems: dict[str, str]
    pack: PackRecord


class ImportedShape(RunShape):
    """What run.json holds of an evaluation that others published."""

    kind: Literal["imported evaluation"]


def _names(settings: EvaluationSettings) -> dict[str, object]:
    files = {f"systems.{one.name}": one.file for one in settings.those if one.file is not None}
    return {"tests": settings.tests, "out": settings.out, **files}


def _look(settings: EvaluationSettings) -> None:
    items = read_items(settings, is_said=False)
    for one in settings.those:
        if one.file is not None:
            read_answers(one, items, is_said=False)
        if one.folder is not None:
            checked_card(model_at(Path(one.folder), f"systems.{one.name}"))
    _refuse_one_model_at_two_addresses(settings)


def _whole(settings: EvaluationSettings) -> EvaluationSettings:
    files = {one.name: one.file for one in settings.those if one.file is not None}
    paths = {name: str(Path(file).resolve()) for name, file in files.items()}
    folders = {one.name: one.folder for one in settings.those if one.folder is not None}
    paths |= {name: f"{LOCAL}{Path(folder).resolve()}" for name, folder in folders.items()}
    own = {} if settings.tests == OWN_TESTS else {"tests": str(Path(settings.tests).resolve())}
    out = str(place(settings.out).resolve())
    return settings.model_copy(update={"systems": {**settings.systems, **paths}, "out": out, **own})


def _refuse_one_model_at_two_addresses(settings: EvaluationSettings) -> None:
    """Who is asked where is known by the model's name."""
    bases: dict[str, str | None] = {}
    if settings.judge_api_base is not None:
        bases[settings.judge] = settings.judge_api_base
    for one in settings.those:
        if one.model is not None and bases.setdefault(one.model, one.base) != one.base:
            raise BadInput(
                f"systems.{one.name}: {one.model} is asked at two addresses; serve one of them under "
                "another name, or evaluate them one after the other into files"
            )


def _inputs(settings: EvaluationSettings) -> Inputs:
    pack = load_judge_pack()
    path = tests_path(settings)
    return Inputs(
        settings.kind,
        {
            "tests_sha256": _content(path, "tests"),
            "systems": {one.name: _who(one) for one in settings.those},
            "pack": {"name": "judge", "sha256": pack.sha256, "files": dict(pack.file_sha256)},
        },
        {
            "tests_sha256": f"tests: {path} has other content than the run's test set",
            "systems": "systems: other models, or files with other content, than the run's",
            "pack": "the judging prompts are others than the run's",
        },
    )


def _who(one: System) -> str:
    """Return what an answer depends on; an address may change from day to day."""
    if one.folder is not None:
        return f"openai/{served_name(one.name, Path(one.folder))}"
    if one.file is None:
        return str(one.model)
    return f"file {_content(Path(one.file), f'systems.{one.name}')}"


def _content(path: Path, setting: str) -> str:
    """Return one hash of all files that a setting names."""
    hashes = [shards.sha256_of(part) for part in files_of(path, setting)]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


EVALUATION = RunKind(
    "evaluation",
    "evaluate",
    EvaluationForm,
    folder=EvaluationFolder,
    shape=EvaluationShape,
    inputs=_inputs,
    names=_names,
    look=_look,
    whole=_whole,
    tags=lambda settings: (settings.judge, "evaluation"),
    status=evaluation_status,
    text=evaluation_text,
    checks=evaluation_checks,
    page="tasks.evaluation.judging.page:write_report",
    watch=lambda folder, settings: EvaluationWatch(folder, settings, clock=time.monotonic),
    spent=spent,
    is_sealed=True,
)
IMPORTED = replace(
    EVALUATION, name="imported evaluation", command="evaluate import", shape=ImportedShape
)
"""What others published, read and shown like one of ours; there is no flow that makes it."""
