"""Say in some lines what went wrong most often with a run's rows, and where most got no answer.

Turns judged rows into text for a terminal. What an error means is not its business.
"""

import re
from collections import Counter

from schemas.documents.status import RunStatus
from schemas.folders.run import RunFolder
from schemas.reasons import Reason
from schemas.text import visible
from tasks.doors.storage import shards

_WITHOUT_AN_ANSWER = (Reason.UNANSWERED, Reason.TRUNCATED)
_SHOWN = 3
_SHOWN_CHARS = 160
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
"""What makes two errors of one kind differ: what they quote, and numbers."""
_HALF = 0.5


def common_errors(folder: RunFolder, found: RunStatus) -> list[str]:
    """Return the commonest errors with their counts, most frequent first; nothing without any."""
    kinds: Counter[str] = Counter()
    first: dict[str, str] = {}
    for epoch in found.epochs:
        for words in _errors(folder, epoch.epoch):
            kind = _PARTICULAR.sub("", words)
            first.setdefault(kind, words)
            kinds[kind] += 1
    if not kinds:
        return []
    shown = [f"  {n:,} × {_short(first[kind])}" for kind, n in kinds.most_common(_SHOWN)]
    more = kinds.total() - sum(n for _, n in kinds.most_common(_SHOWN))
    return ["", "commonest errors:", *shown, *([f"  {more:,} others"] if more else [])]


def mostly_unanswered(found: RunStatus) -> list[str]:
    """Return a line for each epoch in which most rows got no answer."""
    lines = []
    for epoch in found.epochs:
        failed = sum(
            sum(epoch.eliminated.get(reason, {}).values()) for reason in _WITHOUT_AN_ANSWER
        )
        if epoch.epoch and failed > _HALF * epoch.judged:
            lines.append(
                f"epoch {epoch.epoch}: {failed:,} of {epoch.judged:,} rows got no usable answer; see "
                "the errors above, mend what they name, then `evolflow retry`"
            )
    return lines


def _errors(folder: RunFolder, number: int) -> list[str]:
    found: list[str] = []
    for path in folder.settled_shards(number):
        if path.exists():
            read = shards.read_table(path, columns=["reason", "evidence"])
            pairs = zip(read["reason"].to_pylist(), read["evidence"].to_pylist(), strict=True)
            found += [words or reason for reason, words in pairs if reason in _WITHOUT_AN_ANSWER]
    return found


def _short(text: str) -> str:
    one_line = visible(" ".join(text.split()))
    return one_line if len(one_line) <= _SHOWN_CHARS else one_line[: _SHOWN_CHARS - 1] + "…"
