"""What manifest.json holds: the files that a run has committed, and what they were made from."""

from pydantic import ConfigDict, Field

from schemas.documents.document import Sparse


class Entry(Sparse):
    """What is said of a file."""

    # A number that became a text is damage, and nothing to be put right on the way.
    model_config = ConfigDict(strict=True)

    path: str
    """From the run folder, with slashes."""
    rows: int | None = None
    """Only of tables."""
    bytes: int | None = None
    """Not in mix.json."""
    sha256: str


class Manifest(Sparse):
    """What is committed."""

    schema_version: str = ""
    """Of the tables; not in that of a fine-tuning."""
    files: list[Entry]
    made_from: dict[str, str] = Field(default_factory=dict)
    """Key by epoch, or by the kind of run where there are no epochs."""
