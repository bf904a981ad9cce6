"""The one importer of scikit-learn: texts as points, and what can be said of points.

Points are unit vectors, so a distance is 1 minus the cosine: 0 for the same, 1 for nothing in common.
The same input gives the same numbers: seeds are fixed, and where the order of sums could matter there
is one thread. Knows nothing of runs.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import hstack, issparse
from threadpoolctl import threadpool_limits

from schemas.text import UNSPACED
from tasks.doors.put_off import put_off

# Half of what scikit-learn takes to import; what of it needs more is imported where it is used.
with put_off(["scipy.stats"]):
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.preprocessing import normalize

Points = Any
"""A matrix with a unit vector a row: NumPy's, or SciPy's sparse one."""
_HASHES = 2**15
# A word of two letters or more, or one character of a script that is written without spaces.
_WORD = rf"[{UNSPACED}]|[^\W{UNSPACED}][^\W{UNSPACED}]+"
_MARKS_IN_UNSPACED = re.compile(rf"(?<=[{UNSPACED}])[^\w\s]+|[^\w\s]+(?=[{UNSPACED}])")
_KEPT_DIMENSIONS = 50
_PERPLEXITY = 30.0
_ITERATIONS = 300
_STARTS = 4
_SHORT = 256
_BLOCK = 2_048


class Alike(NamedTuple):
    """A point that is too near an earlier one."""

    number: int
    other: int
    """Number of the earlier one, which stays."""
    cosine: float
    is_of_line: bool = False
    """Whether both are of one line: it stays, too."""


class Distances(NamedTuple):
    """How far apart points are."""

    nearest: float
    """Mean distance to the nearest other point."""
    pairs: float
    """Mean distance over all pairs."""


def hashed(texts: Sequence[str]) -> Points:
    """Return texts as points by hashing their words, word pairs and runs of 3 to 4 characters.

    Nothing is learnt or loaded, so a text's point does not depend on the others. Words say what a
    text is about; characters hold for scripts without spaces, and for kindred words.
    """
    words = HashingVectorizer(
        n_features=_HASHES, ngram_range=(1, 2), alternate_sign=False, token_pattern=_WORD
    )
    characters = HashingVectorizer(
        n_features=_HASHES, analyzer="char_wb", ngram_range=(3, 4), alternate_sign=False,
        preprocessor=_without_marks,
    )  # fmt: skip
    both = hstack([words.transform(texts), characters.transform(texts)]).tocsr()
    return normalize(both)


def _without_marks(text: str) -> str:
    return _MARKS_IN_UNSPACED.sub(" ", text.lower())


def short(texts: Sequence[str]) -> Points:
    """Return hashed texts as points of 256 numbers, by a sparse random projection.

    Of two texts with a cosine of 0.95 the projection's error is 0.006 (standard deviation).
    """
    from sklearn.random_projection import SparseRandomProjection

    projection = SparseRandomProjection(_SHORT, dense_output=True, random_state=0)
    both = hashed(texts).astype(np.float32)
    return normalize(projection.fit(both[:1]).transform(both))


def gathered(batches: Iterable[Any], count: int) -> Points:
    """Return batches of vectors as one matrix of unit vectors, a row each, as 32-bit numbers.

    Args:
        batches: Matrices, or sequences of vectors, of one width.
        count: Vectors in all.
    """
    points, at = np.zeros((count, 0), dtype=np.float32), 0
    for batch in batches:
        some = normalize(np.asarray(batch, dtype=np.float32))
        if not at:
            points = np.zeros((count, some.shape[1]), dtype=np.float32)
        points[at : at + len(some)] = some
        at += len(some)
    return points


def alike(points: Points, cosine: float, lines: Sequence[int] | None = None) -> Iterator[Alike]:
    """Yield the points that are too near an earlier one that stays, in order, each with the nearest.

    Args:
        points: A matrix with a unit vector a row.
        cosine: From which two are too near.
        lines: What each point belongs to; points of one line are never too near, and are yielded as
            such where nothing else is near. None where every point stands alone.
    """
    own_lines = np.arange(len(points)) if lines is None else np.asarray(lines)
    stays = np.zeros(len(points), dtype=bool)
    for begin in range(0, len(points), _BLOCK):
        block = points[begin : begin + _BLOCK]
        end = begin + len(block)
        best, which = _nearest(
            block, points[:begin], stays[:begin], own_lines[begin:end], own_lines[:begin]
        )
        within = block @ block.T
        is_kin = own_lines[begin:end, None] == own_lines[None, begin:end]
        kin = _nearest_kin(points, begin, end, own_lines) if lines is not None else {}
        for at in range(len(block)):
            counts = stays[begin : begin + at] & ~is_kin[at, :at]
            own = np.where(counts, within[at, :at], -1.0)
            near = int(own.argmax()) if at else 0
            if at and own[near] > best[at]:
                best[at], which[at] = own[near], begin + near
            if best[at] >= cosine:
                yield Alike(begin + at, int(which[at]), float(best[at]))
            else:
                stays[begin + at] = True
                near_kin = kin.get(begin + at)
                if near_kin is not None and near_kin.cosine >= cosine:
                    yield near_kin


def _nearest_kin(points: Points, begin: int, end: int, lines: Any) -> dict[int, Alike]:
    """Return the nearest earlier point of its own line for each point of a block that has one."""
    earlier: dict[int, list[int]] = {}
    block_lines = set(lines[begin:end].tolist())
    found: dict[int, Alike] = {}
    for number in range(end):
        line = int(lines[number])
        if line not in block_lines:
            continue
        before = earlier.setdefault(line, [])
        if number >= begin and before:
            cosines = points[before] @ points[number]
            at = int(cosines.argmax())
            found[number] = Alike(number, before[at], float(cosines[at]), is_of_line=True)
        before.append(number)
    return found


def _nearest(
    block: Points, before: Points, stays: Any, lines: Any, lines_before: Any
) -> tuple[Any, Any]:
    """Return the highest cosine of each point of a block to one before that stays, and which one.

    Points of its own line are passed over.
    """
    best = np.full(len(block), -1.0, dtype=np.float32)
    which = np.zeros(len(block), dtype=np.int64)
    for begin in range(0, len(before), _BLOCK):
        cosines = block @ before[begin : begin + _BLOCK].T
        cosines[:, ~stays[begin : begin + _BLOCK]] = -1.0
        cosines[lines[:, None] == lines_before[None, begin : begin + _BLOCK]] = -1.0
        near = cosines.argmax(axis=1)
        value = cosines[np.arange(len(block)), near]
        is_better = value > best
        best[is_better] = value[is_better]
        which[is_better] = near[is_better] + begin
    return best, which


def given(vectors: Sequence[Sequence[float]]) -> Points | None:
    """Return a model's vectors as points; None where they are no vectors of one length."""
    if len({len(vector) for vector in vectors}) != 1 or not len(vectors[0]):
        return None
    found = np.array(vectors, dtype=np.float64)
    return normalize(found) if np.isfinite(found).all() else None


