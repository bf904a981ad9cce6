"""The ranking page of a test: a small evaluation, the real `evolflow rank serve`, raters' forms."""

import re
import signal
import subprocess
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from schemas.folders.evaluation import EvaluationFolder
from schemas.tables.evaluation import ANSWERS, ITEMS, NULL_MODEL, Item, SystemAnswer
from schemas.tables.row import to_table
from schemas.tables.vote import Vote
from tasks.doors.storage import shards
from tasks.evaluation.ranking.votes import read_votes
from tests.flows.runs import wait_for
from tests.servers import warm
from tests.servers.loopback import free_port

SYSTEMS = ("zyxomma-7", "quollbert-9")
"""Names that stand in no page by chance."""
_START_S = 120.0
_HIDDEN = re.compile(r'name="(csrf|ballot|vote)" value="([^"]*)"')


def evaluation(
    place: Path,
    *,
    items: int = 3,
    systems: Sequence[str] = SYSTEMS,
    answer: Callable[[int, str], str | None] = lambda n, system: (
        f"Answer of {len(system)} letters to {n}."
    ),
) -> EvaluationFolder:
    """Write a folder as an evaluation leaves it, as far as people need it; the canary is in it."""
    folder = EvaluationFolder(place)
    made = [Item(f"i{n}", n, f"Name {n + 2} uses of a rope.", "", None) for n in range(items)]
    answers = [
        SystemAnswer(item.id, item.position, system, answer(item.position, system), "m")
        for system in (*systems, NULL_MODEL)
        for item in made
    ]
    shards.write_table(to_table(made, ITEMS), folder.table_part("items"))
    shards.write_table(to_table(answers, ANSWERS), folder.table_part("answers"))
    return folder


@dataclass
class Served:
    """A served ranking."""

    address: str
    folder: EvaluationFolder
    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)
    """What it wrote on its standard output, by line."""

    def votes(self) -> list[Vote]:
        """Return the votes that stand on the disk."""
        return read_votes(self.folder.votes).standing()

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def served(
    folder: EvaluationFolder,
    environment: Mapping[str, str],
    *arguments: Any,
    port: int | None = None,
    before: Callable[[], None] | None = None,
) -> Iterator[Served]:
    """Run `evolflow rank serve` for the length of a block.

    Args:
        folder: The evaluation.
        environment: Of the process.
        arguments: Further flags.
        port: Where to listen; a free one by default.
        before: Run in the process before the program is.
    """
    port = port or free_port()
    command = ["rank", "serve", folder.root, "--port", port, *arguments]
    process = warm.start(environment, *command, before=before)
    one = Served(f"http://127.0.0.1:{port}", folder, process)
    threading.Thread(target=_read, args=(process.stdout, one.said), daemon=True).start()
    try:
        wait_for(lambda: any(line.startswith("stop:") for line in one.said), _START_S,
                 process=process)  # fmt: skip
        yield one
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def _read(stream: Any, lines: list[str]) -> None:
    for line in stream:
        lines.append(line.rstrip("\n"))


class Rater:
    """Somebody who ranks with a browser that has no scripts."""

    def __init__(self, served: Served, name: str) -> None:
        self.browser = httpx.Client(base_url=served.address, follow_redirects=True, timeout=60)
        weakref.finalize(self, self.browser.close)
        self.page = self.browser.get("/").text
        self.post("/name", name=name)

    def hidden(self) -> dict[str, str]:
        """Return the hidden fields of the page that is shown; `vote` is what can be undone."""
        return dict(_HIDDEN.findall(self.page))

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of the page that is shown, and show what comes back."""
        answer = self.browser.post(path, data={"csrf": self.hidden()["csrf"], **fields})
        self.page = answer.text
        return answer

    def choose(self, overall: str, **aspects: str) -> httpx.Response:
        """Vote on the open ballot."""
        ballot = self.hidden()["ballot"]
        return self.post("/vote", ballot=ballot, do="save", overall=overall, **aspects)

    def skip(self) -> httpx.Response:
        return self.post("/vote", ballot=self.hidden()["ballot"], do="skip")

    def undo(self) -> httpx.Response:
        return self.post("/undo", vote=self.hidden()["vote"])

    def is_asked(self) -> bool:
        """Tell whether there is something to judge."""
        return "ballot" in self.hidden()

    def reload(self) -> str:
        self.page = self.browser.get("/").text
        return self.page
