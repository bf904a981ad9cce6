"""Open the folder of an evaluation: make it, or make sure that this command continues the one there.

Turns settings into run.json. Nothing is written before everything that can be checked was checked.
"""

import hashlib
from pathlib import Path

from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder
from schemas.settings.evaluation import LOCAL, OWN_TESTS, EvaluationSettings, System
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.packs.judge_pack import load_judge_pack
from tasks.runs.run_json import Inputs, check_folder, open_record, require_names
from tasks.sources.records import files_of
from tasks.sources.test_sets import read_answers, read_items, tests_path
from tasks.training.model_folders import checked_card, model_at, served_name


def start_evaluation(settings: EvaluationSettings) -> EvaluationFolder:
    """Make or continue an evaluation; the caller has checked the settings and holds the lock.

    Returns:
        The folder, whose run.json holds these settings.

    Raises:
        BadInput: Another run lies there.
    """
    folder = EvaluationFolder(place(settings.out))
    open_record(folder, absolute_evaluation(settings), _inputs(settings))
    return folder


def check_evaluation(settings: EvaluationSettings) -> None:
    """Check what settings point to; nothing is left of what it tries.

    Raises:
        BadInput: A test set or a file of answers cannot be used, the folder cannot be written, or
            another run or a link lies in it.
    """
    files = {f"systems.{one.name}": one.file for one in settings.those if one.file is not None}
    require_names({"tests": settings.tests, "out": settings.out, **files})
    items = read_items(settings)
    for one in settings.those:
        if one.file is not None:
            read_answers(one, items)
        if one.folder is not None:
            checked_card(model_at(Path(one.folder), f"systems.{one.name}"))
    _refuse_one_model_at_two_addresses(settings)
    check_folder(EvaluationFolder(place(settings.out)), settings, _inputs(settings))


def absolute_evaluation(settings: EvaluationSettings) -> EvaluationSettings:
    """Return the settings with whole paths: it may be continued from another working folder."""
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
        "evaluation",
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
