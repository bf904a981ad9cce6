"""What a document of a run folder is: parts with names and types, written as JSON in their order.

Turns parsed JSON into a shape, or says where it is not as it should be; and a shape into plain values.
Knows no file: `tasks.doors.storage.shards` writes and reads them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_serializer

from schemas.errors import RunFault

Number = int | float
"""A number that is written as it was counted: 3 stays 3, and 3.0 stays 3.0."""
Facts = dict[str, str | int | float | None]
"""Plain values under their names, as tables and events of a dashboard take them."""


class Document(BaseModel):
    """A shape; what it does not name is passed over when it is read."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    def plain(self) -> Any:
        """Return it as values that JSON knows; names keep the order of the shape."""
        return self.model_dump(mode="json")


class Sparse(Document):
    """A shape of which parts may be missing: what was not given is not written either."""

    @model_serializer(mode="wrap")
    def _as_given(self, written: Callable[[Any], dict[str, object]]) -> dict[str, object]:
        return {name: v for name, v in written(self).items() if name in self.model_fields_set}


_Read = TypeVar("_Read", bound=BaseModel)


def checked_as(shape: type[_Read], value: object, path: Path) -> _Read:
    """Return the content of a document.

    Args:
        shape: What it should hold.
        value: The parsed JSON.
        path: Where it lies, for the message.

    Raises:
        RunFault: A part that readers rely on is missing or of another kind.
    """
    try:
        return shape.model_validate(value)
    except ValidationError as e:
        error = e.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in error["loc"]) or "the whole"
        raise RunFault(
            f"{path}: {place}: {error['msg']}; it is not as evolflow wrote it: take it away and give "
            "the same command again"
        ) from None
