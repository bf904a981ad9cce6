"""Write what a model learns from: one instruction and response a line.

Turns a mix or a finished run into rows.jsonl. Knows nothing of tokens.
"""

import logging
from collections import Counter

from schemas.errors import BadInput
from schemas.folders.trained import TrainedFolder
from schemas.settings.training import TrainingSettings
from schemas.tables.export import Example
from tasks.doors.files import dataset_files
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import unremembered
from tasks.sources.finished import examples, source_at

log = logging.getLogger("evolflow.training.rows")


@unremembered("rows", "rows")
def write_rows(run: str) -> dict[str, int]:
    """Write the rows; returns how many were left out, by reason.

    Raises:
        BadInput: There is none with a response.
    """
    folder = TrainedFolder(place(run))
    settings = load_settings(folder, TrainingSettings)
    source = source_at(place(settings.data))
    left_out: Counter[str] = Counter()
    lines = (
        dataset_files.json_line(_record(one))
        for one in examples(source, left_out, settings.reasoning)
    )
    if not dataset_files.write_lines(lines, iter([folder.rows]), None):
        raise BadInput(f"data: {source.folder.root} has no row with a response")
    log.info("rows sha256=%s left_out=%d", shards.sha256_of(folder.rows)[:8], left_out.total())
    return dict(left_out)


def _record(one: Example) -> dict[str, str]:
    """Return what a line holds; thinking stands beside the response or in it."""
    beside = {} if one.reasoning is None else {"reasoning": one.reasoning}
    return {"id": one.id, "instruction": one.instruction, "response": one.response, **beside}
