"""The one importer of Prefect's artifacts and events: what its UI shows of a run besides the graph.

Turns tables, texts, pictures and numbers into requests to the server. A dashboard that fails must not
fail a run: what the server does not take is said in one line. Knows nothing of what is shown.
"""

import base64
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from json import JSONDecodeError
from typing import cast
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
from prefect import get_client
from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.exceptions import PrefectException
from pydantic import ValidationError

from schemas.documents.document import Facts
from schemas.text import visible

_BETWEEN_S = 2.0
"""Shortest time between two updates of a progress bar: each is a request."""
_WHOLE = 100.0
_QUOTED_CHARS = 200
_BY_DAY = (
    "--ink:#1a1e24;--quiet:#5a6472;--rule:#d8dde4;--good:#0d7a5c;--bad:#c2410c;--hue-1:#2a5db0;"
    "--hue-2:#d6932a;--hue-3:#49a298;--hue-4:#8a6bb8;background:#ffffff;font-family:sans-serif"
)
_VIEW_BOX = re.compile(r'viewBox="0 0 (\S+) ([^"]+)"')
_MARGIN = 16
# No answer, an answer that says no, and one that is none.
_HICCUPS = (httpx.HTTPError, PrefectException, ValidationError, JSONDecodeError)

log = logging.getLogger("evolflow.artifacts")


@contextmanager
def optional(what: str) -> Iterator[None]:
    """Go on after the block where the server fails within it.

    Args:
        what: What the UI will not show then, for the log.
    """
    try:
        yield
    except _HICCUPS as e:
        # The server's address stands in it; what comes before an @ there may be a password.
        said = re.sub(r"//[^/\s]*@", "//", " ".join(visible(str(e)).split()))[:_QUOTED_CHARS]
        log.warning("Prefect's UI will not show %s (%s: %s)", what, type(e).__name__, said)


def table(key: str, rows: Sequence[Facts], about: str) -> None:
    """Show a table; every mapping has the same keys, which become the headings."""
    create_table_artifact(key=key, table=[dict(row) for row in rows], description=about)


def markdown(key: str, text: str, about: str) -> None:
    """Show a text; whoever writes it fences what strangers wrote."""
    create_markdown_artifact(key=key, markdown=text, description=about)


def drawing(key: str, svg: str, about: str) -> None:
    """Show a drawing that was made for the report: alone, in its colours by day, with a margin."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" style="{_BY_DAY}" '
    alone = _VIEW_BOX.sub(_with_margin, svg.replace("<svg ", head, 1), count=1)
    address = f"data:image/svg+xml;base64,{base64.b64encode(alone.encode()).decode()}"
    create_image_artifact(key=key, image_url=address, description=about)


def link(key: str, address: str, text: str, about: str) -> None:
    """Show a link; neither address nor text may hold brackets."""
    create_link_artifact(key=key, link=address, link_text=text, description=about)


def tag(tags: Iterable[str]) -> None:
    """Add tags to this flow run, which keeps those that it has.

    The server is asked once; tags on tasks would cost a request a task.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("tags belong to a flow run; call this inside of one")
    wanted = sorted({*context.flow_run.tags, *tags})
    get_client(sync_client=True).update_flow_run(context.flow_run.id, tags=wanted)


def tell(event: str, *, run: str, facts: Facts, once: str | None = None) -> None:
    """Send an event about a run; it goes out in the background, at the latest at the process's end.

    Args:
        event: Its name.
        run: Name of the run's folder.
        facts: Plain values.
        once: The server acts once on all events that are told with this text.
    """
    resource = {"prefect.resource.id": f"evolflow.run.{run}", "prefect.resource.name": run}
    event_id = None if once is None else uuid5(NAMESPACE_URL, f"{event}/{once}")
    emit_event(event=event, resource=resource, payload=dict(facts), id=event_id)


class Gauge:
    """A progress bar, moved at most every two seconds however often it is told; and at its end."""

    def __init__(
        self, key: str, total: int, about: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Show an empty bar.

        Args:
            key: Of the artifact.
            total: What makes it full.
            about: What it measures.
            clock: Seconds, monotonic.
        """
        self._key, self._total, self._clock = key, total, clock
        self._id: UUID | None = None
        self._shown, self._sent_at = 0, clock()
        with optional(key):
            made = create_progress_artifact(progress=0.0, key=key, description=about)
            # In a flow that is not asynchronous it is never a coroutine.
            self._id = cast(UUID, made)

    def show(self, done: int) -> None:
        """Move the bar, unless it was moved just now."""
        if done < self._total and self._clock() - self._sent_at < _BETWEEN_S:
            return
        self.settle(done)

    def settle(self, done: int) -> None:
        """Move the bar at once; one of which the server does not know is left alone."""
        if self._id is None or done == self._shown:
            return
        artifact, self._id = self._id, None
        with optional(self._key):
            update_progress_artifact(artifact, progress=_WHOLE * done / self._total)
            self._id, self._shown, self._sent_at = artifact, done, self._clock()


def _with_margin(box: re.Match[str]) -> str:
    wide, high = (float(length) + 2 * _MARGIN for length in box.groups())
    return f'viewBox="{-_MARGIN} {-_MARGIN} {wide:g} {high:g}" width="{wide:g}" height="{high:g}"'
