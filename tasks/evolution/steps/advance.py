"""Choose who breeds next: a kept child takes its parent's place, a failed one's parent goes back.

Turns an epoch's pool and verdicts into the next pool, and conserves rows: every parent had one child,
every child has one verdict. In the strict profile a child that repeats an earlier kept child of the
same epoch loses its place here, because only here all shards are seen.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from schemas.errors import RunFault
from schemas.folders.run import SETTLED, RunFolder
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings
from schemas.tables.row import STAGE, Row, to_rows, to_table
from tasks.doors.numbers.near_duplicates import NearDuplicates
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.made_from import made_from
from tasks.runs.saved_settings import load_settings
from tasks.runs.stage import unremembered

log = logging.getLogger("evolflow.advance")


def next_parents(parents: Sequence[Row], children: Sequence[Row]) -> list[Row]:
    """Return the next pool's rows.

    Args:
        parents: n rows of the pool.
        children: n rows with verdicts, in the order of their parents.

    Returns:
        n rows in the same order: the kept child, or else the parent unchanged.

    Raises:
        RunFault: A child does not stand where its parent stands, or has no verdict.
    """
    check_conserved(parents, children)
    return [
        _as_parent(child) if child.reason == Reason.KEPT else parent
        for parent, child in zip(parents, children, strict=True)
    ]


def check_conserved(parents: Sequence[Row], children: Sequence[Row]) -> None:
    """Make sure that |children| = |kept| + sum of |eliminated by reason|, each in its place.

    Raises:
        RunFault: Rows were lost, swapped, or left without a verdict.
    """
    verdicts = Counter(child.reason for child in children if child.reason is not None)
    if not len(parents) == len(children) == verdicts.total():
        raise RunFault(
            f"rows not conserved: {len(parents)} parents, {len(children)} children, "
            f"{verdicts.total()} verdicts {dict(verdicts)}"
        )
    for parent, child in zip(parents, children, strict=True):
        if child.epoch > 0 and child.parent_id != parent.id:
            raise RunFault(f"child {child.id} stands in the place of {parent.id}'s child")


def without_siblings(children: Iterable[Row], held: NearDuplicates) -> list[Row]:
    """Eliminate kept children that repeat a kept child seen before, in seed order.

    Args:
        children: Rows with verdicts.
        held: Kept children so far; those of these rows are added.
    """
    settled = []
    for child in children:
        match = held.find(child.instruction) if child.reason == Reason.KEPT else None
        if match is not None:
            evidence = f"repeats {match.id} of the same epoch"
            child = replace(child, reason=Reason.DUPLICATE.value, evidence=evidence)
        elif child.reason == Reason.KEPT:
            held.add(child.id, child.instruction)
        settled.append(child)
    return settled


def _as_parent(child: Row) -> Row:
    return replace(
        child, reason=None, evidence=None, parent_instruction=None, duplicate_of=None, error=None
    )


@unremembered("advance", "advance-{epoch}")
def advance(run: str, epoch: int, pool: list[str], judged: list[str]) -> list[str]:
    """Settle an epoch's verdicts and write the next pool.

    Args:
        run: The run folder.
        epoch: The epoch that was judged; 0 for the seeds, who all stay in the pool.
        pool: Paths of the pool's shards.
        judged: Paths of the judged shards, in the same order.

    Returns:
        Paths of the next pool's shards, in seed order.
    """
    folder = RunFolder(place(run))
    key = made_from(folder, ["advance", epoch], map(place, (*pool, *judged)))
    pools = [folder.pool_shard(epoch + 1, number) for number in range(len(pool))]
    settled = [folder.stage_shard(epoch, SETTLED, number) for number in range(len(pool))]
    if not all(shards.holds(path, key) for path in (*pools, *settled)):
        _advance(folder, epoch, zip(pool, judged, settled, pools, strict=True), key)
    return [str(path) for path in pools]


def _advance(
    folder: RunFolder, epoch: int, places: Iterable[tuple[str, str, Path, Path]], key: str
) -> None:
    """Settle shard after shard: from pool and judged shard to settled shard and next pool."""
    settings = load_settings(folder, RunSettings)
    held = NearDuplicates(settings.near_duplicate_similarity)
    verdicts: Counter[str | None] = Counter()
    for source, verdict, settled, pool in places:
        parents = to_rows(shards.read_table(place(source)))
        children = _settled(to_rows(shards.read_table(place(verdict))), settings, held)
        verdicts.update(child.reason for child in children)
        shards.write_table(to_table(children, STAGE), settled, key=key)
        breeding = next_parents(parents, children) if epoch else _seeds(parents, children)
        shards.write_table(to_table(breeding, STAGE), pool, key=key)
    log.info("epoch=%d advance rows=%d kept=%d", epoch, verdicts.total(), verdicts[Reason.KEPT])


def _settled(children: list[Row], settings: RunSettings, held: NearDuplicates) -> list[Row]:
    is_strict_epoch = settings.rules == "strict" and any(child.epoch > 0 for child in children)
    return without_siblings(children, held) if is_strict_epoch else children


def _seeds(read: Sequence[Row], judged: Sequence[Row]) -> list[Row]:
    """A seed breeds whether or not its response can be used: only instructions evolve."""
    check_conserved(read, judged)
    return [_as_parent(row) for row in judged]
