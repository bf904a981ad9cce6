"""Let a judge compare every system's answers with the baseline's, blind and in both orders.

Turns items and answers into games, games into requests, and verdicts into judgments. What cannot be
judged or read is unscored, with its reason: kept, counted, never zero. Answers are strangers' text: how
they are fenced and how a verdict is read is in `tasks.packs.fences`.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import pyarrow as pa

from schemas.calls.call import Answer, Request
from schemas.folders.evaluation import EPOCH, EvaluationFolder
from schemas.settings.evaluation import EvaluationSettings
from schemas.tables.evaluation import (
    JUDGMENTS,
    NULL_MODEL,
    EvaluationStage,
    Item,
    Judgment,
    Outcome,
    SystemAnswer,
    answers_of,
    items_of,
)
from schemas.tables.row import to_table
from schemas.text import count_words, well_formed
from tasks.buying.ask import Ask
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.packs import fences
from tasks.packs.judge_pack import JudgePack, load_judge_pack
from tasks.runs.made_from import made_from
from tasks.runs.run_json import read_record
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import Carried, asker, stage_task, unless_done

log = logging.getLogger("evolflow.judge")

_ASKS = (1, 2)
"""A verdict that cannot be read is asked for once more."""


class Game(NamedTuple):
    """One showing of two answers to the judge."""

    item: Item
    system: str
    baseline: str
    is_system_first: bool
    answer: str | None
    """The system's; None where it gave none."""
    other: str | None
    """The baseline's."""

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What tells it from every other game of the evaluation."""
        order = "first" if self.is_system_first else "second"
        return self.item.id, self.system, self.baseline, order


@dataclass(frozen=True)
class Bench:
    """All that judging needs besides the answers."""

    settings: EvaluationSettings
    pack: JudgePack
    secret: str
    """Random for each run: nobody who wrote an answer can have known it."""
    ask: Ask
    is_canary: Callable[[Item], bool]
    """Whether the constant answer is judged on an item."""


def games_of(items: Sequence[Item], answers: Sequence[SystemAnswer], bench: Bench) -> list[Game]:
    """Return every game that is to be played: item by item, pair by pair, the system first first."""
    texts = {(one.item_id, one.system): one.answer for one in answers}
    return [game for item in items for game in _of_item(item, texts, bench)]


def _of_item(
    item: Item, texts: Mapping[tuple[str, str], str | None], bench: Bench
) -> Iterator[Game]:
    baseline = bench.settings.baseline_name
    pairs = [(s, b, texts.get((item.id, s))) for s, b in bench.settings.compared]
    if bench.is_canary(item):
        pairs.append((NULL_MODEL, baseline, fences.NULL_ANSWER))
    for system, other, answer in pairs:
        for is_first in _orders(item, bench.settings):
            yield Game(item, system, other, is_first, answer, texts.get((item.id, other)))


def _orders(item: Item, settings: EvaluationSettings) -> tuple[bool, ...]:
    """Return whether the system is shown first, game by game (paper: first on odd ids)."""
    if settings.protocol == "both-orders":
        return True, False
    number = int(item.id) if item.id.isdecimal() else item.position + 1
    return (number % 2 == 1,)


def judge(games: Sequence[Game], bench: Bench) -> list[Judgment]:
    """Let the judge say who answered better.

    Args:
        games: n games.
        bench: Judge, prompts and the way to ask.

    Returns:
        n judgments in the same order.
    """
    judged = {game.name: _unjudged(game, bench) for game in games}
    waiting = [game for game in games if game.answer is not None and game.other is not None]
    for ask in _ASKS:
        answers = bench.ask([_request(game, bench, ask) for game in waiting])
        unread = []
        for game, answer in zip(waiting, answers, strict=True):
            mark = _nonce(game.name, bench, ask)
            judged[game.name] = _judged(judged[game.name], answer, mark)
            if answer.error is None and judged[game.name].outcome is Outcome.UNSCORED:
                unread.append(game)
        waiting = unread
    return [judged[game.name] for game in games]


def _request(game: Game, bench: Bench, ask: int) -> Request:
    first, second = game.answer or "", game.other or ""
    if not game.is_system_first:
        first, second = second, first
    return Request(
        row_id="/".join(game.name),
        epoch=EPOCH,
        stage=EvaluationStage.JUDGE,
        model=bench.settings.judge,
        prompt=bench.pack.render(
            fences.kind_of(game.item.skill), fences.defused(game.item.instruction),
            fences.defused(first), fences.defused(second), _nonce(game.name, bench, ask),
        ),
        sampling=bench.settings.judge_sampling,
        ask=ask,
    )  # fmt: skip


def _nonce(name: Sequence[str], bench: Bench, ask: int) -> str:
    return fences.nonce(bench.secret, *name, str(ask))


def _unjudged(game: Game, bench: Bench) -> Judgment:
    """Return a game before anybody was asked: unscored for want of an answer."""
    missing = [
        name
        for name, text in ((game.system, game.answer), (game.baseline, game.other))
        if text is None
    ]
    return Judgment(
        item_id=game.item.id,
        position=game.item.position,
        skill=game.item.skill,
        difficulty=game.item.difficulty,
        system=game.system,
        baseline=game.baseline,
        is_system_first=game.is_system_first,
        prompt=fences.kind_of(game.item.skill),
        judge=bench.settings.judge,
        outcome=Outcome.UNSCORED,
        preference=None,
        score_system=None,
        score_baseline=None,
        why_unscored=f"no answer of {' and '.join(missing)}" if missing else None,
        verdict=None,
        words_system=count_words(game.answer or ""),
        words_baseline=count_words(game.other or ""),
    )


def _judged(game: Judgment, answer: Answer, mark: str) -> Judgment:
    if answer.error is not None:
        return replace(game, why_unscored=f"the judge gave no answer: {answer.error}")
    text = well_formed(answer.text)
    found = fences.read_verdict(text, mark)
    if found.scores is None:
        return replace(game, verdict=text, why_unscored=found.problem)
    first, second = found.scores
    own, other = (first, second) if game.is_system_first else (second, first)
    outcome = Outcome.TIE if own == other else Outcome.WIN if own > other else Outcome.LOSE
    return replace(
        game,
        verdict=text,
        why_unscored=None,
        score_system=own,
        score_baseline=other,
        outcome=outcome,
        preference={Outcome.WIN: 1.0, Outcome.TIE: 0.5, Outcome.LOSE: 0.0}[outcome],
    )


@stage_task(EvaluationStage.JUDGE)
def judge_shard(run: str, epoch: int, shard: int, source: str) -> Carried:
    """Judge one shard of answers."""
    folder = EvaluationFolder(place(run))
    items_path = folder.pool_shard(epoch, shard)

    def made() -> pa.Table:
        bench = _bench(folder, epoch, shard)
        items = items_of(shards.read_table(items_path))
        answers = answers_of(shards.read_table(place(source)))
        judged = judge(games_of(items, answers, bench), bench)
        unscored = sum(one.outcome is Outcome.UNSCORED for one in judged)
        log.info("judge shard=%03d games=%d unscored=%d", shard, len(judged), unscored)
        return to_table(judged, JUDGMENTS)

    key = made_from(folder, [EvaluationStage.JUDGE, epoch, shard], [items_path, place(source)])
    return unless_done(folder.stage_shard(epoch, EvaluationStage.JUDGE, shard), key, made)


def _bench(folder: EvaluationFolder, epoch: int, shard: int) -> Bench:
    settings = load_settings(folder, EvaluationSettings)
    n_items = sum(shards.count_rows(path) for path in folder.pool_shards(epoch))
    # Spread over the whole set: its beginning may be its easy part.
    step = max(1, n_items // settings.canary_items)
    return Bench(
        settings=settings,
        pack=load_judge_pack(),
        secret=read_record(folder).run_id,
        ask=asker(folder, settings, epoch, shard),
        is_canary=lambda item: (
            item.position % step == 0 and item.position // step < settings.canary_items
        ),
    )
