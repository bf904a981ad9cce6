"""Turn judged pairs of any published file into an evaluation's items, answers and games.

A reader of a format makes duels; here they are put into one direction, freed of repeats and numbered.
Knows no format and no file.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from schemas.errors import BadInput
from schemas.tables.evaluation import Item, Judgment, Outcome, SystemAnswer
from schemas.text import count_words, well_formed

_EVEN = 0.5
NOT_SCORED = "the file has no verdict"


class Side(NamedTuple):
    """One of the two that are compared."""

    name: str
    answer: str | None
    """None where the file does not hold it."""
    model: str | None = None
    """LiteLLM name, where the file has it."""
    words: int | None = None
    """Length of the answer, where the file has it without the answer."""

    @property
    def length(self) -> int:
        """Words of the answer; 0 where it is not known."""
        return count_words(self.answer or "") if self.words is None else self.words


@dataclass(frozen=True, slots=True)
class Showing:
    """One game as a file has it."""

    preference: float | None
    """For the system, 0 to 1; None where unscored."""
    is_system_first: bool | None = None
    """Whether the judge saw the system's answer first; None where the file does not say."""
    score_system: float | None = None
    score_baseline: float | None = None
    verdict: str | None = None
    why_unscored: str | None = None
    """None for the plain reason."""


@dataclass(frozen=True, slots=True)
class Duel:
    """A system and another one over an item, as a judge saw them."""

    item_key: tuple[str, ...]
    """What tells the item from the others of the file."""
    item_id: str | None
    """The file's own; None where it has none."""
    instruction: str
    system: Side
    baseline: Side
    judge: str
    prompt: str
    showings: tuple[Showing, ...]
    skill: str = ""
    difficulty: int | None = None
    position: int | None = None
    """The item's place, where the file has it."""
    protocol: str | None = None
    """How it was judged, where the file says so."""

    @property
    def key(self) -> tuple[object, ...]:
        """What two rows about the same have in common."""
        return self.item_key, self.judge, frozenset((self.system.name, self.baseline.name))


class Told(NamedTuple):
    """A file's duels as an evaluation."""

    items: list[Item]
    answers: list[SystemAnswer]
    games: list[Judgment]
    systems: dict[str, str | None]
    """The baseline first, then the others in their order, each with its model where that is known."""
    repeated: int
    """Rows that a later one about the same replaced."""


def baseline_of(duels: Sequence[Duel], wanted: str | None) -> str:
    """Return who the others are compared with: the wanted one, else who takes part most often.

    Raises:
        BadInput: The wanted one is not in the file.
    """
    seen = Counter(name for d in duels for name in (d.baseline.name, d.system.name))
    if wanted is None:
        return max(seen, key=lambda name: seen[name])
    if wanted not in seen:
        raise BadInput(f"baseline: {wanted!r} is not in the file; choose one of {sorted(seen)}")
    return wanted


def told(duels: Iterable[Duel], baseline: str) -> Told:
    """Return the duels as rows of an evaluation.

    Args:
        duels: In the file's order; of those about the same, the last one counts.
        baseline: Who stands on the second side wherever it takes part.
    """
    read = list(duels)
    last = {one.key: one for one in _one_way(read, baseline)}
    kept = list(last.values())
    items = _items(kept)
    answers: dict[tuple[str, str], SystemAnswer] = {}
    games: list[Judgment] = []
    for one in kept:
        item = items[one.item_key]
        for side in (one.baseline, one.system):
            if side.answer is not None:
                made = SystemAnswer(item.id, item.position, side.name, side.answer, side.model)
                answers[side.name, item.id] = made
        games += [_game(one, showing, item) for showing in one.showings]
    systems: dict[str, str | None] = {baseline: None}
    systems.update((side.name, side.model) for one in kept for side in (one.baseline, one.system))
    return Told(
        items=sorted(items.values(), key=lambda item: item.position),
        answers=sorted(answers.values(), key=lambda answer: answer.position),
        games=sorted(games, key=lambda game: game.position),
        systems=systems,
        repeated=len(read) - len(kept),
    )


def _one_way(duels: Iterable[Duel], baseline: str) -> Iterable[Duel]:
    """Turn duels so that the baseline, and in each two the same one, stands on the second side."""
    second: dict[frozenset[str], str] = {}
    for one in duels:
        two = frozenset((one.system.name, one.baseline.name))
        stands = second.setdefault(two, baseline if baseline in two else one.baseline.name)
        yield one if one.baseline.name == stands else _turned(one)


def _turned(duel: Duel) -> Duel:
    return replace(
        duel,
        system=duel.baseline,
        baseline=duel.system,
        showings=tuple(
            replace(
                one,
                preference=None if one.preference is None else 1 - one.preference,
                is_system_first=None if one.is_system_first is None else not one.is_system_first,
                score_system=one.score_baseline,
                score_baseline=one.score_system,
            )
            for one in duel.showings
        ),
    )


def _items(duels: Sequence[Duel]) -> dict[tuple[str, ...], Item]:
    """Return the items by their keys, in the file's places, else numbered as they come."""
    items: dict[tuple[str, ...], Item] = {}
    for one in duels:
        place = len(items) if one.position is None else one.position
        name = one.item_id or str(place)
        made = Item(name, place, well_formed(one.instruction), one.skill, one.difficulty)
        items.setdefault(one.item_key, made)
    for name, count in Counter(item.id for item in items.values()).most_common(1):
        if count > 1:
            raise BadInput(f"file: {count} items are called {name!r}; give each its own name")
    return items


def _game(duel: Duel, showing: Showing, item: Item) -> Judgment:
    outcome = outcome_of(showing.preference)
    is_unscored = outcome == Outcome.UNSCORED
    return Judgment(
        item_id=item.id,
        position=item.position,
        skill=item.skill,
        difficulty=item.difficulty,
        system=duel.system.name,
        baseline=duel.baseline.name,
        is_system_first=bool(showing.is_system_first),
        prompt=duel.prompt,
        judge=duel.judge,
        outcome=outcome,
        preference=showing.preference,
        score_system=None if is_unscored else showing.score_system,
        score_baseline=None if is_unscored else showing.score_baseline,
        why_unscored=(showing.why_unscored or NOT_SCORED) if is_unscored else None,
        verdict=showing.verdict,
        words_system=duel.system.length,
        words_baseline=duel.baseline.length,
    )


def outcome_of(preference: float | None) -> Outcome:
    """Return what a preference comes to: a probability above one half is a win."""
    if preference is None:
        return Outcome.UNSCORED
    if preference == _EVEN:
        return Outcome.TIE
    return Outcome.WIN if preference > _EVEN else Outcome.LOSE
