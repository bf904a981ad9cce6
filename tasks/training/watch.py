"""Turn what the training process says into the live line."""

from schemas.documents.training import TRAINING, Begun, Record, Step, record_of
from schemas.folders.trained import TrainedFolder


class TrainingWatch:
    """Looks at the records as they come."""

    def __init__(self, folder: TrainedFolder) -> None:
        """Watch a fine-tuning whose folder may not exist yet."""
        self._folder = folder
        self._begun: Begun | None = None
        self._last: Step | None = None
        self._read = 0

    def cells(self) -> list[str]:
        """Return the parts of the line."""
        for record in self._new():
            if isinstance(record, Begun):
                self._begun = record
            elif isinstance(record, Step) and record.part == TRAINING:
                self._last = record
        if self._begun is None or self._last is None:
            return ["fine-tuning", "the model is loaded"]
        return [
            "fine-tuning",
            f"step {self._last.step:,}/{self._begun.steps:,}",
            f"epoch {self._last.epoch:.2f}",
            f"loss {self._last.loss:.4f}",
            self._begun.device,
        ]

    def _new(self) -> list[Record]:
        path = self._folder.steps
        if not path.exists():
            return []
        if path.stat().st_size < self._read:
            # Another process began anew.
            self._read = 0
        with path.open("rb") as file:
            file.seek(self._read)
            *lines, _cut = file.read().split(b"\n")
        self._read += sum(len(line) + 1 for line in lines)
        return [record_of(line.decode()) for line in lines]
