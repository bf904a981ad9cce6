"""Read what a finished evaluation says of itself. Writes nothing."""

from schemas.documents.document import checked_as
from schemas.documents.results import Results
from schemas.folders.evaluation import EvaluationFolder
from tasks.doors.storage import shards


def read_results(folder: EvaluationFolder) -> Results:
    """Return the figures.

    Raises:
        BadInput: There are none.
        RunFault: They are damaged.
    """
    return checked_as(Results, shards.read_json(folder.results), folder.results)
