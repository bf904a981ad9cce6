"""Show how a run goes: a live line on a terminal, one line a shard otherwise; by the library rich.

Knows numbers and lines, not where they come from.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler
from rich.table import Table

_REFRESH_A_SECOND = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the live line says."""

    epoch: int
    epochs: int
    rows_done: int
    rows_total: int
    kept_share: float | None
    """Of the children judged so far, 0 to 1."""
    calls: int
    calls_a_second: float
    tokens: int
    spent_usd: float | None
    """None where a price is unknown."""
    eta_s: float | None
    """Seconds until the last epoch ends if every child gets as far as its response."""


@contextmanager
def shown(snapshot: Callable[[], Snapshot], log_file: Path | None = None) -> Iterator[None]:
    """Send the project's log to the terminal for the length of a block.

    Args:
        snapshot: Asked four times a second where there is a terminal.
        log_file: Also gets every line, with its time; its folder is there by the first one.
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
                get_renderable=lambda: _line(snapshot()),
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


def _terminal_handler(console: Console) -> logging.Handler:
    if console.is_terminal:
        return RichHandler(
            logging.WARNING, console=console, show_path=False, show_time=False, markup=False
        )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    return handler


def _file_handler(path: Path) -> logging.Handler:
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    return handler


def _line(now: Snapshot) -> Table:
    table = Table.grid(padding=(0, 2))
    kept = "–" if now.kept_share is None else f"{now.kept_share:.0%}"
    eta = "–" if now.eta_s is None else _duration(now.eta_s)
    table.add_row(
        f"[bold]epoch {now.epoch}/{now.epochs}[/bold]",
        f"rows {now.rows_done:,}/{now.rows_total:,}",
        f"kept {kept}",
        f"calls {now.calls:,} ({now.calls_a_second:.0f}/s)",
        f"tokens {now.tokens:,}",
        f"USD {'unknown' if now.spent_usd is None else f'{now.spent_usd:.4f}'}",
        f"ETA {eta}",
    )
    return table


def _duration(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{left:02d}"
