"""Open the folder of a scoring: make it, or make sure that this command continues the one there.

Turns settings into run.json. Nothing is written before everything that can be checked was checked.
"""

from pathlib import Path

from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.folders.scoring import ScoringFolder, scores_beside, scores_of
from schemas.settings.scoring import OFFLINE, SENTENCES, ScoringSettings
from tasks.doors.models import llm
from tasks.doors.numbers import sentences
from tasks.doors.storage import shards
from tasks.doors.storage.places import is_object, place
from tasks.packs.score_pack import load_score_pack
from tasks.runs.run_json import Inputs, check_folder, open_record, read_record, require_names
from tasks.runs.saved_settings import load_settings


def defaults(source: str, judge: str | None) -> dict[str, object]:
    """Return what a command scores with where the user does not say.

    Args:
        source: Run folder, or a file of instructions.
        judge: Who shall score; None where the user does not say.

    Raises:
        BadInput: There is nothing at the source, or it is no run with a dataset.
    """
    at = place(source)
    folder = RunFolder(at)
    if not folder.run_json.exists():
        return {"source": source, "out": str(_beside(at, source).root)}
    run = load_settings(folder)
    judge = judge or run.judge_model
    names = ("lane", "concurrency", "rpm", "tpm", "timeout_s", "prices")
    return {
        **{name: getattr(run, name) for name in names},
        "judge": judge,
        "api_base": run.base_of(judge),
        "source": source,
        "out": str(scores_of(folder).root),
    }


def _beside(at: Path, source: str) -> ScoringFolder:
    if is_object(at) or not at.is_file():
        raise BadInput(
            f"source: {source} is neither a run folder nor a file on this machine; name one of them"
        )
    return scores_beside(at)


def start_scoring(settings: ScoringSettings) -> ScoringFolder:
    """Make or continue a scoring; the caller has checked the settings and holds the lock.

    Returns:
        The folder, whose run.json holds these settings.

    Raises:
        BadInput: Another run lies there.
    """
    folder = ScoringFolder(place(settings.out))
    open_record(folder, absolute_scoring(settings), _inputs(settings))
    return folder


def check_scoring(settings: ScoringSettings) -> None:
    """Check what settings point to; nothing is left of what it tries.

    Raises:
        BadInput: The source cannot be read, nobody can place instructions, the folder cannot be
            written, or another run or a link lies in it.
    """
    require_names({"source": settings.source, "out": settings.out})
    _require_embeddings(settings)
    check_folder(ScoringFolder(place(settings.out)), settings, _inputs(settings))


def absolute_scoring(settings: ScoringSettings) -> ScoringSettings:
    """Return the settings with whole paths: it may be continued from another working folder."""
    paths = {name: str(place(getattr(settings, name)).resolve()) for name in ("source", "out")}
    return settings.model_copy(update=paths)


def _require_embeddings(settings: ScoringSettings) -> None:
    name = settings.embeddings
    if name.startswith(SENTENCES):
        sentences.require(Path(name.removeprefix(SENTENCES)))
    elif name != OFFLINE and not settings.buys_embeddings:
        raise BadInput(
            f"embeddings: {name!r} is not known; give {OFFLINE}, an embedding model as provider/name, "
            f"or {SENTENCES}PATH with the folder of a sentence-transformers model"
        )
    elif settings.buys_embeddings and not llm.makes_vectors(name):
        raise BadInput(
            f"embeddings: {name} makes no embeddings; name a model that does, for example "
            "openai/text-embedding-3-small"
        )


def _inputs(settings: ScoringSettings) -> Inputs:
    pack = load_score_pack()
    return Inputs(
        "scoring",
        {
            "source_id": _identity(place(settings.source), settings.source),
            "pack": {"name": "score", "sha256": pack.sha256, "files": dict(pack.file_sha256)},
        },
        {
            "source_id": f"source: {settings.source} is another run, or has other content",
            "pack": "the scoring prompts are others than the run's",
        },
    )


def _identity(at: Path, source: str) -> str:
    """Return what tells one source from another: a run may grow, a file may not change."""
    folder = RunFolder(at)
    if folder.run_json.exists():
        load_settings(folder)
        return read_record(folder).run_id
    _beside(at, source)
    return shards.sha256_of(at)
