"""The live line of a scoring: its rows, as they are scored."""

from typing import TYPE_CHECKING

from schemas.tables.scoring import ScoringStage
from tasks.runs.watch import ShardWatch

if TYPE_CHECKING:
    # LiteLLM comes with it, which takes seconds to import.
    pass


class ScoringWatch(ShardWatch):
    """Counts the rows that are scored."""

    what = "scoring"
    stages = ScoringStage
