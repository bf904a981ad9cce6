"""Say who wins by people's votes, and how far people agree with themselves, one another and the judge.

Turns a folder's votes and judgments into RUN/agreement.json and a small table. The figures are made in
`tasks.evaluation.ranking.people_figures`; knows nothing of pages.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from schemas.documents.results import (
    AGREEMENT_VERSION,
    Agreeing,
    Agreement,
    Bounds,
    Cohen,
    JudgeAgreement,
    PeoplePair,
    Rater,
    Together,
)
from schemas.errors import BadInput
from schemas.folders.evaluation import EvaluationFolder
from schemas.tables.evaluation import NULL_MODEL, Judgment, Outcome, judgments_of, pair_outcome
from schemas.tables.vote import Aspect, Vote
from tasks.doors.storage import folders, shards
from tasks.evaluation.ranking import people_figures
from tasks.evaluation.ranking.people_figures import Unit
from tasks.evaluation.ranking.votes import read_votes

_SMALL = 5
_MOST_PAIRS = 6
"""Of raters that are printed one by one."""


def agree(folder: EvaluationFolder) -> Agreement:
    """Return people's figures, and write them to the folder.

    Raises:
        BadInput: There are no votes.
        RunFault: A file is damaged or cannot be written.
    """
    folders.require_no_links(folder.root)
    votes = read_votes(folder.votes).standing()
    judged = [vote for vote in votes if not vote.is_skipped]
    if not judged:
        raise BadInput(
            f"{folder.root}: no votes of people yet; collect some with evolflow rank serve, or bring "
            "them in with evolflow rank import"
        )
    games = _games(folder)
    found = agreement(votes, games)
    shards.write_json(found, folder.agreement)
    return found


def agreement(votes: Sequence[Vote], games: Sequence[Judgment]) -> Agreement:
    """Return people's figures.

    Args:
        votes: That stand, oldest first; at least one is no skip.
        games: All of a judge's; none where nobody has judged.
    """
    systems = _systems(votes, games)
    judged = [vote for vote in votes if not vote.is_skipped]
    by_aspect = {aspect: people_figures.labels(judged, systems, aspect) for aspect in Aspect}
    told = {aspect: labels for aspect, labels in by_aspect.items() if labels}
    verdicts = _verdicts(games, systems)
    return Agreement(
        schema_version=AGREEMENT_VERSION,
        systems=systems,
        items=len({vote.item_id for vote in judged}),
        votes=len(judged),
        skipped=len(votes) - len(judged),
        raters=_raters(votes, systems),
        pairs=[
            cell
            for aspect, labels in told.items()
            for cell in people_figures.pair_figures(labels, aspect)
        ],
        aspects={aspect.value: _together(labels) for aspect, labels in told.items()},
        judge=_judge(games, told[Aspect.OVERALL], verdicts),
    )


def _together(labels: people_figures.Labels) -> Together:
    people = people_figures.people_agreement(labels)
    beyond = people_figures.chance_corrected(labels)
    return Together(
        people=people, cohen=beyond.cohen, fleiss=beyond.fleiss, krippendorff=beyond.krippendorff
    )


def _games(folder: EvaluationFolder) -> list[Judgment]:
    parts = sorted(folder.parts("judgments").glob("part-*.parquet"))
    games = (game for part in parts for game in judgments_of(shards.read_table(part)))
    return [game for game in games if NULL_MODEL not in (game.system, game.baseline)]


def _systems(votes: Iterable[Vote], games: Iterable[Judgment]) -> list[str]:
    """Return systems in the order of pairs: baselines come last, so that others win or lose."""
    found = sorted({system for vote in votes for system in vote.order})
    baselines = {game.baseline for game in games}
    return sorted(found, key=lambda system: system in baselines)


def _raters(votes: Sequence[Vote], systems: Sequence[str]) -> list[Rater]:
    """Return what each rater has done, and how steady they are."""
    given = Counter(vote.rater for vote in votes if not vote.is_skipped)
    skipped = Counter(vote.rater for vote in votes if vote.is_skipped)
    judged = [vote for vote in votes if not vote.is_skipped]
    steady = people_figures.self_consistency(judged, systems, Aspect.OVERALL)
    return [
        Rater(
            rater=rater,
            votes=given[rater],
            skipped=skipped[rater],
            self_consistency=steady.get(rater, people_figures.rate([])),
        )
        for rater in sorted(given | skipped)
    ]


def _verdicts(games: Iterable[Judgment], systems: Sequence[str]) -> dict[Unit, Outcome]:
    """Return the judge's outcomes by unit, turned as people's pairs are; unscored ones are none."""
    by_pair: dict[Unit, list[Judgment]] = {}
    for game in games:
        by_pair.setdefault((game.item_id, game.system, game.baseline), []).append(game)
    found: dict[Unit, Outcome] = {}
    for (item, system, baseline), held in by_pair.items():
        outcome = pair_outcome(held)
        if outcome is Outcome.UNSCORED or not {system, baseline} <= set(systems):
            continue
        if systems.index(system) < systems.index(baseline):
            found[item, system, baseline] = outcome
        else:
            found[item, baseline, system] = people_figures.flipped(outcome)
    return found


def _judge(
    games: Sequence[Judgment], labels: people_figures.Labels, verdicts: Mapping[Unit, Outcome]
) -> JudgeAgreement | None:
    """Return how far the judge agrees with people; None where both have not judged the same."""
    if not any(unit in verdicts for unit in labels):
        return None
    name = ", ".join(sorted({game.judge for game in games}))
    found = people_figures.judge_agreement(labels, verdicts)
    return JudgeAgreement(judge=name, votes=found.votes, majority=found.majority)


def agreement_text(found: Agreement) -> str:
    """Return the figures as small tables."""
    overall = found.aspects[Aspect.OVERALL.value]
    rates = [("people, each two", overall.people)]
    if found.judge is not None:
        rates += [
            ("judge and votes", found.judge.votes),
            ("judge and majority", found.judge.majority),
        ]
    head = (
        f"{found.votes} votes of {len(found.raters)} raters on {found.items} items, "
        f"{found.skipped} skipped"
    )
    lines = [
        head,
        "",
        *_columns([["who wins overall, by majority", "n", "won", "tied", "lost", "rate"],
                   *(_pair_row(cell) for cell in _of(found, Aspect.OVERALL))]),
        *_aspect_lines(found),
        "",
        *_columns([["agreement, overall", "n", "with ties", "n", "without ties"],
                   *([name, *_rate(both.with_ties), *_rate(both.without_ties)]
                     for name, both in rates)]),
        *_missing(found),
        "",
        *_columns([["beyond chance, overall", "n", "value"], *_coefficient_rows(overall)]),
        *_steady_lines(found),
    ]  # fmt: skip
    if any("*" in line for line in lines):
        lines += ["", "* fewer than 5 items: noise"]
    return "\n".join(lines)


def _of(found: Agreement, aspect: Aspect) -> list[PeoplePair]:
    return [cell for cell in found.pairs if cell.aspect == aspect.value]


def _pair_row(cell: PeoplePair) -> list[str]:
    counts = [str(one) for one in (cell.win, cell.tie, cell.lose)]
    rate = _share(cell.win_rate, cell.ci95)
    return [_pair(cell), _number(cell.n, cell.is_small), *counts, rate]


def _pair(cell: PeoplePair) -> str:
    return f"{cell.system} against {cell.baseline}"


def _aspect_lines(found: Agreement) -> list[str]:
    """Return win rates by aspect, a pair a row."""
    aspects = [one for one in found.aspects if one != Aspect.OVERALL.value]
    rates = {(_pair(cell), cell.aspect): cell for cell in found.pairs}
    pairs = [_pair(cell) for cell in _of(found, Aspect.OVERALL)]
    rows = [[pair, *(_aspect_cell(rates.get((pair, one))) for one in aspects)] for pair in pairs]
    return ["", *_columns([["win rate by aspect", *aspects], *rows])] if aspects else []


def _aspect_cell(cell: PeoplePair | None) -> str:
    if cell is None:
        return "–"
    return f"{_share(cell.win_rate, None)}{' *' if cell.is_small else ''}"


def _missing(found: Agreement) -> list[str]:
    if found.judge is not None:
        return [f"the judge is {found.judge.judge}"]
    return ["judge and people: no item was judged by both; evolflow evaluate brings verdicts"]


def _coefficient_rows(found: Together) -> list[list[str]]:
    alpha, fleiss = found.krippendorff, found.fleiss
    named = [
        (f"Fleiss' kappa, {fleiss.raters or 0} raters each", fleiss.n, fleiss.kappa),
        ("Krippendorff's alpha, nominal", alpha.n, alpha.nominal),
        ("Krippendorff's alpha, ordinal", alpha.n, alpha.ordinal),
    ]
    return [*_cohen_rows(found.cohen), *([name, *_coefficient(n, v)] for name, n, v in named)]


def _cohen_rows(pairs: Sequence[Cohen]) -> list[list[str]]:
    """Return a row for each two raters; one row where they are many, the file has them all."""
    if len(pairs) <= _MOST_PAIRS:
        return [
            [f"Cohen's kappa, {' and '.join(one.raters)}", *_coefficient(one.n, one.kappa)]
            for one in pairs
        ]
    known = [one.kappa for one in pairs if one.kappa is not None]
    span = f"{min(known):.2f} to {max(known):.2f}, median {median(known):.2f}" if known else "–"
    return [[f"Cohen's kappa, {len(pairs)} pairs", str(sum(one.n for one in pairs)), span]]


def _steady_lines(found: Agreement) -> list[str]:
    rows = [
        [one.rater, *_rate(one.self_consistency)] for one in found.raters if one.self_consistency.n
    ]
    return ["", *_columns([["the same again, by rater", "n", "rate"], *rows])] if rows else []


def _rate(one: Agreeing) -> list[str]:
    return [_number(one.n, one.is_small), _share(one.rate, one.ci95)]


def _share(value: float | None, interval: Bounds) -> str:
    if value is None:
        return "–"
    span = f" [{interval[0]:.0%}, {interval[1]:.0%}]" if interval else ""
    return f"{value:.0%}{span}"


def _number(n: int, is_small: bool) -> str:
    return f"{n} *" if is_small else str(n)


def _coefficient(n: int, value: float | None) -> list[str]:
    return [_number(n, n < _SMALL), "–" if value is None else f"{value:.2f}"]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines: the first cell to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]).rstrip()
        for row in rows
    ]  # fmt: skip
