"""Bradley-Terry ratings by the library evalica: who beat whom, and how often, into one scale.

The scale is Elo's: 400 points are odds of ten to one, and the mean of all is 0. One drawn game is
added between each two that met: without it, who won every game would have no finite rating. Knows
nothing of judges and answers.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import evalica
import numpy as np
import numpy.typing as npt

Winner = Literal["left", "draw", "right"]
RESAMPLES = 200
"""How often the items are drawn anew for an interval."""
_ELO = 400.0
_WINNERS: dict[str, evalica.Winner] = {
    "left": evalica.Winner.X,
    "draw": evalica.Winner.Draw,
    "right": evalica.Winner.Y,
}
_ITERATIONS = 10_000

_Floats = npt.NDArray[np.float64]


class Contest(NamedTuple):
    """Two players met over an item."""

    item: str
    """Contests over the same item are drawn together."""
    left: str
    right: str
    winner: Winner


class Rating(NamedTuple):
    """Where a player stands; points."""

    player: str
    points: float
    low: float
    high: float
    """Ends of a 95 % interval, from the percentiles of a bootstrap over items."""


def rate(contests: Sequence[Contest], seed: int) -> list[Rating]:
    """Return the players' ratings, the best first.

    Args:
        contests: In any order.
        seed: Of the draws.

    Returns:
        Empty where some players have nobody in common with the others, not even through third ones.
    """
    players = list(dict.fromkeys(name for c in contests for name in (c.left, c.right)))
    if not contests or not _hang_together(contests, players):
        return []
    kinds = sorted({c[1:] for c in contests})
    counts = _counts(contests, kinds)
    points = _points(counts.sum(axis=0), kinds, players)
    draws = np.random.default_rng(seed)
    n_items = len(counts)
    drawn = draws.multinomial(n_items, [1 / n_items] * n_items, size=RESAMPLES) @ counts
    ends = np.percentile([_points(one, kinds, players) for one in drawn], [2.5, 97.5], axis=0)
    rows = zip(players, points, ends[0], ends[1], strict=True)
    rated = [Rating(name, *map(float, numbers)) for name, *numbers in rows]
    return sorted(rated, key=lambda r: -r.points)


def _counts(contests: Sequence[Contest], kinds: Sequence[tuple[str, str, str]]) -> _Floats:
    """Return how often each kind of contest was fought, a row an item."""
    rows = {item: n for n, item in enumerate(dict.fromkeys(c.item for c in contests))}
    columns = {kind: n for n, kind in enumerate(kinds)}
    counts = np.zeros((len(rows), len(columns)))
    for c in contests:
        counts[rows[c.item], columns[c[1:]]] += 1
    return counts


def _points(
    weights: _Floats, kinds: Sequence[tuple[str, str, str]], players: Sequence[str]
) -> _Floats:
    met = sorted({(left, right) for left, right, _ in kinds})
    fought = [*kinds, *((left, right, "draw") for left, right in met)]
    found = evalica.bradley_terry(
        [left for left, _, _ in fought],
        [right for _, right, _ in fought],
        [_WINNERS[winner] for _, _, winner in fought],
        weights=[*map(float, weights), *(1.0 for _ in met)],
        limit=_ITERATIONS,
    )
    points = _ELO * np.log10([found.scores[name] for name in players])
    return np.asarray(points - points.mean(), float)


def _hang_together(contests: Sequence[Contest], players: Sequence[str]) -> bool:
    """Whether each player can be reached from the first over those that met."""
    reached = set(players[:1])
    while True:
        near = {c.left for c in contests if c.right in reached}
        near |= {c.right for c in contests if c.left in reached}
        if near <= reached:
            return len(reached) == len(players)
        reached |= near
