"""What verifying a run of any kind comes to: checks, each with its problems, and their text.

A problem says where, what, and what to do. Reads no file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.errors import RunFault
from schemas.text import visible

AGAIN = "run the same command again"


class Problem(NamedTuple):
    """One thing that is wrong."""

    place: str
    """A file or folder, from the run folder on; a ledger's with the number of the line."""
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    found: str
    """How much there was of it, in words."""
    problems: list[Problem] = field(default_factory=list)


def verify_text(checks: Iterable[Check]) -> str:
    """Return checks as text for a terminal: one line a check, then one line a problem."""
    held = list(checks)
    lines = [f"{_verdict(check):<12}{check.name:<14}{check.found}" for check in held]
    problems = [problem for check in held for problem in check.problems]
    lines += ["" for _ in problems[:1]]
    lines += [f"{one.place}: {one.what}; {one.remedy}" for one in problems]
    # Names of files and rows come from whoever wrote them.
    return "\n".join(visible(" ".join(line.splitlines())) for line in lines)


def raise_if_wrong(address: str, checks: Iterable[Check]) -> None:
    """Say that a run is not sound.

    Raises:
        RunFault: Something is wrong; the message counts it.
    """
    count = sum(len(check.problems) for check in checks)
    if count:
        raise RunFault(f"{address}: {count} wrong; do as is said of each, then verify once more")


def _verdict(check: Check) -> str:
    return f"{len(check.problems)} wrong" if check.problems else "sound"
