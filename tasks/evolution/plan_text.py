"""Say what a run would buy, as text for a terminal.

Turns a plan into lines. Knows nothing of how it was worked out.
"""

from collections.abc import Sequence

from schemas.settings.evolution import RunSettings
from tasks.evolution.assumed import GROWTH_WORDS, Assumed
from tasks.evolution.plan import (
    LATENCY_S,
    VERDICT_TOKENS,
    Bound,
    Plan,
    Purchase,
    plan,
)


def plan_text(settings: RunSettings) -> str:
    """Return what a run would buy, as text for a terminal; refuses what `plan` refuses."""
    found = plan(settings)
    fewer, most = found.if_children_fail, found.at_most
    return "\n".join(
        [
            *_rows_text(found), "", "about, if every child passes everything:", "",
            *_table([*found.purchases, found.about]), "",
            f"at most, if every answer is as long as its limit: {most.calls:,} calls, "
            f"{most.prompt_tokens + most.completion_tokens:,} tokens, {_usd(most.cost_usd)} USD",
            f"if {found.assumed.failing_share:.0%} of the children fail before their response is bought"
            f": {fewer.calls:,} calls, {fewer.prompt_tokens + fewer.completion_tokens:,} tokens, "
            f"{_usd(fewer.cost_usd)} USD",
            *_prices_text(found), *_budget_text(found), *_hours_text(found.bounds), "",
            _assumed_text(found.assumed),
            "tokens are estimated from the length of the texts",
        ]
    )  # fmt: skip


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
    totals = (found.at_most, found.about, found.if_children_fail)
    if found.budget_usd is None or any(one.cost_usd is None for one in totals):
        return []
    words = (
        "enough",
        "enough by this estimate",
        f"enough only if {found.assumed.failing_share:.0%} of the children fail",
    )
    budget = found.budget_usd
    word = next(
        (
            word
            for one, word in zip(totals, words, strict=True)
            if one.cost_usd is not None and one.cost_usd <= budget
        ),
        "not enough",
    )
    return [f"budget: {found.budget_usd:,.4f} USD, {word}"]


def _hours_text(bounds: Sequence[Bound]) -> list[str]:
    longest, *others = bounds
    rest = "".join(f"; by {bound.limit} {bound.hours:.2f}" for bound in others)
    return [f"hours: about {longest.hours:.2f}, bound by {longest.limit}{rest}"]


def _assumed_text(assumed: Assumed) -> str:
    if assumed.epochs:
        return (
            f"taken from {assumed.epochs} finished epochs of this run: {assumed.response_tokens} "
            f"tokens a response, {1 - assumed.failing_share:.0%} of the children answered; assumed: "
            f"{LATENCY_S:g} s a call, no call repeated;"
        )
    return (
        f"assumed: {assumed.response_tokens} tokens a response (response_tokens), {VERDICT_TOKENS} "
        f"tokens a verdict, {GROWTH_WORDS} more words an instruction in each epoch, {LATENCY_S:g} s a "
        "call, no call repeated;"
    )
