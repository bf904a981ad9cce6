"""What an export is: its settings, its folder, and who looks at it."""

from schemas.folders.export import ExportFolder
from schemas.settings.export import ExportForm
from tasks.export.status import export_checks, export_status, export_text
from tasks.runs.kind import Kind

EXPORT = Kind(
    "export",
    "export",
    ExportForm,
    folder=ExportFolder,
    record="export.json",
    status=export_status,
    text=export_text,
    checks=export_checks,
    why_no_page="is an export, which has no report; name the run that it was made from",
)
