"""What export.json holds: what an export was made from, and what came of it."""

from schemas.documents.document import Document
from schemas.documents.manifest import Entry


class ExportRecord(Document):
    """The whole."""

    format: str
    source: str
    """Name of the run or mix."""
    made_from: str
    """Key of rows and settings."""
    rows: int
    data_files: int
    left_out: dict[str, int]
    """Rows by the reason why they are not in it."""
    files: list[Entry]
