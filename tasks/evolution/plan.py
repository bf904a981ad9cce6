"""Turn settings and a seed file into what a run would buy: rows, calls, tokens, USD, hours.

Reads the seeds and the pack, asks nobody, writes nothing. What cannot be known before is assumed
by the named numbers below, and the text says so. Must not know how the work is done.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import NamedTuple

from schemas.settings.evolution import RunSettings
from schemas.stages import Stage
from schemas.tables.row import Row
from schemas.text import estimate_tokens
from tasks.buying import models
from tasks.buying.budget import Budget
from tasks.evolution.assumed import GROWTH_WORDS, Assumed, assumed_for, longest
from tasks.packs.pack import Pack, as_text, load_pack
from tasks.sources.seeds import count_usable, read_seeds, shard_rows, tasks_a_shard

VERDICT_TOKENS = 3
"""Assumed length of the judge's verdict; tokens."""
LATENCY_S = 5.0
"""Assumed time from sending a call to its whole answer; seconds."""

_FOR_SEEDS = f"{Stage.RESPOND} (seeds)"
_ROLES = {
    _FOR_SEEDS: "responder", Stage.EVOLVE: "evolver", Stage.SCREEN: "judge", Stage.RESPOND: "responder",
}  # fmt: skip
_Amount = tuple[str, str, int, int, int]
"""Stage, model, calls, tokens of the prompts, tokens of the answers."""
_TOKENS_PER_WORD = 4 / 3
# Counts as exactly one token, so that a text of any given length can be put into a prompt.
_ONE_TOKEN = "abcd"  # noqa: S105 - four letters, no secret


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is asked of one model, or of all."""

    stage: str
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    """None where a price is unknown and something is bought at it."""


class Bound(NamedTuple):
    """How long one limit makes the run take at least."""

    limit: str
    hours: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would buy."""

    rows_read: int
    usable: int
    set_aside: Mapping[str, int]
    """Seed rows that cannot be used, by reason."""
    shards: int
    shard_rows: int
    """Rows a shard holds at most."""
    prefect_tasks: int
    epochs: int
    purchases: Sequence[Purchase]
    """About, one a stage, in the order of the run: every child passes everything."""
    longest: Sequence[Purchase]
    """The same where every answer is as long as its limit."""
    assumed: Assumed
    bounds: Sequence[Bound]
    """One a limit, longest first."""
    budget_usd: float | None

    @property
    def about(self) -> Purchase:
        """All purchases together."""
        return _total(self.purchases)

    @property
    def at_most(self) -> Purchase:
        """All purchases together where every answer is as long as its limit; no call is repeated."""
        return _total(self.longest)

    @property
    def if_children_fail(self) -> Purchase:
        """All purchases together when a share of the children get no response."""
        share = 1 - self.assumed.failing_share
        return _total(
            [_thinned(p, share) if p.stage == Stage.RESPOND else p for p in self.purchases]
        )


class _Seeds(NamedTuple):
    """What the seed file holds."""

    set_aside: Counter[str]
    usable: int
    tokens: int
    asked: int
    """Usable seeds whose response is bought."""
    asked_tokens: int
    shown: Mapping[str, float]
    """Tokens of each of the pack's fields, on average."""


