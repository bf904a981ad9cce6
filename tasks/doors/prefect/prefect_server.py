"""The embedded Prefect server, a process of its own: `python -m tasks.doors.prefect.prefect_server FD`.

Serves on a listening socket that it was given, says on standard output when it does and why it does
not, and ends when standard input does: its parent is gone or says so. The only importer of
Prefect's server.
"""

import gc
import logging
import os
import socket
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from tasks.doors.prefect import migrations
from tasks.doors.prefect.guard import guarded
from tasks.doors.processes.children import READY

_POLITE_S = 2.0
_OF_A_RUN = (
    "/admin",
    "/csrf-token",
    "/flows",
    "/flow_runs",
    "/task_runs",
    "/artifacts",
    "/events",
    "/logs",
)
"""What flows ask for. FastAPI builds a router's addresses when it first looks for one there, and looks
from the first router to the last: to build all takes as long as a dozen requests."""


def serve(listener_fd: int) -> None:
    """Serve until standard input ends.

    Args:
        listener_fd: Number of a socket that listens already.
    """
    # Importing makes a million objects that stay: to look them through again and again would be a
    # third of the work.
    gc.disable()
    home = Path(os.environ["PREFECT_HOME"])
    has_tables = migrations.leave_out_if_done(home)
    import uvicorn
    from prefect.server.api import server as prefects

    # Whoever is asked most stands first; no two routers have an address in common.
    in_order = sorted(prefects.API_ROUTERS, key=lambda router: router.prefix not in _OF_A_RUN)
    vars(prefects)["API_ROUTERS"] = tuple(in_order)
    app = prefects.create_app()
    if reports := os.environ.get("EVOLFLOW_REPORTS_ROOT"):
        _show_reports(app, Path(reports))
    # What ends the server comes through uvicorn, and why a request failed through Prefect.
    logging.disable(logging.WARNING)
    for name in ("uvicorn.error", "prefect.server"):
        errors = logging.getLogger(name)
        errors.addHandler(logging.StreamHandler(sys.stdout))
        errors.propagate = False

    class Server(uvicorn.Server):
        """Says when it serves."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            with nullcontext() if has_tables else migrations.made_once(home):
                await super().startup(sockets)
            gc.freeze()
            gc.enable()
            sys.stdout.write(f"{READY}\n")
            sys.stdout.flush()

    listener = socket.socket(fileno=listener_fd)
    guard = guarded(app, listener.getsockname()[0])
    server = Server(uvicorn.Config(guard, log_config=None, lifespan="on"))
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    server.run(sockets=[listener])


def _show_reports(app: Any, root: Path) -> None:
    """Serve RUN/report/index.html of the runs in a folder under /reports, and nothing else of them."""
    from starlette.responses import FileResponse, Response
    from starlette.routing import Route

    def page(request: Any) -> Response:
        path = root / request.path_params["run"] / "report" / "index.html"
        if path.resolve() != root.resolve() / path.relative_to(root) or not path.is_file():
            return Response("no such report", status_code=404)
        # A report quotes strangers: in a sandbox it can do nothing to the API beside it.
        return FileResponse(path, headers={"Content-Security-Policy": "sandbox"})

    # First, because the UI takes every address that is left.
    app.router.routes.insert(0, Route("/reports/{run}/report/index.html", page))


def _end_with_parent(server: Any) -> None:
    # Below Python's buffers: a thread that holds their lock makes the interpreter abort at its end.
    while os.read(sys.stdin.fileno(), 1):
        pass
    server.should_exit = True
    # Long polls may hold a polite exit up; nobody is left to wait for them.
    time.sleep(_POLITE_S)
    os._exit(0)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
