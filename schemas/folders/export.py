"""Where everything of an export lies. Nobody else joins paths.

OUT/train/…               the data, in one format
OUT/dataset_info.json     how LLaMA-Factory reads it
OUT/axolotl.yaml          how axolotl reads it
OUT/README.md             the dataset card, where it is asked for
OUT/export.json           what it was made from, and every file's sha256; written last
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ExportFolder:
    """The addresses of one export."""

    root: Path

    @property
    def export_json(self) -> Path:
        """What it was made from, counts and files."""
        return self.root / "export.json"

    @property
    def train(self) -> Path:
        """Folder of the data."""
        return self.root / "train"

    @property
    def dataset_info(self) -> Path:
        """How LLaMA-Factory reads it."""
        return self.root / "dataset_info.json"

    @property
    def axolotl(self) -> Path:
        """How axolotl reads it."""
        return self.root / "axolotl.yaml"

    @property
    def card(self) -> Path:
        """The dataset card."""
        return self.root / "README.md"
