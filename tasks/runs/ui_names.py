"""Say how a run is called in the Prefect UI, where its report is found, and when its budget is reached.

Turns a run folder into keys, tags and addresses. Knows nothing of what a flow shows under them.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import quote

from schemas.documents.document import Facts
from schemas.errors import BadInput, BudgetReached
from schemas.folders.run import RunFolder
from schemas.settings.asking import AskSettings
from schemas.text import visible
from tasks.doors.prefect import artifacts

REPORTS_URL = "EVOLFLOW_REPORTS_URL"
"""Names the address under which run folders are served, where they are."""
_TAG_CHARS = 100

Kept = TypeVar("Kept", bound=RunFolder)


def tag(model: str, *more: str) -> None:
    """Add tags to this flow run: whose it is, the model, and more."""
    tags = ["evolflow", visible(model)[:_TAG_CHARS], *more]
    with artifacts.optional("tags"):
        artifacts.tag(tags)


@contextmanager
def budget_told(
    folder: Kept, settings: AskSettings, facts_of: Callable[[Kept], Facts]
) -> Iterator[None]:
    """Tell Prefect when the block ends because the budget is reached.

    Args:
        folder: The run's.
        settings: Its settings.
        facts_of: Says what was spent, and what for.
    """
    try:
        yield
    except BudgetReached:
        facts: Facts = {"budget_usd": settings.budget_usd, **facts_of(folder)}
        with artifacts.optional("that the budget is reached"):
            artifacts.tell("evolflow.budget.reached", run=name_of(folder), facts=facts)
        raise


def check() -> None:
    """Make sure that links to reports can be made.

    Raises:
        BadInput: The address given for them is none.
    """
    base = os.environ.get(REPORTS_URL, "")
    if base and not re.fullmatch(r"https?://[^\s()<>\[\]`]+", base):
        raise BadInput(
            f"{REPORTS_URL}: {visible(base)!r} is no http:// or https:// address; mend or unset it"
        )


def report_address(folder: RunFolder) -> str:
    """Return where a browser finds a run's report: where it is served, else the file."""
    base = os.environ.get(REPORTS_URL)
    if not base:
        # An object store's own addresses are not quoted, and may hold what ends a link.
        return quote(folder.report.resolve().as_uri(), safe=":/%")
    page = folder.report.relative_to(folder.root).as_posix()
    return f"{base.rstrip('/')}/{quote(name_of(folder))}/{page}"


def plain(word: str) -> str:
    """Return one of our own words; a damaged or foreign file may hold anything in its place."""
    return re.sub(r"[^\w-]", "·", word)[:_TAG_CHARS] or "·"


def name_of(folder: RunFolder) -> str:
    """Return a run folder's name, as a person may see it."""
    return visible(folder.root.resolve().name)


def slug(folder: RunFolder) -> str:
    """Return a run folder's name as far as a key may hold it; others stay apart by their hash."""
    name = folder.root.resolve().name
    short = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if name.isascii() and short:
        return short
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{short}-{digest}" if short else f"run-{digest}"
