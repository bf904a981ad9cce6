"""An export as a flow for the control room: the verb of the command, shown in the UI."""

from prefect import flow

from flows.schedule import dated, title_of
from schemas.settings.export import ExportForm
from tasks.doors.storage.places import place
from tasks.export.export import hand_on, wanted_of
from tasks.export.kind import EXPORT
from tasks.runs import ui_names


@flow(name=EXPORT.name, flow_run_name=title_of(EXPORT))
def export(settings: ExportForm) -> str:
    """Hand a finished run or a mix on, in a format that trainers read.

    Args:
        settings: What, how, and where to.

    Returns:
        Path of the export.
    """
    wanted = dated(settings)
    ui_names.tag(wanted.format, "export")
    hand_on(place(wanted.source), wanted_of(wanted))
    return wanted.out
