"""Choose some pairs of an evaluation that are worth reading: disputed ones, and clear losses.

Turns items, answers and games into both answers side by side, with what the judge said of each order.
The same evaluation gives the same choice. Knows nothing of pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from schemas.tables.evaluation import NULL_MODEL, Item, Judgment, Outcome, SystemAnswer
from tasks.doors.pages.clipped import Clipped, Piece, clip
from tasks.evaluation.judging.pairs import Pair, pairs_of

_WORTH = {Outcome.WIN: 1.0, Outcome.TIE: 0.5, Outcome.LOSE: 0.0}


class Side(NamedTuple):
    """One of two answers."""

    system: str
    answer: Clipped | None
    """None where it is not known."""
    words: int
    has_won: bool


class Said(NamedTuple):
    """What the judge said in one game."""

    first: str
    """System whose answer was shown first."""
    outcome: str
    """For the judged system."""
    scores: tuple[float, float] | None
    """The judged system's and the baseline's."""
    verdict: Clipped | None


class Duel(NamedTuple):
    """Two answers to one item, and what the judge made of them."""

    item_id: str
    skill: str
    difficulty: int | None
    instruction: Clipped | None
    """None where the item is not known."""
    outcome: str
    """For the first side."""
    sides: tuple[Side, Side]
    """The judged system's, then the baseline's."""
    games: list[Said]


class ToRead(NamedTuple):
    """What to read, and how much of it there is."""

    n_disputed: int
    """Pairs that the judge saw differently in the two orders."""
    disputed: list[Duel]
    n_losses: int
    losses: list[Duel]


def to_read(
    items: Sequence[Item],
    answers: Sequence[SystemAnswer],
    games: Iterable[Judgment],
    count: int,
) -> ToRead:
    """Return the most disputed pairs and the clearest losses.

    Args:
        items: The test set.
        answers: Of all systems.
        games: All of them; the constant answer's are passed over.
        count: Most pairs of each kind.
    """
    met = pairs_of(game for game in games if NULL_MODEL not in (game.system, game.baseline))
    disputed = [pair for of_two in met.values() for pair in of_two if _is_disputed(pair)]
    disputed.sort(key=_calm)
    lost = [
        sorted((pair for pair in of_two if pair.outcome is Outcome.LOSE), key=_margin)
        for of_two in met.values()
    ]
    # Every system's clearest loss comes before anybody's second.
    losses = [pair for turn in zip_longest(*lost) for pair in turn if pair is not None]
    asked = {one.id: one for one in items}
    told = {(one.item_id, one.system): one.answer for one in answers}
    return ToRead(
        len(disputed),
        [_duel(pair, asked, told) for pair in disputed[:count]],
        len(losses),
        [_duel(pair, asked, told) for pair in losses[:count]],
    )


def _is_disputed(pair: Pair) -> bool:
    return pair.outcome is not Outcome.UNSCORED and len({g.outcome for g in pair.games}) > 1


def _calm(pair: Pair) -> tuple[float, float, int]:
    """Order disputes: a win that becomes a loss first, then by how far the scores jump."""
    worths = [_WORTH[game.outcome] for game in pair.games]
    leads = [_lead(game) for game in pair.games]
    return min(worths) - max(worths), min(leads) - max(leads), pair.games[0].position


def _margin(pair: Pair) -> tuple[float, int]:
    """Order losses: the widest in scores first; where there are none, as the test set has them."""
    return sum(map(_lead, pair.games)) / len(pair.games), pair.games[0].position


def _lead(game: Judgment) -> float:
    """Return by how many points the system led, or how far it was preferred."""
    if game.score_system is not None and game.score_baseline is not None:
        return game.score_system - game.score_baseline
    return (game.preference or 0.0) - _WORTH[Outcome.TIE]


def _duel(
    pair: Pair, asked: Mapping[str, Item], told: Mapping[tuple[str, str], str | None]
) -> Duel:
    one = pair.games[0]
    item = asked.get(one.item_id)
    sides = (
        Side(one.system, _clipped(told.get((one.item_id, one.system))), one.words_system,
             pair.outcome is Outcome.WIN),
        Side(one.baseline, _clipped(told.get((one.item_id, one.baseline))), one.words_baseline,
             pair.outcome is Outcome.LOSE),
    )  # fmt: skip
    return Duel(
        item_id=one.item_id,
        skill=one.skill,
        difficulty=one.difficulty,
        instruction=_clipped(item.instruction if item is not None else None),
        outcome=pair.outcome.value,
        sides=sides,
        games=[_said(game) for game in pair.games],
    )


def _said(game: Judgment) -> Said:
    scores = None
    if game.score_system is not None and game.score_baseline is not None:
        scores = game.score_system, game.score_baseline
    return Said(
        first=game.system if game.is_system_first else game.baseline,
        outcome=game.outcome.value,
        scores=scores,
        verdict=_clipped(game.verdict),
    )


def _clipped(text: str | None) -> Clipped | None:
    return None if text is None else clip([Piece(text, is_new=False)])
