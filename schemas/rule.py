"""What an elimination rule is, and what checking a table against rules gives.

A rule reads one column or compares two, and answers for each row with None (the row passes) or
with the evidence against it: a few words that a person can check.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from schemas.operation import Operation
from schemas.reasons import Reason

Moment = Literal["before_judge", "after_judge", "after_response"]
"""When a rule can first be known: the earlier, the less is paid for a row that fails."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way a child can fail."""

    name: str
    """Snake case; the expectation is called `expect_<name>`."""
    reason: Reason
    """Verdict of a row that fails."""
    moment: Moment
    columns: tuple[str, ...]
    """One column, or two that are compared; a row with a null in them is passed over."""
    check: Callable[..., str | None]
    """Called with the columns' values and the thresholds; gives evidence, or None."""
    strict: bool = False
    """True where only the strict profile has it."""
    not_for: tuple[Operation, ...] = ()
    """Operations whose children are not looked at."""


class Finding(NamedTuple):
    """A row that a rule marked unexpected."""

    row_id: str
    rule: Rule
    evidence: str


class Examination(NamedTuple):
    """What the rules said of a table."""

    findings: list[Finding]
    """In the order of the rules, then of the rows."""
    result: dict[str, Any]
    """Great Expectations' own result, as JSON values, without row texts."""
