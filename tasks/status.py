"""Count how a run stands, per epoch and stage: from the published tables, and from work in progress.

Turns a run folder into plain numbers. Writes nothing and asks nobody.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from schemas.reason import Reason, Stage
from schemas.run_folder import RunFolder
from tasks.calls import calls_in
from tasks.doors import shards

_COST_COLUMNS = [
    "stage", "attempts", "prompt_tokens", "completion_tokens", "cost_usd", "finished_at", "error",
]  # fmt: skip


def status(folder: RunFolder) -> dict[str, Any]:
    """Return how a run stands.

    Returns:
        `state`, `epochs` (a list: rows, kept, eliminated by reason and operation, stages with calls,
        tokens, cost_usd and calls a second) and `totals`. cost_usd is None where a price is unknown.

    Raises:
        RunFault: This is no run folder.
    """
    record = shards.read_json(folder.run_json)
    epochs = [
        _epoch(folder, number)
        for number in range(record["settings"]["epochs"] + 1)
        if folder.pool_shards(number)
    ]
    return {
        "run": str(folder.root),
        "state": record["state"],
        "model": record["settings"]["model"],
        "epochs": epochs,
        "totals": _totals(epochs),
    }


def _epoch(folder: RunFolder, number: int) -> dict[str, Any]:
    verdicts = _verdicts(folder, number)
    kept = sum(n for (reason, _), n in verdicts.items() if reason == Reason.KEPT)
    eliminated: dict[str, dict[str, int]] = {}
    for (reason, operation), n in sorted(verdicts.items()):
        if reason != Reason.KEPT:
            eliminated.setdefault(reason, {})[operation] = n
    return {
        "epoch": number,
        "rows": sum(shards.count_rows(path) for path in folder.pool_shards(number)),
        "judged": verdicts.total(),
        "kept": kept,
        "kept_by_operation": {o: n for (r, o), n in sorted(verdicts.items()) if r == Reason.KEPT},
        "eliminated": eliminated,
        "stages": _stages(folder, number),
    }


def _verdicts(folder: RunFolder, number: int) -> Counter[tuple[str, str]]:
    """Count (reason, operation) over settled rows, or over judged ones while the epoch runs."""
    paths = folder.stage_shards(number, "advance") or folder.stage_shards(number, "eliminate")
    if number == 0:
        paths = [*paths, folder.set_aside()]
    counts: Counter[tuple[str, str]] = Counter()
    for path in paths:
        if path.exists():
            read = shards.read_table(path, columns=["reason", "operation"])
            pairs = zip(read["reason"].to_pylist(), read["operation"].to_pylist(), strict=True)
            counts.update((reason, operation or "seed") for reason, operation in pairs)
    return counts


def _stages(folder: RunFolder, number: int) -> dict[str, dict[str, Any]]:
    calls = list(_calls(folder, number))
    return {
        stage.value: {
            "rows": sum(shards.count_rows(p) for p in folder.stage_shards(number, stage.value)),
            **_bill([call for call in calls if call["stage"] == stage.value]),
        }
        for stage in Stage
    }


def _calls(folder: RunFolder, number: int) -> Iterable[dict[str, Any]]:
    published = sorted(folder.table("calls", number).glob("part-*.parquet"))
    for path in published:
        yield from shards.read_table(path, columns=_COST_COLUMNS).to_pylist()
    if not published:
        for path in folder.ledgers(number):
            for call in calls_in(path):
                fields = {
                    name: getattr(call.answer, name) for name in _COST_COLUMNS if name != "stage"
                }
                yield {"stage": call.stage, **fields}


def _bill(calls: Sequence[dict[str, Any]]) -> dict[str, Any]:
    times = [call["finished_at"] for call in calls]
    span_s = max(times) - min(times) if times else 0.0
    is_priced = all(call["cost_usd"] is not None for call in calls if call["error"] is None)
    return {
        "calls": len(calls),
        "sent": sum(call["attempts"] for call in calls),
        "failed": sum(call["error"] is not None for call in calls),
        "prompt_tokens": sum(call["prompt_tokens"] for call in calls),
        "completion_tokens": sum(call["completion_tokens"] for call in calls),
        "cost_usd": sum(call["cost_usd"] or 0.0 for call in calls) if is_priced else None,
        "calls_per_s": round(len(calls) / span_s, 2) if span_s > 0 else None,
    }


def _totals(epochs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    stages = [stage for epoch in epochs for stage in epoch["stages"].values()]
    costs = [stage["cost_usd"] for stage in stages]
    summed = ("calls", "sent", "failed", "prompt_tokens", "completion_tokens")
    return {
        "dataset_rows": sum(epoch["kept"] for epoch in epochs),
        "eliminated_rows": sum(epoch["judged"] - epoch["kept"] for epoch in epochs),
        **{name: sum(stage[name] for stage in stages) for name in summed},
        "cost_usd": None if None in costs else sum(costs),
    }
