"""Mixing and merging as flows for the control room: the verbs of the commands, shown in the UI."""

from pathlib import Path

from prefect import flow

from flows.schedule import dated
from schemas.settings.merging import MergeForm
from schemas.settings.mixing import MixForm
from tasks.mixing.exhibit import show_mix
from tasks.mixing.mix import mix
from tasks.training.merge import merge


@flow(name="mixing", flow_run_name="mixing")
def mixing(settings: MixForm) -> str:
    """Mix runs into what a model is trained on.

    Args:
        settings: Everything that can be set.

    Returns:
        Path of the mix.
    """
    wanted = dated(settings.settings())
    show_mix(wanted.out, mix(wanted))
    return wanted.out


@flow(name="merging", flow_run_name="merging")
def merging(settings: MergeForm) -> str:
    """Merge an adapter with its base.

    Args:
        settings: Which, and where to.

    Returns:
        Path of the model.
    """
    base = None if settings.base is None else Path(settings.base)
    merge(Path(settings.trained), Path(settings.out), base)
    return settings.out
