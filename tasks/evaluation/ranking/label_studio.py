"""Turn a ranking into Label Studio tasks and their annotations into votes; no system is named there.

Each task has its own order of the answers, drawn from the ranking's secret, so that slots can be told
to be systems again. Knows no files.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.tables.ballot import ranks_of
from schemas.tables.vote import Aspect, Ranking, Vote
from tasks.doors.files import ranking_files
from tasks.evaluation.ranking.votes import digest, now, shuffled

_CHOICES = {"Answer 1": "first", "Tie": "tie", "Answer 2": "second"}
_BETTER: dict[tuple[int, ...], str] = {(1, 2): "Answer 1", (1, 1): "Tie", (2, 1): "Answer 2"}
_MARK_CHARS = 12
_ID_CHARS = 20
_RATER = "rater"
_INSTRUCTION = "instruction"
_OURS = "evolflow"


def tasks(
    ranking: Ranking,
    items: Mapping[str, tuple[str, Mapping[str, str]]],
    votes: Iterable[Vote],
) -> list[dict[str, object]]:
    """Return a task an item, with the votes that were given as its annotations.

    Args:
        ranking: Whose secret orders the answers.
        items: Instruction, and answers by system, by item.
        votes: That stand.
    """
    by_item: dict[str, list[Vote]] = {}
    for vote in votes:
        by_item.setdefault(vote.item_id, []).append(vote)
    return [
        _task(ranking, item_id, *content, by_item.get(item_id, ()))
        for item_id, content in items.items()
    ]


def _task(
    ranking: Ranking,
    item_id: str,
    instruction: str,
    answers: Mapping[str, str],
    votes: Sequence[Vote],
) -> dict[str, object]:
    order = _order(ranking, item_id, answers)
    shown = {f"answer_{slot}": answers[system] for slot, system in enumerate(order, start=1)}
    data = {"item_id": item_id, "ranking": _mark(ranking), _INSTRUCTION: instruction, **shown}
    # A vote on fewer answers than there are now has no place in the task's slots.
    whole = [vote for vote in votes if set(vote.order) == set(order)]
    return ranking_files.task(data, [_annotation(ranking, vote, order) for vote in whole])


def _annotation(ranking: Ranking, vote: Vote, order: Sequence[str]) -> dict[str, object]:
    result = [ranking_files.note(_RATER, _INSTRUCTION, vote.rater)]
    for aspect, ranks in vote.ranks.items():
        result += _choices(ranking, aspect, [ranks[system] for system in order])
    return {
        "unique_id": vote.id,
        "created_at": vote.at,
        "was_cancelled": vote.is_skipped,
        "result": result,
        _OURS: {
            "is_repeat": vote.is_repeat,
            "order": [order.index(system) + 1 for system in vote.order],
        },
    }


def _choices(ranking: Ranking, aspect: Aspect, ranks: Sequence[int]) -> list[dict[str, object]]:
    better = _BETTER.get(tuple(ranks))
    if ranking.style == "choose" and better:
        return [ranking_files.choice(aspect.value, _INSTRUCTION, better)]
    return [
        ranking_files.choice(f"{aspect.value}-{slot}", f"answer_{slot}", str(rank))
        for slot, rank in enumerate(ranks, start=1)
    ]


def votes_of(
    ranking: Ranking, answers: Mapping[str, Mapping[str, str]], tasks: Iterable[Mapping[str, Any]]
) -> list[Vote]:
    """Return the votes that tasks' annotations are.

    Args:
        ranking: That the tasks were made of.
        answers: By system, by item.
        tasks: As Label Studio exports them, of this ranking.

    Raises:
        ValueError: A task is not of this ranking, or an annotation makes no whole vote.
    """
    ordered = [(one, _order_of(ranking, answers, one)) for one in tasks]
    return [
        _vote(ranking, one, annotation, order)
        for one, order in ordered
        for annotation in one.get("annotations", [])
    ]


def _order_of(
    ranking: Ranking, answers: Mapping[str, Mapping[str, str]], one: Mapping[str, Any]
) -> tuple[str, ...]:
    item_id = str(one["data"].get("item_id"))
    if one["data"].get("ranking") != _mark(ranking) or item_id not in answers:
        raise ValueError(f"task of item {item_id}: it is not from this run")
    return _order(ranking, item_id, answers[item_id])


def _vote(
    ranking: Ranking,
    one: Mapping[str, Any],
    annotation: Mapping[str, Any],
    order: Sequence[str],
) -> Vote:
    said = ranking_files.said(annotation)
    ours = annotation.get(_OURS) or {}
    item_id = str(one["data"]["item_id"])
    rater = said.get(_RATER) or _annotator(annotation.get("completed_by"))
    ranks = ranks_of({name: _CHOICES.get(value, value) for name, value in said.items()})
    is_skipped = bool(annotation.get("was_cancelled"))
    try:
        shown = tuple(order[slot - 1] for slot in ours.get("order") or range(1, len(order) + 1))
        by_system = {
            aspect: {order[slot - 1]: rank for slot, rank in given.items()}
            for aspect, given in ranks.items()
        }
    except IndexError:
        raise ValueError(f"task of item {item_id}: it has {len(order)} answers") from None
    return Vote(
        id=_id(ranking, one, annotation),
        rater=rater,
        item_id=item_id,
        is_repeat=bool(ours.get("is_repeat")),
        order=shown,
        ranks={} if is_skipped else by_system,
        is_skipped=is_skipped,
        at=str(annotation.get("created_at") or now()),
    )


def _annotator(who: Any) -> str:
    """Return who made an annotation where they did not write their name."""
    return str(who["email"]) if isinstance(who, dict) and "email" in who else f"annotator {who}"


def _id(ranking: Ranking, one: Mapping[str, Any], annotation: Mapping[str, Any]) -> str:
    """Return an id that the same annotation has again when it is exported again."""
    if annotation.get("unique_id"):
        return str(annotation["unique_id"])
    if annotation.get("id") is not None:
        return f"label-studio-{one.get('id', 0)}-{annotation['id']}"
    return digest(ranking.secret, "annotation", one["data"]["item_id"], annotation)[:_ID_CHARS]


def _order(ranking: Ranking, item_id: str, answers: Mapping[str, str]) -> tuple[str, ...]:
    return shuffled(list(answers), ranking.secret, "label studio", item_id)


def _mark(ranking: Ranking) -> str:
    return digest(ranking.secret, "mark of tasks")[:_MARK_CHARS]
