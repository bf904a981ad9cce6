"""Draw a sample of the rows that are left, and give each its place.

A row's lot is a hash of the seed, its run and its id: it depends on nothing else, so the same rows are
drawn however the runs were given or cut. The rows with the lowest lots are the sample (uniform, paper
§3.3), and stand in the order of their lots.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from schemas.errors import BadInput
from schemas.settings.mixing import MixSettings
from schemas.tables.mix import Removal, Verdict
from tasks.mixing.pool import Pool

Lots = np.ndarray[Any, np.dtype[np.uint64]]
_SKILLS = ("Skill", "skill", "category")


def lots_of(pool: Pool, rng_seed: int) -> Lots:
    """Return every row's lot, in the pool's order."""
    found = []
    for table in pool.tables(["id"]):
        for run, name in zip(table["run"].to_pylist(), table["id"].to_pylist(), strict=True):
            told = f"{rng_seed}\0{run}\0{name}".encode()
            found.append(int.from_bytes(hashlib.blake2b(told, digest_size=8).digest()))
    return np.array(found, dtype=np.uint64)


def not_drawn(
    pool: Pool, is_left: Sequence[bool], lots: Lots, settings: MixSettings
) -> Iterator[tuple[int, Verdict]]:
    """Yield the rows that are left and not drawn.

    Raises:
        BadInput: The rows have no skills to balance.
    """
    left = np.flatnonzero(np.array(is_left))
    if settings.sample is None or len(left) <= settings.sample:
        return
    groups = _groups(pool, settings.balance)
    drawn = set[int]()
    for members, quota in _quotas(left, groups, settings.sample):
        order = members[np.argsort(lots[members], kind="stable")]
        drawn.update(int(number) for number in order[:quota])
    evidence = f"{settings.sample} of {len(left)} rows were drawn"
    for number in left:
        if int(number) not in drawn:
            yield int(number), Verdict(Removal.NOT_SAMPLED, evidence)


def _groups(pool: Pool, balance: str) -> list[str] | None:
    """Return every row's group, in the pool's order; None where all are one."""
    if balance == "none":
        return None
    if balance == "epoch":
        return [str(e) for table in pool.tables(["epoch"]) for e in table["epoch"].to_pylist()]
    skills = [_skill(x) for table in pool.tables(["extra"]) for x in table["extra"].to_pylist()]
    if not any(skills):
        raise BadInput(
            "balance: no row has a skill: seeds have none in a column Skill, skill or category; take "
            "epoch"
        )
    return skills


def _skill(extra: str | None) -> str:
    found = json.loads(extra) if extra else {}
    return str(next((found[name] for name in _SKILLS if found.get(name)), ""))


def _quotas(
    left: np.ndarray[Any, Any], groups: list[str] | None, sample: int
) -> Iterator[tuple[np.ndarray[Any, Any], int]]:
    """Yield each group's rows and how many of them are drawn: as many of each as there are.

    The smallest group comes first; what it cannot give, the others share.
    """
    by_name: dict[str, list[int]] = {}
    for number in left:
        by_name.setdefault("" if groups is None else groups[number], []).append(int(number))
    wanted, waiting = sample, len(by_name)
    for _, members in sorted(by_name.items(), key=lambda one: (len(one[1]), one[0])):
        # Rounded up: what is over goes to the smaller groups, and none is drawn twice.
        quota = min(len(members), -(-wanted // waiting))
        yield np.array(members), quota
        wanted, waiting = wanted - quota, waiting - 1
