"""Show how a run goes: a live line on a terminal, one line a shard otherwise; by the library rich.

Knows numbers and lines, not where they come from.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler
from rich.markup import escape
from rich.table import Table

from schemas.redaction import redact
from schemas.text import visible

_REFRESH_A_SECOND = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the live line says."""

    what: str
    """Which part of the run this is."""
    rows_done: int
    rows_total: int
    kept_share: float | None
    """Of the children judged so far, 0 to 1; None where there are none."""
    calls: int
    calls_a_second: float
    tokens: int
    spent_usd: float | None
    """None where a price is unknown."""
    eta_s: float | None
    """Seconds until the end if every call that may be wanted is."""

    def cells(self) -> list[str]:
        """Return the parts of the line."""
        return [
            self.what,
            f"rows {self.rows_done:,}/{self.rows_total:,}",
            *([] if self.kept_share is None else [f"kept {self.kept_share:.0%}"]),
            f"calls {self.calls:,} ({self.calls_a_second:.0f}/s)",
            f"tokens {self.tokens:,}",
            f"USD {'unknown' if self.spent_usd is None else f'{self.spent_usd:.4f}'}",
            f"ETA {'–' if self.eta_s is None else _duration(self.eta_s)}",
        ]


@contextmanager
def shown(cells: Callable[[], Sequence[str]], log_file: Path | None = None) -> Iterator[None]:
    """Send the project's log to the terminal for the length of a block.

    Args:
        cells: Parts of the live line; asked four times a second where there is a terminal.
        log_file: Also gets every line, with its time, once its folder is there.
    """
    console = Console(stderr=True)
    handlers = [_terminal_handler(console)]
    if log_file is not None:
        handlers.append(_file_handler(log_file))
    logger = logging.getLogger("evolflow")
    logger.setLevel(logging.INFO)
    # Prefect's root handlers would say every line again.
    logger.propagate = False
    for handler in handlers:
        logger.addHandler(handler)
    try:
        if console.is_terminal:
            live = Live(
                get_renderable=lambda: _line(cells()),
                console=console,
                refresh_per_second=_REFRESH_A_SECOND,
                transient=True,
            )
            with live:
                yield
        else:
            yield
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()


class _Plain(logging.Formatter):
    """One line a record: no key, and nothing that steers a terminal, whoever's words it quotes."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        return " ".join(visible(redact(super().format(record), os.environ)).splitlines())


def _terminal_handler(console: Console) -> logging.Handler:
    if console.is_terminal:
        rich = RichHandler(
            logging.WARNING, console=console, show_path=False, show_time=False, markup=False
        )
        rich.setFormatter(_Plain("%(message)s"))
        return rich
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain("%(asctime)s %(message)s", "%H:%M:%S"))
    return handler


class _LogFile(logging.FileHandler):
    """A file that begins with the first line after its folder was made."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, if there is a place for it."""
        if self.stream is not None or Path(self.baseFilename).parent.is_dir():
            super().emit(record)


def _file_handler(path: Path) -> logging.Handler:
    handler = _LogFile(path, encoding="utf-8", delay=True)
    handler.setFormatter(_Plain("%(asctime)s %(levelname)s %(name)s %(message)s"))
    return handler


def _line(cells: Sequence[str]) -> Table:
    table = Table.grid(padding=(0, 2))
    first, *rest = (escape(cell) for cell in cells)
    table.add_row(f"[bold]{first}[/bold]", *rest)
    return table


def _duration(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{left:02d}"
