"""Keep the best rows that are not alike: DEITA's selection.

Rows are sorted by the difficulty from 1 to 10 that `evolflow score` had each given by itself: ranks
within a line are no common scale, and the best version of a trivial line is no good row. Rows of one
score come in an order that their ids and the seed make, not their place in a file. One is taken unless
its cosine to a better one that was taken is too high (arXiv 2312.15685; its code compares similarities,
not distances). DEITA's quality, asked of each answer by itself, is not asked for here.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from schemas.errors import BadInput
from schemas.folders.scoring import scores_of
from schemas.settings.mixing import MixSettings
from schemas.tables.mix import Removal, Verdict
from schemas.tables.scoring import HIGHEST, LOWEST, difficulties_of
from tasks.doors.numbers import vectors
from tasks.doors.storage import shards
from tasks.mixing.duplicates import placed
from tasks.mixing.pool import Pool
from tasks.sources.finished import Source

_WHY_UNSCORED = "no judge gave it a difficulty; evolflow score --per-epoch says how many get one"


def not_selected(
    pool: Pool, is_left: Sequence[bool], settings: MixSettings
) -> Iterator[tuple[int, Verdict]]:
    """Yield the rows that are left and not among the best.

    Raises:
        BadInput: A run has no scores.
    """
    if settings.select_top is None:
        return
    scores = _scores(pool)
    rows = list(pool.texts(is_left))
    for row in rows:
        if row.id not in scores:
            yield row.number, Verdict(Removal.UNSCORED, _WHY_UNSCORED)
    best = sorted(
        (row for row in rows if row.id in scores),
        key=lambda row: (-scores[row.id], _lot(row.id, settings.rng_seed)),
    )
    points = placed(iter(best), settings.embeddings, len(best))
    alike = {like.number: like for like in vectors.alike(points, settings.select_similarity)}
    taken = 0
    for at, row in enumerate(best):
        score = f"difficulty {scores[row.id]:.3g}"
        if taken >= settings.select_top:
            yield row.number, Verdict(Removal.NOT_SELECTED, score)
        elif at in alike:
            other = best[alike[at].other]
            evidence = f"{score}; cosine {alike[at].cosine:.3f} to {other.id}, which is better"
            yield row.number, Verdict(Removal.ALIKE, evidence, other.instruction)
        else:
            taken += 1


def _scores(pool: Pool) -> dict[str, float]:
    """Return the difficulty of the rows that have one, by the pool's ids."""
    found: dict[str, float] = {}
    for source in pool.sources:
        prefix = f"{source.name}/" if len(pool.sources) > 1 else ""
        for one in difficulties_of(shards.read_table(_difficulty(source))):
            if one.score is not None and LOWEST <= one.score <= HIGHEST:
                found[f"{prefix}{one.id}"] = one.score
    return found


def scores_content(pool: Pool) -> list[str]:
    """Return what names the scores by their content: a mix of other scores is another mix.

    Raises:
        BadInput: A run has no scores.
    """
    return [shards.sha256_of(_difficulty(source)) for source in pool.sources]


def _lot(name: str, rng_seed: int) -> bytes:
    return hashlib.blake2b(f"{rng_seed}/{name}".encode(), digest_size=8).digest()


def _difficulty(source: Source) -> Path:
    path = scores_of(source.folder).scored("difficulty")
    if not path.exists():
        raise BadInput(
            f"select_top: {path} is missing; `evolflow score {source.folder.root} --per-epoch ROWS` "
            "makes it"
        )
    return path
