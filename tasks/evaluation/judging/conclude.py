"""Put an evaluation's judged shards together: tables, figures, the manifest.

Turns the shards of items, answers and games into what users open. Knows nothing of judging.
"""

import logging
from pathlib import Path

from schemas.folders.evaluation import EPOCH, EvaluationFolder
from schemas.settings.evaluation import EvaluationSettings
from schemas.tables.evaluation import EvaluationStage, answers_of, items_of, judgments_of
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.evaluation.judging.comparison import About, about_system
from tasks.evaluation.judging.tables import Evaluated, is_published, publish
from tasks.runs.calls import call_records
from tasks.runs.made_from import made_from
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import unremembered

log = logging.getLogger("evolflow.conclude")

_STAGES = [stage.value for stage in EvaluationStage]


@unremembered("conclude", "conclude")
def conclude(run: str) -> str:
    """Write an evaluation's tables and results, and commit them; returns the path of the results."""
    folder = EvaluationFolder(place(run))
    items, answers, judged = _paths(folder)
    key = made_from(folder, ["conclude"], [*items, *answers, *judged, *folder.ledgers(EPOCH)])
    if is_published(folder, key):
        return str(folder.results)
    rows = Evaluated(
        items=[one for path in items for one in items_of(shards.read_table(path))],
        answers=[one for path in answers for one in answers_of(shards.read_table(path))],
        judgments=[one for path in judged for one in judgments_of(shards.read_table(path))],
        calls=call_records(folder, EPOCH, _STAGES),
    )
    publish(folder, rows, _about(folder, rows), key)
    log.info("items=%d games=%d concluded", len(rows.items), len(rows.judgments))
    return str(folder.results)


def _paths(folder: EvaluationFolder) -> tuple[list[Path], list[Path], list[Path]]:
    """Return the shards of items, answers and games, each in order."""
    items = folder.pool_shards(EPOCH)
    answers, judged = (
        [folder.stage_shard(EPOCH, stage, shard) for shard in range(len(items))]
        for stage in EvaluationStage
    )
    return items, answers, judged


def _about(folder: EvaluationFolder, rows: Evaluated) -> About:
    settings = load_settings(folder, EvaluationSettings)
    return About(
        protocol=settings.protocol,
        judge=settings.judge,
        baseline=settings.baseline_name,
        systems=tuple(about_system(one.name, one.model, rows.answers) for one in settings.those),
        items=len(rows.items),
    )
