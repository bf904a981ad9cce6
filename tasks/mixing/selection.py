"""Keep the best rows that are not alike: DEITA's selection.

Rows are sorted by complexity times quality, as `evolflow score` compared a line's versions; one is
taken unless its cosine to a better one that was taken is too high (arXiv 2312.15685; its code compares
similarities, not distances).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from schemas.errors import BadInput
from schemas.folders.scoring import scores_of
from schemas.settings.mixing import MixSettings
from schemas.tables.mix import Removal, Verdict
from schemas.tables.scoring import versions_of
from tasks.doors.numbers import vectors
from tasks.doors.storage import shards
from tasks.mixing.duplicates import placed
from tasks.mixing.pool import Pool
from tasks.sources.finished import Source


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
            yield row.number, Verdict(Removal.UNSCORED, "no judge scored its line")
    best = sorted(
        (row for row in rows if row.id in scores), key=lambda row: (-scores[row.id], row.number)
    )
    points = placed(iter(best), settings.embeddings, len(best))
    alike = {like.number: like for like in vectors.alike(points, settings.select_similarity)}
    taken = 0
    for at, row in enumerate(best):
        score = f"complexity x quality {scores[row.id]:.3g}"
        if taken >= settings.select_top:
            yield row.number, Verdict(Removal.NOT_SELECTED, score)
        elif at in alike:
            other = best[alike[at].other]
            evidence = f"{score}; cosine {alike[at].cosine:.3f} to {other.id}, which is better"
            yield row.number, Verdict(Removal.ALIKE, evidence, other.instruction)
        else:
            taken += 1


def _scores(pool: Pool) -> dict[str, float]:
    """Return complexity times quality by the pool's ids; each as a share of its line's scale."""
    found: dict[str, float] = {}
    for source in pool.sources:
        prefix = f"{source.name}/" if len(pool.sources) > 1 else ""
        for one in versions_of(shards.read_table(_versions(source))):
            if one.complexity is not None and one.quality is not None:
                found[f"{prefix}{one.id}"] = one.complexity * one.quality / one.versions**2
    return found


def _versions(source: Source) -> Path:
    path = scores_of(source.folder).scored("versions")
    if not path.exists():
        raise BadInput(
            f"select_top: {path} is missing; `evolflow score {source.folder.root}` makes it"
        )
    return path
