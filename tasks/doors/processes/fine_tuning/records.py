"""Write what a training process says: one JSON object a line, by one process of those that train."""

import os
from pathlib import Path

from pydantic import BaseModel


class Records:
    """A file of records."""

    def __init__(self, path: Path) -> None:
        """Begin an empty one; processes beside the first one write nothing."""
        self._path = path
        self.is_first = int(os.environ.get("RANK", "0")) == 0
        if self.is_first:
            path.write_bytes(b"")

    def say(self, record: BaseModel) -> None:
        """Add a record."""
        if self.is_first:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(record.model_dump_json() + "\n")
