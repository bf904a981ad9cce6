"""Turn what is handed on into preferences: children beside their parents, as a judge scored them.

Reads batches of a finished run's rows and its scores. Writes nothing.
"""

from collections import Counter
from collections.abc import Iterator

from schemas.folders.scoring import scores_of
from schemas.tables.export import Preference
from schemas.tables.scoring import versions_of
from tasks.doors.storage import shards
from tasks.export.preferences import preferences
from tasks.runs.saved_pack import saved_operations
from tasks.sources.finished import Source, _records

_PAIR_COLUMNS = ["id", "parent_id", "operation", "instruction", "response"]


def pairs(source: Source, left_out: "Counter[str]") -> Iterator[Preference]:
    """Yield children beside their parents, as far as a judge scored both."""
    versions = versions_of(shards.read_table(scores_of(source.folder).scored("versions")))
    apart = {one.name for one in saved_operations(source.folder) if not one.keeps_subject}
    return preferences(_records(source.parts, _PAIR_COLUMNS), versions, apart, left_out)
