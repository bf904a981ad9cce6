"""Say what an export holds, and check that it is whole. Writes nothing."""

from schemas.documents.document import checked_as
from schemas.documents.export_json import ExportRecord
from schemas.folders.export import ExportFolder
from tasks.doors.storage import shards
from tasks.runs.checks import Check
from tasks.runs.soundness import listed_check

_AGAIN = "remove the folder and export again"


def export_status(folder: ExportFolder) -> ExportRecord:
    """Return export.json: what the export was made from, counts and files.

    Raises:
        BadInput: This is no export.
        RunFault: export.json is damaged.
    """
    return checked_as(ExportRecord, shards.read_json(folder.export_json), folder.export_json)


def export_text(folder: ExportFolder) -> str:
    """Return what was handed on, and what was left out."""
    found = export_status(folder)
    return "\n".join(
        [
            f"{found.format}: {found.rows} rows in {found.data_files} files: {folder.root}",
            *(f"left out, {why}: {n}" for why, n in found.left_out.items()),
        ]
    )


def export_checks(folder: ExportFolder) -> list[Check]:
    """Return everything that was checked: the record and the files."""
    found = export_status(folder)
    first = Check("export.json", f"{found.format} {found.made_from[:8]} of {found.source}")
    return [first, listed_check(folder.root, found.files, folder.export_json.name, _AGAIN)]
