"""Count how often the intervals of an evaluation hold the truth, in small and in lopsided cells.

Prints a table by number of items and by rate; 95 % is promised. Run it with `make bench-intervals`.
"""

import argparse
from collections.abc import Callable, Sequence

import numpy as np

from tasks.doors.numbers.inference import Interval, quotient_interval, share_interval
from tests.bench.sides import table

NUMBERS = (5, 10, 20, 50, 218)
RATES = (0.5, 0.75, 0.9, 0.95, 0.98)
TIES = 0.1
"""Share of the losing rest that are ties, where there are any."""
_LOWEST, _HIGHEST = 1, 10

Draw = Callable[[np.random.Generator, int], tuple[Sequence[float], Sequence[float]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=1000)
    sets = parser.parse_args().sets
    lines = []
    for n in NUMBERS:
        rates = [covered(n, sets, _wins(rate), rate, _share) for rate in RATES]
        ties = [covered(n, sets, _ties(rate), rate, _share) for rate in RATES]
        ratios = [covered(n, sets, _scores(by), _truth(by), _ratio) for by in (-2.0, 0.0, 1.0)]
        lines.append((str(n), *(f"{one:.3f}" for one in [*rates, *ties, *ratios])))
    heads = (
        "items", *(f"win {rate}" for rate in RATES), *(f"with ties {rate}" for rate in RATES),
        "capacity -2", "capacity 0", "capacity +1",
    )  # fmt: skip
    print(table(heads, lines))


def covered(
    n: int, sets: int, draw: Draw, truth: float, interval: Callable[..., Interval | None]
) -> float:
    """Return in how many of so many sets of n items the interval holds the truth; none is a miss."""
    draws = np.random.default_rng([n, sets])
    hits = 0
    for seed in range(sets):
        found = interval(*draw(draws, n), seed)
        hits += found is not None and found.low <= truth <= found.high
    return hits / sets


def _share(tops: Sequence[float], bottoms: Sequence[float], seed: int) -> Interval | None:
    return share_interval(tops, bottoms, seed)


def _ratio(tops: Sequence[float], bottoms: Sequence[float], seed: int) -> Interval | None:
    return quotient_interval(tops, bottoms)


def _wins(rate: float) -> Draw:
    return lambda draws, n: ((draws.random(n) < rate).astype(float).tolist(), [1.0] * n)


def _ties(rate: float) -> Draw:
    """Wins, ties and losses of the same mean."""
    tied = 2 * TIES * (1 - rate)

    def draw(draws: np.random.Generator, n: int) -> tuple[Sequence[float], Sequence[float]]:
        shares = [rate - tied / 2, tied, 1 - rate - tied / 2]
        return draws.choice([1.0, 0.5, 0.0], size=n, p=shares).tolist(), [1.0] * n

    return draw


def _scores(by: float) -> Draw:
    """A judge's scores of two answers to the same items, as whole numbers from 1 to 10."""

    def draw(draws: np.random.Generator, n: int) -> tuple[Sequence[float], Sequence[float]]:
        level = draws.normal(7, 1, n)
        own, other = level + by + draws.normal(0, 1.5, n), level + draws.normal(0, 1.5, n)
        return _whole(own), _whole(other)

    return draw


def _whole(scores: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[float]:
    return [float(one) for one in np.clip(np.rint(scores), _LOWEST, _HIGHEST)]


def _truth(by: float) -> float:
    own, other = _scores(by)(np.random.default_rng(0), 2_000_000)
    return sum(own) / sum(other)


if __name__ == "__main__":
    main()
