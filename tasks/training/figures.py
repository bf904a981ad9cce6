"""Read what a finished fine-tuning says of itself: figures and losses. Writes nothing."""

from schemas.documents.document import checked_as
from schemas.documents.training import Figures, Step
from schemas.folders.trained import TrainedFolder
from tasks.doors.storage import shards


def figures_of(folder: TrainedFolder) -> Figures:
    """Return the figures.

    Raises:
        RunFault: There are none, or they are damaged.
    """
    return checked_as(Figures, shards.read_json(folder.results), folder.results)


def losses_of(folder: TrainedFolder) -> list[Step]:
    """Return the points of the loss chart, in order.

    Raises:
        RunFault: There are none, or they are damaged.
    """
    return [Step(**record) for record in shards.read_table(folder.losses).to_pylist()]
