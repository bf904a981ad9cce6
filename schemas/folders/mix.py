"""Where everything of a mix lies. Nobody else joins paths.

MIX/mix.json                       what it was made from, counts, files; written last
MIX/data/part-00000.parquet        the rows to train on, in their order
MIX/removed/part-00000.parquet     every other row of the runs, with its reason
MIX/hits.parquet                   what rows share with test items, both texts side by side
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MixFolder:
    """The addresses of one mix."""

    root: Path

    @property
    def mix_json(self) -> Path:
        """What it was made from, counts and files."""
        return self.root / "mix.json"

    @property
    def data(self) -> Path:
        """Folder of the rows to train on."""
        return self.root / "data"

    @property
    def removed(self) -> Path:
        """Folder of the rows that were removed."""
        return self.root / "removed"

    @property
    def hits(self) -> Path:
        """What rows share with test items."""
        return self.root / "hits.parquet"

    def heap(self, part: int, number: int) -> Path:
        """One file of a part that is being gathered."""
        return self.root / "gathered" / f"part-{part:05d}" / f"{number:05d}.parquet"

    @staticmethod
    def parts(folder: Path) -> list[Path]:
        """All parts of a table that exist, in order."""
        return sorted(folder.glob("part-*.parquet"))

    @staticmethod
    def part(folder: Path, number: int) -> Path:
        """One part of a table."""
        return folder / f"part-{number:05d}.parquet"
