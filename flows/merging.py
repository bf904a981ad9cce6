"""Merging as a flow for the control room: the verb of the command, shown in the UI."""

from pathlib import Path

from prefect import flow

from flows.schedule import dated, title_of
from schemas.settings.merging import MergeForm
from tasks.training.merge import merge
from tasks.training.merging import MERGING


@flow(name=MERGING.name, flow_run_name=title_of(MERGING))
def merging(settings: MergeForm) -> str:
    """Merge an adapter with its base.

    Args:
        settings: Which, and where to.

    Returns:
        Path of the model.
    """
    wanted = dated(settings)
    base = None if wanted.base is None else Path(wanted.base)
    merge(Path(wanted.trained), Path(wanted.out), base)
    return wanted.out
