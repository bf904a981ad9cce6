"""Pair a child's answer with its parent's where a judge scored both: what preference training reads.

The two answer different instructions, so the prompt is that of the answer with the higher score: it
was written for this prompt, and judged better by its own; the other was written for a neighbour of the
prompt, and judged worse. Where the two instructions are of different subjects (operations in
breadth), where the scores are equal or the answers the same, there is nothing to prefer. Buys nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from schemas.tables.export import Preference
from schemas.tables.scoring import Version


def preferences(
    rows: Iterable[Mapping[str, Any]],
    versions: Iterable[Version],
    apart: Collection[str],
    left_out: "Counter[str]",
) -> Iterator[Preference]:
    """Yield a preference for each child that was judged better or worse than its parent.

    Args:
        rows: The dataset's id, parent_id, operation, instruction and response.
        versions: What was scored.
        apart: Names of the operations whose children are of another subject than their parents.
        left_out: Gets a count by reason of the children that give none.
    """
    scored = {one.id: one for one in versions if one.quality is not None}
    for row in rows:
        if row["parent_id"] is None:
            continue
        child, parent = scored.get(row["id"]), scored.get(row["parent_id"])
        if child is None or parent is None or not _is_as_scored(row, child):
            left_out["not scored with the parent"] += 1
            continue
        why_not = _why_not(row, child, parent, apart)
        if why_not is None:
            yield _preference(child, parent)
        else:
            left_out[why_not] += 1


def _is_as_scored(row: Mapping[str, Any], version: Version) -> bool:
    """A shard that was bought anew since has other texts under the same ids."""
    same = row["instruction"] == version.instruction and row["response"] == version.response
    return same and bool((version.response or "").strip())


def _why_not(
    row: Mapping[str, Any], child: Version, parent: Version, apart: Collection[str]
) -> str | None:
    if row["operation"] in apart:
        return "of another subject than the parent"
    if not (parent.response or "").strip() or child.response == parent.response:
        return "the parent has no other answer"
    return "scored as the parent" if child.quality == parent.quality else None


def _preference(child: Version, parent: Version) -> Preference:
    better, worse = sorted((child, parent), key=lambda one: one.quality or 0.0, reverse=True)
    return Preference(better.instruction, better.response or "", worse.response or "")
