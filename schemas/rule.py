"""What an elimination rule is, and what checking a table against rules gives.

A rule reads one column or compares two, and answers for each row with None (the row passes) or
with the evidence against it: a few words that a person can check. With a run's terms it becomes a
rule with its thresholds, which is all that whoever holds rows to it needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from schemas.operation import Operation
from schemas.reasons import Reason
from schemas.settings.evolution import RunSettings

Moment = Literal["before_judge", "after_judge", "after_response"]
"""When a rule can first be known: the earlier, the less is paid for a row that fails."""


class Terms(NamedTuple):
    """What a run holds its rows to: where thresholds come from."""

    settings: RunSettings
    copied_phrases: tuple[str, ...]
    """The pack's words that give away a leak of its prompts."""
    operations: tuple[Operation, ...]
    """The pack's."""
    frames: tuple[str, ...] = ()
    """Sentences of the pack's prompts, and its demonstrations."""


def no_thresholds(_terms: Terms) -> Mapping[str, Any]:
    """Return no keyword arguments: for rules that know all they need."""
    return {}


def any_operation(_operation: Operation) -> bool:
    """Tell that children of any operation are looked at."""
    return True


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
    thresholds: Callable[[Terms], Mapping[str, Any]] = no_thresholds
    """Gives the keyword arguments of `check`, as JSON values."""
    strict: bool = False
    """True where only the strict profile has it."""
    to_the_letter: bool = False
    """True where only the paper profile has it: the strict one has a rule in its place."""
    looks_at: Callable[[Operation], bool] = any_operation
    """Tells of which operations the children are looked at."""

    def under(self, terms: Terms) -> "BoundRule":
        """Return the rule as a run with these terms holds rows to it."""
        passed_over = tuple(one.name for one in terms.operations if not self.looks_at(one))
        return BoundRule(self, dict(self.thresholds(terms)), passed_over)


class BoundRule(NamedTuple):
    """A rule as one run holds rows to it."""

    rule: Rule
    thresholds: dict[str, Any]
    """Keyword arguments of the rule's check, as JSON values."""
    not_for: tuple[str, ...] = ()
    """Names of the operations whose children are not looked at."""


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
