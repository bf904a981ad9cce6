"""People's figures: who wins by their votes, how steady they are, how far they agree.

Turns votes and pair outcomes into counts, rates with intervals and coefficients. Pure; knows no files.

A vote ranks answers; of each two systems it says win, tie or lose. An item's outcome is what most of
its raters say; where two outcomes are said equally often, it is a tie.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from schemas.documents.results import Agreeing, Alpha, Cohen, Fleiss, PeoplePair, Ties
from schemas.tables.evaluation import Outcome
from schemas.tables.vote import Aspect, Vote
from tasks.doors.numbers import coefficients, inference

Unit = tuple[str, str, str]
"""An item and two systems: the one that wins or loses, and the one that it is compared with."""
Labels = dict[Unit, dict[str, Outcome]]
"""What each rater says of each unit."""
Hits = list[tuple[str, bool]]
"""The item of each comparison, and whether both sides say the same."""

_SMALL = 5
_SEED = 0
_ORDER = {Outcome.LOSE: 0, Outcome.TIE: 1, Outcome.WIN: 2}
_OPPOSITE = {Outcome.WIN: Outcome.LOSE, Outcome.LOSE: Outcome.WIN}


def labels(votes: Iterable[Vote], systems: Sequence[str], aspect: Aspect) -> Labels:
    """Return what raters say at first sight, by unit; a rater's later vote on an item replaces.

    Args:
        votes: That stand, oldest first.
        systems: In the order in which pairs are made: who comes later is compared with.
        aspect: By which they are compared.
    """
    found: Labels = {}
    for vote in votes:
        if not vote.is_repeat:
            for unit, outcome in _outcomes(vote, systems, aspect).items():
                found.setdefault(unit, {})[vote.rater] = outcome
    return found


def _outcomes(vote: Vote, systems: Sequence[str], aspect: Aspect) -> dict[Unit, Outcome]:
    ranks = vote.ranks.get(aspect, {})
    ranked = [system for system in systems if system in ranks]
    return {(vote.item_id, a, b): _outcome(ranks[a], ranks[b]) for a, b in combinations(ranked, 2)}


def _outcome(rank: int, other: int) -> Outcome:
    if rank == other:
        return Outcome.TIE
    return Outcome.WIN if rank < other else Outcome.LOSE


def majority(said: Iterable[Outcome]) -> Outcome:
    """Return the outcome that most say; a tie where no one outcome leads."""
    (first, count), *others = Counter(said).most_common(2)
    return Outcome.TIE if others and others[0][1] == count else first


def flipped(outcome: Outcome) -> Outcome:
    """Return an outcome as the other system sees it."""
    return _OPPOSITE.get(outcome, outcome)


def pair_figures(found: Labels, aspect: Aspect) -> list[PeoplePair]:
    """Return win, tie and lose of each two systems, an item once."""
    by_pair: dict[tuple[str, str], list[Outcome]] = {}
    for (_, system, baseline), said in found.items():
        by_pair.setdefault((system, baseline), []).append(majority(said.values()))
    return [_cell(aspect, *pair, Counter(outcomes)) for pair, outcomes in by_pair.items()]


def _cell(aspect: Aspect, system: str, baseline: str, counts: Counter[Outcome]) -> PeoplePair:
    win, tie, lose = (counts[one] for one in (Outcome.WIN, Outcome.TIE, Outcome.LOSE))
    n = win + tie + lose
    # Twice the score of each item, so that half a point is a whole number.
    scores = [2.0] * win + [1.0] * tie + [0.0] * lose
    return PeoplePair(
        aspect=aspect.value,
        system=system,
        baseline=baseline,
        n=n,
        win=win,
        tie=tie,
        lose=lose,
        win_rate=(win + tie / 2) / n,
        ci95=inference.share_interval(scores, [2.0] * n, _SEED),
        is_small=n < _SMALL,
    )


def rate(hits: Hits) -> Agreeing:
    """Return how often both sides say the same, with an interval that draws whole items anew."""
    by_item: dict[str, list[bool]] = {}
    for item, hit in hits:
        by_item.setdefault(item, []).append(hit)
    agree, n = sum(hit for _, hit in hits), len(hits)
    return Agreeing(
        n=n,
        items=len(by_item),
        agree=agree,
        rate=agree / n if n else None,
        ci95=inference.share_interval(
            [float(sum(one)) for one in by_item.values()],
            [float(len(one)) for one in by_item.values()],
            _SEED,
        ),
        is_small=len(by_item) < _SMALL,
    )


def with_and_without_ties(pairs: Iterable[tuple[Unit, Outcome, Outcome]]) -> Ties:
    """Return agreement on all pairs of outcomes, and on those where neither side says tie."""
    held = list(pairs)
    decided = [one for one in held if Outcome.TIE not in one[1:]]
    return Ties(
        with_ties=rate([(unit[0], a == b) for unit, a, b in held]),
        without_ties=rate([(unit[0], a == b) for unit, a, b in decided]),
    )


def people_agreement(found: Labels) -> Ties:
    """Return how far raters agree with one another: each two of them on each unit."""
    return with_and_without_ties(
        (unit, a, b) for unit, said in found.items() for a, b in combinations(said.values(), 2)
    )


class WithJudge(NamedTuple):
    """How far a judge agrees with people."""

    votes: Ties
    """With each vote."""
    majority: Ties
    """With what most say of an item."""


def judge_agreement(found: Labels, judged: Mapping[Unit, Outcome]) -> WithJudge:
    """Return how far a judge agrees with people.

    Args:
        found: What people say.
        judged: What the judge says of the same units, as far as it is scored.
    """
    shared = {unit: said for unit, said in found.items() if unit in judged}
    return WithJudge(
        votes=with_and_without_ties(
            (unit, vote, judged[unit]) for unit, said in shared.items() for vote in said.values()
        ),
        majority=with_and_without_ties(
            (unit, majority(said.values()), judged[unit]) for unit, said in shared.items()
        ),
    )


class ChanceCorrected(NamedTuple):
    """How far raters agree beyond chance."""

    cohen: list[Cohen]
    """Of each two raters who judged the same."""
    fleiss: Fleiss
    krippendorff: Alpha


def chance_corrected(found: Labels) -> ChanceCorrected:
    """Return Cohen's kappa of each two raters, Fleiss' kappa, and Krippendorff's alpha."""
    things = [{rater: _ORDER[one] for rater, one in said.items()} for said in found.values()]
    alpha = Alpha(
        n=sum(len(one) > 1 for one in things),
        nominal=coefficients.krippendorff(things, "nominal"),
        ordinal=coefficients.krippendorff(things, "ordinal"),
    )
    return ChanceCorrected(_cohens(things), _fleiss(things), alpha)


