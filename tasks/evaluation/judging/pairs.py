"""Turn a judge's games into pairs: how a system did against its baseline over one item, counted once.

Knows nothing of figures: those are made of pairs in `tasks.evaluation.judging.cells`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.tables.evaluation import Judgment, Outcome, pair_outcome

_TURN = re.compile(r"-turn\d+$")
_PREFERENCES = {Outcome.WIN: 1.0, Outcome.TIE: 0.5, Outcome.LOSE: 0.0}


@dataclass(frozen=True, slots=True)
class Pair:
    """All games of one item between a system and its baseline."""

    games: tuple[Judgment, ...]
    """At least one."""
    outcome: Outcome
    preference: float | None
    """For the system, 0 to 1; None where unscored."""

    @property
    def item_id(self) -> str:
        """The item."""
        return self.games[0].item_id

    @property
    def question(self) -> str:
        """What an interval draws anew: the item, or the question whose turn it is.

        Two turns of a talk are no two independent pieces of evidence.
        """
        return _TURN.sub("", self.item_id)

    @property
    def skill(self) -> str:
        """As the item has it."""
        return self.games[0].skill

    @property
    def difficulty(self) -> int | None:
        """As the item has it."""
        return self.games[0].difficulty

    @property
    def words_system(self) -> int:
        """Length of the system's answer; words."""
        return self.games[0].words_system

    @property
    def words_baseline(self) -> int:
        """Length of the baseline's answer; words."""
        return self.games[0].words_baseline

    @property
    def scores(self) -> tuple[float, float] | None:
        """Sums of the system's and of the baseline's scores; None where a game has none."""
        own = [g.score_system for g in self.games if g.score_system is not None]
        other = [g.score_baseline for g in self.games if g.score_baseline is not None]
        if self.outcome == Outcome.UNSCORED or not len(own) == len(other) == len(self.games):
            return None
        return sum(own), sum(other)


def pairs_of(games: Iterable[Judgment]) -> dict[tuple[str, str], list[Pair]]:
    """Return the pairs by system and baseline.

    Args:
        games: In any order.

    Returns:
        Both in order of their first game.
    """
    met: dict[tuple[str, str], dict[str, list[Judgment]]] = {}
    for game in games:
        items = met.setdefault((game.system, game.baseline), {})
        items.setdefault(game.item_id, []).append(game)
    return {who: [_pair(of_item) for of_item in items.values()] for who, items in met.items()}


def _pair(games: Sequence[Judgment]) -> Pair:
    outcome = pair_outcome(games)
    return Pair(tuple(games), outcome, _preference(games, outcome))


def _preference(games: Sequence[Judgment], outcome: Outcome) -> float | None:
    """Return how much the judge preferred the system.

    Where it gave a probability, that is the mean over the games. Where it gave verdicts, the pair's
    outcome decides: a win and a tie in the other order make a tie, not three quarters of a win.
    """
    if outcome == Outcome.UNSCORED:
        return None
    given = [game.preference for game in games if game.preference is not None]
    if any(p not in _PREFERENCES.values() for p in given):
        return sum(given) / len(given)
    return _PREFERENCES[outcome]