def plan(settings: RunSettings) -> Plan:
    """Work out what a run with these settings would buy.

    Raises:
        BadInput: What `run` refuses too: seeds, pack, a model's name, a budget without prices.
    """
    count_usable(settings)
    pack = load_pack(settings.pack)
    prices = models.check(settings, needs_keys=False)
    seeds = _read(settings, pack)
    size = shard_rows(settings, seeds.usable)
    assumed = assumed_for(settings)
    purchases = _purchases(settings, pack, seeds, prices, assumed)
    most = _purchases(settings, pack, seeds, prices, longest(settings), is_longest=True)
    return Plan(
        rows_read=seeds.usable + seeds.set_aside.total(),
        usable=seeds.usable,
        set_aside=seeds.set_aside,
        shards=-(-seeds.usable // size),
        shard_rows=size,
        prefect_tasks=_prefect_tasks(settings, -(-seeds.usable // size)),
        epochs=settings.epochs,
        purchases=purchases,
        longest=most,
        assumed=assumed,
        bounds=_bounds(settings, _total(purchases), seeds.usable),
        budget_usd=settings.budget_usd,
    )


def _read(settings: RunSettings, pack: Pack) -> _Seeds:
    set_aside: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    usable = tokens = asked = asked_tokens = 0
    for row in read_seeds(settings):
        if row.reason is not None:
            set_aside[row.reason] += 1
            continue
        length = estimate_tokens(row.instruction)
        lacks = row.response is None and settings.seed_responses in ("missing", "all")
        usable, tokens = usable + 1, tokens + length
        asked, asked_tokens = asked + lacks, asked_tokens + lacks * length
        shown.update(_shown_tokens(pack, row))
    means = {name: shown[name] / max(1, usable) for name in pack.fields}
    return _Seeds(set_aside, usable, tokens, asked, asked_tokens, means)


def _shown_tokens(pack: Pack, seed: Row) -> dict[str, int]:
    """Return the tokens of what a pack's prompts show of a seed beside its instruction."""
    extra = json.loads(seed.extra) if pack.fields and seed.extra else {}
    return {name: estimate_tokens(as_text(extra.get(name))) for name in pack.fields}


def _prefect_tasks(settings: RunSettings, shards: int) -> int:
    # Besides a shard's stages: advance, publish and exhibit an epoch; seed, finish and report.
    return shards * tasks_a_shard(settings) + 3 * (settings.epochs + 1) + 3


def _purchases(
    settings: RunSettings,
    pack: Pack,
    seeds: _Seeds,
    prices: Budget,
    assumed: Assumed,
    *,
    is_longest: bool = False,
) -> tuple[Purchase, ...]:
    """Add up the four stages that buy; each usable seed's line makes one child an epoch."""
    rows, limit = seeds.usable, settings.max_tokens
    response = min(assumed.response_tokens, limit)
    most = settings.judge_max_tokens
    verdict = most if is_longest else min(VERDICT_TOKENS, most)
    judged = rows if settings.gain_check else 0
    evolve_in = evolve_out = screen_in = respond_in = 0
    parent = seeds.tokens / rows
    for _ in range(settings.epochs):
        grown = parent + GROWTH_WORDS * _TOKENS_PER_WORD
        child = min(assumed.child_tokens or grown, float(limit))
        evolve_in += round(rows * _evolving_tokens(pack, round(parent), seeds.shown))
        evolve_out += round(rows * child)
        question = pack.equality(_ONE_TOKEN * round(parent), _ONE_TOKEN * round(child))
        screen_in += judged * estimate_tokens(question)
        respond_in += round(rows * child)
        parent = child
    n, judge, responder = settings.epochs, settings.judge_model, settings.responder_model
    amounts = (
        (
            _FOR_SEEDS,
            responder,
            seeds.asked,
            seeds.asked_tokens,
            seeds.asked * response,
        ),
        (Stage.EVOLVE, settings.model, rows * n, evolve_in, evolve_out),
        (Stage.SCREEN, judge, judged * n, screen_in, judged * n * verdict),
        (Stage.RESPOND, responder, rows * n, respond_in, rows * n * response),
    )
    return tuple(
        Purchase(*amount, cost_usd=prices.cost(amount[1], *amount[3:]) if amount[2] else 0.0)
        for amount in (_with_thoughts(settings, one, assumed) for one in amounts)
    )


def _with_thoughts(settings: RunSettings, amount: _Amount, assumed: Assumed) -> _Amount:
    """Add the tokens that a model may think before each answer; lengths of the run's own hold them."""
    stage, model, calls, prompts, answers = amount
    if assumed.epochs and stage != Stage.SCREEN:
        return amount
    allowed = models.thinking_tokens(settings, _ROLES[stage], model)
    return stage, model, calls, prompts, answers + calls * allowed


def _evolving_tokens(pack: Pack, parent: int, shown: Mapping[str, float]) -> float:
    """Return the mean length of the evolving prompts, as often as they are drawn."""
    text = _ONE_TOKEN * parent
    extra = {name: _ONE_TOKEN * round(tokens) for name, tokens in shown.items()}
    means = [
        fmean(estimate_tokens(pack.evolving(one, v, text, extra)) for v in one.variants or (None,))
        for one in pack.operations
    ]
    return fmean(means, [operation.weight for operation in pack.operations])


def _total(purchases: Sequence[Purchase]) -> Purchase:
    costs = [p.cost_usd for p in purchases]
    return Purchase(
        stage="total",
        model="",
        calls=sum(p.calls for p in purchases),
        prompt_tokens=sum(p.prompt_tokens for p in purchases),
        completion_tokens=sum(p.completion_tokens for p in purchases),
        cost_usd=None if None in costs else sum(cost or 0.0 for cost in costs),
    )


def _thinned(purchase: Purchase, share: float) -> Purchase:
    return replace(
        purchase,
        calls=round(purchase.calls * share),
        prompt_tokens=round(purchase.prompt_tokens * share),
        completion_tokens=round(purchase.completion_tokens * share),
        cost_usd=None if purchase.cost_usd is None else purchase.cost_usd * share,
    )


def _bounds(settings: RunSettings, bought: Purchase, rows: int) -> tuple[Bound, ...]:
    # A line's next child needs the one before, so no more calls than rows are ever in flight.
    at_once = min(settings.concurrency, rows)
    tokens = bought.prompt_tokens + bought.completion_tokens
    found = [Bound(f"{at_once:,} calls at once", bought.calls * LATENCY_S / at_once / 3600)]
    if settings.rpm is not None:
        found.append(Bound(f"rpm {settings.rpm:,}", bought.calls / settings.rpm / 60))
    if settings.tpm is not None:
        found.append(Bound(f"tpm {settings.tpm:,}", tokens / settings.tpm / 60))
    return tuple(sorted(found, key=lambda bound: bound.hours, reverse=True))
