"""What places and the door to object stores have in common: schemes, marks, what was fetched."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    pass


SCHEMES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")


class Mark(NamedTuple):
    """Which version of an object it was: stores tell it by one name or the other."""

    e_tag: str | None
    version: str | None


class Fetched(NamedTuple):
    """An object as it was when it was asked for."""

    content: bytes
    mark: Mark
    age_s: float
    """Since it was written, by the store's clock and ours; seconds."""
