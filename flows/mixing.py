"""Mixing as a flow for the control room: the verb of the command, shown in the UI."""

from prefect import flow

from flows.schedule import dated, title_of
from schemas.settings.mixing import MixForm
from tasks.mixing.exhibit import show_mix
from tasks.mixing.kind import MIXING
from tasks.mixing.mix import mix


@flow(name=MIXING.name, flow_run_name=title_of(MIXING))
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
