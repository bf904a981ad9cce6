"""What mix.json holds: what a mix was made from, and what came of it.

It may be shown to others, so no path of a machine stands in it.
"""

from schemas.documents.document import Document
from schemas.documents.manifest import Entry


class MixedRun(Document):
    """A run whose rows are in the pool."""

    name: str
    run_id: str
    sha256: str
    """Of its manifest."""


class MixRecord(Document):
    """The whole."""

    made_from: str
    """Key of rows, test items and settings."""
    runs: list[MixedRun]
    settings: dict[str, object]
    """Those of schemas.settings.mixing that say no place."""
    rows: int
    removed: dict[str, int]
    """By reason."""
    flagged: dict[str, int]
    """Rows of the mix by what looks private in them, and `test_words` where they share 8 words with a
    test item."""
    hits: int
    let_be: int = 0
    """Rows near another of their own line; older mixes do not say."""
    versions: dict[str, str]
    files: list[Entry]