def _cohens(things: Sequence[Mapping[str, int]]) -> list[Cohen]:
    raters = sorted({rater for thing in things for rater in thing})
    found = []
    for one, other in combinations(raters, 2):
        shared = [thing for thing in things if one in thing and other in thing]
        if shared:
            kappa = coefficients.cohen([t[one] for t in shared], [t[other] for t in shared])
            n = len(shared)
            found.append(Cohen(raters=(one, other), n=n, kappa=kappa, is_small=n < _SMALL))
    return found


def _fleiss(things: Sequence[Mapping[str, int]]) -> Fleiss:
    """It wants the same number of raters everywhere: the most common one, from two, is taken."""
    sizes = Counter(len(thing) for thing in things if len(thing) > 1)
    if not sizes:
        return Fleiss(raters=None, n=0, kappa=None, is_small=True)
    raters = max(sizes, key=lambda size: (sizes[size], size))
    rows = [list(thing.values()) for thing in things if len(thing) == raters]
    kappa = coefficients.fleiss(rows)
    return Fleiss(raters=raters, n=len(rows), kappa=kappa, is_small=len(rows) < _SMALL)


def self_consistency(
    votes: Sequence[Vote], systems: Sequence[str], aspect: Aspect
) -> dict[str, Agreeing]:
    """Return by rater how often they say the same of an item when it comes again."""
    first = labels(votes, systems, aspect)
    hits: dict[str, Hits] = {vote.rater: [] for vote in votes}
    for vote in votes:
        if vote.is_repeat:
            for unit, outcome in _outcomes(vote, systems, aspect).items():
                if vote.rater in first.get(unit, {}):
                    hits[vote.rater].append((unit[0], first[unit][vote.rater] == outcome))
    return {rater: rate(found) for rater, found in hits.items()}
