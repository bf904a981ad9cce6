"""What validation.json holds: the finished dataset, looked at once more with the rules of the run."""

from schemas.documents.document import Document


class RuleResult(Document):
    """What one rule found."""

    rule: str
    reason: str
    """The word that it gives a row."""
    thresholds: dict[str, object]
    looked_at: int
    """Rows."""
    unexpected: int
    """Rows that break it."""
    success: bool


class Validation(Document):
    """What all rules found."""

    success: bool
    rows: int
    """That were looked at."""
    results: list[RuleResult]
