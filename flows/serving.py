"""Run the control room: a Prefect server with its UI, a worker, our deployments and automations.

Order only. Everything ends together: at Ctrl-C, at SIGTERM, and when this process is killed.
"""

import os
import signal
import threading
from ipaddress import ip_address
from pathlib import Path

import click
from platformdirs import user_data_path

from schemas.errors import BadInput
from tasks.doors.prefect import control_room
from tasks.doors.prefect.control_room import Place


def place_of(host: str, port: int, data: Path | None) -> Place:
    """Return where a control room shall be.

    Raises:
        BadInput: The host is no address of a machine.
    """
    try:
        ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise BadInput(f"--host: {host!r} is no IP address; give one, or localhost") from None
    home = data or Path(os.environ.get("EVOLFLOW_HOME") or user_data_path("evolflow"))
    return Place(host, port, home.expanduser().resolve())


def serve(place: Place) -> None:
    """Serve until told to stop; tells where on standard output.

    Args:
        place: Address and data folder.

    Raises:
        BadInput: The port is taken, the folder cannot be written, or the database does not answer.
        RunFault: The server does not start.
    """
    is_over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.set() if not is_over.is_set() else os._exit(130))
    with control_room.opened(place, is_over) as room:
        click.echo(_greeting(place))
        room.stay(is_over)
        click.echo("stopping: runs save what is in flight; Ctrl-C once more drops it", err=True)


def _greeting(place: Place) -> str:
    lines = [
        f"Prefect's UI:   {place.address}",
        f"data folder:    {place.data}",
        f"own seeds:      {Path('seeds') / 'own-seeds.jsonl'} (paths are relative to the data folder)",
        "deployments:    smoke, nightly (its schedule is off), paper, compare, predict, mix, tune, "
        "merge",
        f"from a shell:   PREFECT_API_URL={place.address}/api evolflow run …",
    ]
    if not place.is_private:
        lines.append(
            f"WARNING: {place.host} can be reached by others, and the server has no password; "
            "set PREFECT_SERVER_API_AUTH_STRING=user:password"
        )
    return "\n".join([*lines, "stop:           Ctrl-C"])
