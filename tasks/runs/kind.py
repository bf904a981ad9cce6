"""Declare a kind of job once: its name, its settings, where it lies, and who looks at it.

Everything that is done with any job follows from its kind: the command and the flow, `status`,
`verify`, `report`, the live line, the title in the Prefect UI. Order stays in the flow; what a kind
does stays in its room.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

from schemas.documents.document import Document, Facts
from schemas.documents.run_json import RunShape, checked
from schemas.errors import BadInput
from schemas.folders.run import RunFolder
from schemas.settings.asking import JobSettings
from tasks.doors.storage import shards
from tasks.doors.storage.places import place
from tasks.runs.checks import Check
from tasks.runs.run_json import Inputs, check_folder, open_record, require_names
from tasks.runs.watch import Watcher


class Placed(Protocol):
    """Settings that say where what they make shall lie."""

    @property
    def out(self) -> str:
        """Path or address of the folder."""

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """Return the settings with other values."""


Settings = TypeVar("Settings", bound=Placed)
Folder = TypeVar("Folder")
Given = TypeVar("Given", bound=JobSettings)
"""Settings that run.json keeps."""
Kept = TypeVar("Kept", bound=RunFolder)
"""Folder of a run."""


class Form(Protocol[Settings]):
    """What a flow takes: settings, under the headings of the Prefect UI."""

    @classmethod
    def of(cls, settings: Settings) -> "Form[Settings]":
        """Return the form that these settings fill."""

    @classmethod
    def model_validate(cls, values: Any) -> "Form[Settings]":
        """Return the form that Prefect's parameters fill."""

    def settings(self) -> Settings:
        """Return the settings that the form says."""


@dataclass(frozen=True)
class Kind(Generic[Settings, Folder]):
    """A kind of job whose folder appears whole or not at all."""

    name: str
    """Of the kind, of its flow and of the flow's file: `flows/NAME.py`."""
    command: str
    """`evolflow COMMAND` does it."""
    form: type[Form[Settings]]
    _: KW_ONLY
    folder: Callable[[Path], Folder]
    """Where everything lies in a folder of this kind."""
    record: str = "run.json"
    """The document by which a folder is known to be of this kind."""
    status: Callable[[Folder], Document]
    """How it stands, for machines."""
    text: Callable[[Folder], str]
    """How it stands, for people."""
    checks: Callable[[Folder], Sequence[Check]]
    """Everything that `verify` looks at."""
    is_record_checked: bool = False
    """Whether its checks tell of a damaged record; others' is looked at before them."""
    page: str = ""
    """Who writes its report, as module:function: pictures take a second to import."""
    why_no_page: str = ""
    """What is said where there is no report."""

    def at(self, address: str | Path) -> Folder:
        """Return the folder that lies, or shall lie, at an address."""
        return self.folder(place(address))

    def read(self, folder: Folder) -> None:
        """Make sure that the folder's record is as readers rely on it."""

    def write_page(self, address: str) -> Path:
        """Write the report of a folder of this kind; returns its path.

        Raises:
            BadInput: There is none of this kind.
        """
        if not self.page:
            raise BadInput(f"{address}: {self.why_no_page}")
        path: Path = called(self.page)(self.at(address))
        return path


@dataclass(frozen=True)
class RunKind(Kind[Given, Kept]):
    """A kind of job that keeps run.json: made once, stopped, continued."""

    _: KW_ONLY
    shape: type[RunShape]
    """What run.json holds."""
    inputs: Callable[[Given], Inputs]
    """What a run is made from besides its settings."""
    look: Callable[[Given], None]
    """Looks at what the settings point to; leaves nothing."""
    whole: Callable[[Given], Given]
    """Makes paths whole: a run may be continued from another working folder."""
    names: Callable[[Given], Mapping[str, object]]
    """Paths and names that run.json has to hold, by setting."""
    tags: Callable[[Given], tuple[str, ...]]
    """Whose run it is, for the UI."""
    spent: Callable[[Kept], Facts] = lambda _: {}
    """What a run that stopped at its budget had spent, and what for."""
    watch: Callable[[Kept, Given], Watcher] | None = None
    """The live line of a kind that buys."""
    is_sealed: bool = False
    """Whether a finished folder is known to be done without a server: its inputs are known by hash."""
    summary: Callable[[Kept], str] | None = None
    """What is said at the end; its text where there is nothing else to say."""

    def check(self, settings: Given) -> None:
        """Check what settings point to; nothing is left of what it tries.

        Raises:
            BadInput: Something cannot be used, or another run or a link lies in the folder.
        """
        require_names(self.names(settings))
        self.look(settings)
        check_folder(self.at(settings.out), settings, self.inputs(settings))

    def start(self, settings: Given) -> Kept:
        """Make or continue a run; the caller has checked the settings and holds the folder's lock.

        Returns:
            The folder, whose run.json holds these settings.

        Raises:
            BadInput: Another run lies there.
        """
        folder = self.at(settings.out)
        open_record(folder, self.whole(settings), self.inputs(settings))
        return folder

    def read(self, folder: Kept) -> None:
        """Make sure that run.json is as readers rely on it.

        Raises:
            RunFault: It is not.
        """
        checked(shards.read_json(folder.run_json), folder.run_json, self.shape)

    def last_words(self, folder: Kept) -> str:
        """Return what a command says when all is done."""
        return (self.summary or self.text)(folder)


def called(name: str) -> Any:
    """Return what a name of the form module:function stands for, imported now."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)
