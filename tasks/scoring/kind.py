"""What a scoring is: its settings, its folder, what it is made from, and who looks at it.

Turns settings into what is checked and written before the first call. Knows nothing of its stages.
"""

import time
from pathlib import Path
from typing import Literal

from schemas.documents.run_json import PackRecord, RunShape
from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.folders.scoring import ScoringFolder, scores_beside, scores_of
from schemas.settings.evolution import RunSettings
from schemas.settings.scoring import OFFLINE, SENTENCES, ScoringForm, ScoringSettings
from schemas.tables.scoring import ScoringStage
from tasks.doors.models import llm
from tasks.doors.numbers import sentences
from tasks.doors.storage import shards
from tasks.doors.storage.places import is_object, place
from tasks.packs.score_pack import load_score_pack
from tasks.runs.kind import RunKind
from tasks.runs.run_json import Inputs, read_record
from tasks.runs.saved_settings import load_settings
from tasks.runs.watch import ShardWatch
from tasks.scoring.status import scoring_status, scoring_text, spent
from tasks.scoring.verify import scoring_checks


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
    run = load_settings(folder, RunSettings)
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


class ScoringShape(RunShape):
    """What run.json holds of a scoring."""

    kind: Literal["scoring"]
    settings: ScoringSettings
    source_id: str
    pack: PackRecord


def _names(settings: ScoringSettings) -> dict[str, object]:
    return {"source": settings.source, "out": settings.out}


def _whole(settings: ScoringSettings) -> ScoringSettings:
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
        settings.kind,
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
        load_settings(folder, RunSettings)
        return str(read_record(folder).run_id)
    _beside(at, source)
    return shards.sha256_of(at)


SCORING = RunKind(
    "scoring",
    "score",
    ScoringForm,
    folder=ScoringFolder,
    shape=ScoringShape,
    inputs=_inputs,
    names=_names,
    look=_require_embeddings,
    whole=_whole,
    tags=lambda settings: (settings.judge, "scoring"),
    status=scoring_status,
    text=scoring_text,
    checks=scoring_checks,
    why_no_page="holds scores, which the report of their run shows; name the run",
    watch=lambda folder, _: ShardWatch("scoring", ScoringStage, folder, clock=time.monotonic),
    spent=spent,
)
