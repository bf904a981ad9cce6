"""The command `evolflow serve`: the control room, or a model of this machine.

Reads what the user wrote and keeps serving until told to stop. Everything ends together: at Ctrl-C, at
SIGTERM, and when this process is killed.
"""

import os
import signal
import threading
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.errors import BadInput, RunFault
from schemas.text import visible

if TYPE_CHECKING:
    from tasks.doors.prefect.control_room import Place

_ROOM_PORT, _MODEL_PORT = 4200, 8000
_POLL_S = 0.5


@click.command()
@click.argument("model", required=False)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535),
    help=f"Port to listen on; {_ROOM_PORT} for the control room, {_MODEL_PORT} for a model.",
)  # fmt: skip
@click.option(
    "--data", type=click.Path(path_type=Path), envvar="EVOLFLOW_DATA",
    help="The control room's data folder: the server's files, seeds and runs; by default the user "
    "data folder.",
)  # fmt: skip
def serve(model: str | None, host: str, port: int | None, data: Path | None) -> None:
    """Run the control room; or, where MODEL is named, serve that model. Ctrl-C stops all.

    The control room is Prefect's server and UI, a worker, all deployments. SQLite by default;
    PREFECT_SERVER_DATABASE_CONNECTION_URL names a PostgreSQL. Models' keys come from the environment,
    as for `evolflow run`.

    MODEL is the folder of a fine-tuning or of any model in transformers' format. It is asked like
    OpenAI's, with the chat template that it was trained with, which is checked. Needs the extra
    `train`.
    """
    if model is None:
        _serve_room(_place_of(host, port or _ROOM_PORT, data))
        return
    if click.get_current_context().get_parameter_source("data") is (
        click.core.ParameterSource.COMMANDLINE
    ):
        raise BadInput("--data: belongs to the control room, not to a model; leave one of them out")
    _serve_model(Path(model), _place_of(host, port or _MODEL_PORT, None))


def _place_of(host: str, port: int, data: Path | None) -> "Place":
    """Return where it shall be.

    Raises:
        BadInput: The host is no address of a machine.
    """
    from platformdirs import user_data_path

    from tasks.doors.prefect.control_room import Place

    try:
        ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise BadInput(f"--host: {host!r} is no IP address; give one, or localhost") from None
    home = data or Path(os.environ.get("EVOLFLOW_HOME") or user_data_path("evolflow"))
    return Place(host, port, home.expanduser().resolve())


def _serve_room(place: "Place") -> None:
    from tasks.doors.prefect import control_room

    is_over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.set() if not is_over.is_set() else os._exit(130))
    with control_room.opened(place, is_over) as room:
        click.echo(_greeting(place, control_room.deployment_names()))
        room.stay(is_over)
        click.echo("stopping: runs save what is in flight; Ctrl-C once more drops it", err=True)


def _greeting(place: "Place", deployments: Sequence[str]) -> str:
    lines = [
        f"Prefect's UI:   {place.address}",
        f"data folder:    {place.data}",
        f"own seeds:      {Path('seeds') / 'own-seeds.jsonl'} (paths are relative to the data folder)",
        f"deployments:    {', '.join(deployments)}",
        f"from a shell:   PREFECT_API_URL={place.address}/api evolflow run …",
    ]
    if not place.is_private:
        lines.append(
            f"WARNING: {place.host} can be reached by others, and the server has no password; "
            "set PREFECT_SERVER_API_AUTH_STRING=user:password"
        )
    return "\n".join([*lines, "stop:           Ctrl-C"])


def _serve_model(model: Path, place: "Place") -> None:
    from tasks.training.serve import served

    is_over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.set())
    name = model.resolve().name
    with served(model, name, setting="MODEL", host=place.host, port=place.port) as serving:
        base = serving.address
        lines = [
            f"serving:  {model}",
            f"ask it:   evolflow run … --model openai/{name} --api-base {base}",
            f"          evolflow evaluate … --systems {name}=openai/{name}@{base}",
        ]
        if not place.is_private:
            lines.append(
                f"WARNING: {place.host} can be reached by others, and the model has no password"
            )
        click.echo(visible("\n".join([*lines, "stop:     Ctrl-C"])))
        while not is_over.wait(_POLL_S):
            if serving.child.fault is not None:
                raise RunFault(f"the server of {model} {serving.child.fault}")
