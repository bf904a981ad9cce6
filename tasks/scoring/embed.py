"""Have a model place a run's instructions, for the map in its report.

Turns the sample that the report shows into vectors beside the scores: a model that is asked gets it as
one shard more, a model on this disk is run here. Without a model there is nothing to do: the report
places instructions by their words.
"""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from schemas.calls.call import Answer, Request, Sampling
from schemas.folders.run import RunFolder
from schemas.folders.scoring import EPOCH, MAP_SHARD, ScoringFolder
from schemas.settings.scoring import OFFLINE, SENTENCES, ScoringSettings
from schemas.tables.row import to_table
from schemas.tables.scoring import EMBEDDINGS, Embedding, ScoringStage, embeddings_of
from tasks.buying.ask import Ask
from tasks.doors.numbers import sentences
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.made_from import made_from
from tasks.runs.manifest import read_manifest
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import Carried, asker, stage_task, unless_done, unremembered
from tasks.scoring import breadth

log = logging.getLogger("evolflow.embed")

# Nothing is drawn and nothing is written: a budget sets aside the price of the prompt alone.
_NO_WORDS = Sampling(temperature=0.0, top_p=1.0, max_tokens=0, frequency_penalty=0.0)


@unremembered("lay-out", "lay-out")
def lay_out(run: str) -> list[str]:
    """Lay out the map's instructions as a shard, where a model is asked; returns its path, or none."""
    folder = ScoringFolder(place(run))
    settings = load_settings(folder, ScoringSettings)
    path = folder.pool_shard(EPOCH, MAP_SHARD)
    if not settings.buys_embeddings or not is_run(settings):
        path.unlink(missing_ok=True)
        return []
    shards.write_table(to_table(_shown(settings), EMBEDDINGS), path)
    return [str(path)]


@stage_task(ScoringStage.EMBEDDING)
def embed_shard(run: str, epoch: int, shard: int, source: str) -> Carried:
    """Ask a model for the points of the map's instructions."""
    folder = ScoringFolder(place(run))

    def made() -> pa.Table:
        ask = asker(folder, load_settings(folder, ScoringSettings), EPOCH, shard)
        return to_table(placed(embeddings_of(shards.read_table(place(source))), ask), EMBEDDINGS)

    key = made_from(folder, [ScoringStage.EMBEDDING, EPOCH, shard], [place(source)])
    return unless_done(folder.stage_shard(EPOCH, ScoringStage.EMBEDDING, shard), key, made)


@unremembered("embed", "embed")
def embed(run: str) -> None:
    """Write the vectors of the instructions that a run's report shows; remove them where offline."""
    folder = ScoringFolder(place(run))
    settings = load_settings(folder, ScoringSettings)
    target = folder.scored("embeddings")
    if settings.embeddings == OFFLINE or not is_run(settings):
        target.unlink(missing_ok=True)
        return
    if settings.buys_embeddings:
        bought = folder.stage_shard(EPOCH, ScoringStage.EMBEDDING, MAP_SHARD)
        key = made_from(folder, ["embed", settings.embeddings], [bought])
        is_new = unless_done(target, key, lambda: shards.read_table(bought)).is_new
    else:
        laid = _shown(settings)
        key = made_from(folder, ["embed", *(f"{one.model}\0{one.instruction}" for one in laid)], [])
        is_new = unless_done(target, key, lambda: _by_sentences(laid)).is_new
    if is_new:
        log.info("embeddings=%d by %s", shards.count_rows(target), settings.embeddings)


def is_run(settings: ScoringSettings) -> bool:
    """Tell whether a run is scored: a file has no report, and no map."""
    return RunFolder(place(settings.source)).run_json.exists()


def placed(rows: Sequence[Embedding], ask: Ask) -> list[Embedding]:
    """Return the rows in the same order, with the vectors that the model gave.

    All vectors of a model have one length: those of another than most have are none.
    """
    answers = ask([_request(row) for row in rows])
    found = [_placed(row, answer) for row, answer in zip(rows, answers, strict=True)]
    lengths = Counter(len(row.vector) for row in found if row.vector)
    usual = lengths.most_common(1)[0][0] if lengths else 0
    found = [_of_length(row, usual) for row in found]
    unplaced = [row.why_unplaced for row in found if row.why_unplaced]
    if unplaced:
        log.warning(
            "embeddings: %d of %d instructions have no vector; the first: %s",
            len(unplaced), len(found), unplaced[0],
        )  # fmt: skip
    return found


def _request(row: Embedding) -> Request:
    return Request(
        row_id=row.id,
        epoch=EPOCH,
        stage=ScoringStage.EMBEDDING,
        model=row.model,
        prompt=row.instruction,
        sampling=_NO_WORDS,
        is_embedding=True,
    )


def _placed(row: Embedding, answer: Answer) -> Embedding:
    if answer.error is not None:
        return replace(row, why_unplaced=f"the model gave no vector: {answer.error}")
    return replace(row, vector=json.loads(answer.text))


def _of_length(row: Embedding, usual: int) -> Embedding:
    if not row.vector or len(row.vector) == usual:
        return row
    why = f"a vector of {len(row.vector)} numbers among vectors of {usual}"
    return replace(row, vector=None, why_unplaced=why)


def _shown(settings: ScoringSettings) -> list[Embedding]:
    """Return the instructions that the report shows, without their vectors."""
    source = RunFolder(place(settings.source))
    epochs = sorted(int(e) for e in read_manifest(source).made_from if e.isdecimal())
    sampled, _ = breadth.sample(source, epochs)
    return [
        Embedding(n, one.id, one.epoch, settings.embeddings, instruction=one.instruction)
        for n, one in enumerate(sampled)
    ]


def _by_sentences(rows: Sequence[Embedding]) -> pa.Table:
    folder = Path(rows[0].model.removeprefix(SENTENCES)) if rows else Path()
    found = sentences.vectors_of([row.instruction for row in rows], folder) if rows else []
    made = [replace(row, vector=vector) for row, vector in zip(rows, found, strict=True)]
    return to_table(made, EMBEDDINGS)