def distances(points: Points) -> Distances | None:
    """Return how far apart points are; None where there are fewer than two."""
    n = points.shape[0]
    if n < 2:
        return None
    found = _cosine_distances(points)
    pairs = float(found.sum() / (n * (n - 1)))
    np.fill_diagonal(found, np.inf)
    return Distances(float(found.min(axis=1).mean()), pairs)


def _cosine_distances(points: Points) -> Any:
    """Return the distance of each point to each, as scikit-learn works it out.

    Its own function comes with all its metrics, and SciPy's statistics.
    """
    unit = normalize(points)
    likeness = unit @ unit.T
    found = np.clip(1 - (likeness.toarray() if issparse(likeness) else likeness), 0.0, 2.0)
    np.fill_diagonal(found, 0.0)
    return found


def flat(points: Points) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Lay points out on a plane so that near ones stay near: t-SNE of the leading dimensions.

    Args:
        points: At least 5.

    Returns:
        An x and a y a point, each from 0 to 1.
    """
    from sklearn.decomposition import KernelPCA
    from sklearn.manifold import TSNE

    n = points.shape[0]
    # By their likeness to one another, not by their thousands of coordinates: a tenth of the work.
    alike = 1 - _cosine_distances(points)
    with threadpool_limits(1):
        leading = KernelPCA(
            min(_KEPT_DIMENSIONS, n - 1), kernel="precomputed", eigen_solver="dense"
        )
        reduced = leading.fit_transform(alike)
        start = reduced[:, :2] / (np.std(reduced[:, 0]) or 1.0) * 1e-4
        places = TSNE(
            2, init=start, random_state=0, n_jobs=1, max_iter=_ITERATIONS,
            perplexity=min(_PERPLEXITY, (n - 1) / 3),
        ).fit_transform(reduced)  # fmt: skip
    low, high = places.min(axis=0), places.max(axis=0)
    spread: np.ndarray[Any, np.dtype[np.float64]] = (places - low) / np.maximum(high - low, 1e-9)
    return spread


def clusters(places: np.ndarray[Any, np.dtype[np.float64]], count: int) -> list[int]:
    """Return the number of each point's cluster, from 0, by k-means.

    Args:
        places: Points on a plane.
        count: Clusters; fewer where there are fewer places.
    """
    from sklearn.cluster import KMeans

    most = min(count, len(np.unique(places, axis=0)))
    with threadpool_limits(1):
        found = KMeans(most, n_init=_STARTS, random_state=0).fit_predict(places)
    return [int(number) for number in found]


def outlines(
    places: Sequence[tuple[float, float]], numbers: Sequence[int]
) -> list[list[tuple[float, float]]]:
    """Return the corners of each cluster's outline, in cluster order; none where it has no area.

    Args:
        places: Points on a plane.
        numbers: Each point's cluster.
    """
    from scipy.spatial import ConvexHull

    found = []
    for number in range(max(numbers, default=-1) + 1):
        own = np.array([p for p, n in zip(places, numbers, strict=True) if n == number])
        # Joggled, so that points in one line are no error.
        corners = own[ConvexHull(own, qhull_options="QJ").vertices] if len(own) > 3 else own[:0]
        found.append([(float(x), float(y)) for x, y in corners])
    return found
