"""The command `evolflow serve`: the control room, or a model of this machine.

Reads what the user wrote and keeps serving until told to stop.
"""

import signal
import threading
from pathlib import Path

import click

from schemas.errors import BadInput, RunFault
from schemas.text import visible

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
        from flows.serving import place_of
        from flows.serving import serve as serve_at

        serve_at(place_of(host, port or _ROOM_PORT, data))
        return
    if click.get_current_context().get_parameter_source("data") is (
        click.core.ParameterSource.COMMANDLINE
    ):
        raise BadInput("--data: belongs to the control room, not to a model; leave one of them out")
    _serve_model(Path(model), host, port or _MODEL_PORT)


def _serve_model(model: Path, host: str, port: int) -> None:
    from flows.serving import place_of
    from tasks.training.serve import served

    place = place_of(host, port, None)
    is_over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.set())
    name = model.resolve().name
    with served(model, name, setting="MODEL", host=host, port=port) as serving:
        base = serving.address
        lines = [
            f"serving:  {model}",
            f"ask it:   evolflow run … --model openai/{name} --api-base {base}",
            f"          evolflow evaluate … --systems {name}=openai/{name}@{base}",
        ]
        if not place.is_private:
            lines.append(f"WARNING: {host} can be reached by others, and the model has no password")
        click.echo(visible("\n".join([*lines, "stop:     Ctrl-C"])))
        while not is_over.wait(_POLL_S):
            if serving.child.fault is not None:
                raise RunFault(f"the server of {model} {serving.child.fault}")
