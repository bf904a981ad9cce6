"""The live line of a prediction: its items, as they are answered."""

from typing import TYPE_CHECKING

from schemas.tables.evaluation import EvaluationStage
from tasks.runs.watch import ShardWatch

if TYPE_CHECKING:
    # LiteLLM comes with it, which takes seconds to import.
    pass


class AnswerWatch(ShardWatch):
    """Counts the items that are answered."""

    what = "prediction"
    stages = EvaluationStage
