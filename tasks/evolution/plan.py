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
from tasks.packs.pack import Pack, as_text, load_pack
from tasks.sources.seeds import count_usable, read_seeds, shard_rows, tasks_a_shard

RESPONSE_TOKENS = 300
"""Assumed length of a response; tokens."""
GROWTH_WORDS = 15
"""Assumed words that an epoch adds to an instruction."""
VERDICT_TOKENS = 3
"""Assumed length of the judge's verdict; tokens."""
LATENCY_S = 5.0
"""Assumed time from sending a call to its whole answer; seconds."""
FAILING_SHARE = 0.5
"""Share of the children that fail before their response is bought, in the second total."""

_FOR_SEEDS = f"{Stage.RESPOND} (seeds)"
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
    """What a run would buy at most: every child passes everything."""

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
    """One a stage, in the order of the run."""
    bounds: Sequence[Bound]
    """One a limit, longest first."""
    budget_usd: float | None

    @property
    def at_most(self) -> Purchase:
        """All purchases together."""
        return _total(self.purchases)

    @property
    def if_children_fail(self) -> Purchase:
        """All purchases together when FAILING_SHARE of the children get no response."""
        return _total([_thinned(p) if p.stage == Stage.RESPOND else p for p in self.purchases])


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
    purchases = _purchases(settings, pack, seeds, prices)
    return Plan(
        rows_read=seeds.usable + seeds.set_aside.total(),
        usable=seeds.usable,
        set_aside=seeds.set_aside,
        shards=-(-seeds.usable // size),
        shard_rows=size,
        prefect_tasks=_prefect_tasks(settings, -(-seeds.usable // size)),
        epochs=settings.epochs,
        purchases=purchases,
        bounds=_bounds(settings, _total(purchases), seeds.usable),
        budget_usd=settings.budget_usd,
    )


def plan_text(settings: RunSettings) -> str:
    """Return what a run would buy, as text for a terminal; refuses what `plan` refuses."""
    found = plan(settings)
    fewer = found.if_children_fail
    return "\n".join(
        [
            *_rows_text(found), "", "at most, if every child passes everything:", "",
            *_table([*found.purchases, found.at_most]), "",
            f"if {FAILING_SHARE:.0%} of the children fail before their response is bought: "
            f"{fewer.calls:,} calls, {fewer.prompt_tokens + fewer.completion_tokens:,} tokens, "
            f"{_usd(fewer.cost_usd)} USD",
            *_prices_text(found), *_budget_text(found), *_hours_text(found.bounds), "",
            f"assumed: {RESPONSE_TOKENS} tokens a response, {VERDICT_TOKENS} tokens a verdict, "
            f"{GROWTH_WORDS} more words an instruction in each epoch, {LATENCY_S:g} s a call, "
            "no call repeated;",
            "tokens are estimated from the length of the texts",
        ]
    )  # fmt: skip


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
    settings: RunSettings, pack: Pack, seeds: _Seeds, prices: Budget
) -> tuple[Purchase, ...]:
    """Add up the four stages that buy; each usable seed's line makes one child an epoch."""
    rows, limit = seeds.usable, settings.max_tokens
    response = min(RESPONSE_TOKENS, limit)
    verdict = min(VERDICT_TOKENS, settings.judge_max_tokens)
    judged = rows if settings.gain_check else 0
    evolve_in = evolve_out = screen_in = respond_in = 0
    parent = seeds.tokens / rows
    for _ in range(settings.epochs):
        child = min(parent + GROWTH_WORDS * _TOKENS_PER_WORD, float(limit))
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
        for amount in amounts
    )


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


def _thinned(purchase: Purchase) -> Purchase:
    share = 1 - FAILING_SHARE
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


def _rows_text(found: Plan) -> list[str]:
    aside = sum(found.set_aside.values())
    why = ", ".join(f"{count:,} {reason}" for reason, count in sorted(found.set_aside.items()))
    return [
        f"seeds: {found.rows_read:,} rows read, {found.usable:,} usable, {aside:,} set aside"
        + (f" ({why})" if why else ""),
        f"work:  {found.epochs} epochs; {found.shards:,} shards of up to {found.shard_rows:,} "
        f"rows; {found.prefect_tasks:,} Prefect tasks",
    ]


def _table(purchases: Sequence[Purchase]) -> list[str]:
    rows: list[tuple[str, ...]] = [("stage", "model", "calls", "tokens in", "tokens out", "USD")]
    for p in purchases:
        counts = (f"{n:,}" for n in (p.calls, p.prompt_tokens, p.completion_tokens))
        rows.append((p.stage, p.model, *counts, _usd(p.cost_usd)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _usd(cost: float | None) -> str:
    return "unknown" if cost is None else f"{cost:,.4f}"


def _prices_text(found: Plan) -> list[str]:
    return [
        f'price of {model} unknown: add [prices."{model}"] with input and output '
        "(USD per million tokens) to the TOML file"
        for model in dict.fromkeys(p.model for p in found.purchases if p.cost_usd is None)
    ]


def _budget_text(found: Plan) -> list[str]:
    most, fewer = found.at_most.cost_usd, found.if_children_fail.cost_usd
    if found.budget_usd is None or most is None or fewer is None:
        return []
    only_if = f"enough only if {FAILING_SHARE:.0%} of the children fail"
    short = only_if if fewer <= found.budget_usd else "not enough"
    word = "enough" if most <= found.budget_usd else short
    return [f"budget: {found.budget_usd:,.4f} USD, {word}"]


def _hours_text(bounds: Sequence[Bound]) -> list[str]:
    longest, *others = bounds
    rest = "".join(f"; by {bound.limit} {bound.hours:.2f}" for bound in others)
    return [f"hours: about {longest.hours:.2f}, bound by {longest.limit}{rest}"]
