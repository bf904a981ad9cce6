"""Pages of Prefect's UI in a real headless Chromium, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.servers.browser import chromium

_SIZE: ViewportSize = {"width": 1180, "height": 820}
_WAIT_MS = 60_000
_DRAWN_MS = 2_000
"""A graph is drawn on a canvas: nothing on the page says when it is done."""


@dataclass
class Tab:
    """A tab, and the addresses that it asked for."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)

    def go(self, path: str, *texts: str) -> None:
        """Open a page of the UI, and wait until these texts stand on it."""
        self.page.goto(f"{self.address}/{path}")
        for text in texts:
            self.page.get_by_text(text).first.wait_for(timeout=_WAIT_MS)

    def settle(self) -> None:
        """Return when the page asks for nothing any more, and has drawn what it got."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(_DRAWN_MS)

    def shoot(self, path: Path) -> None:
        """Take a picture of what is seen."""
        self.page.screenshot(path=path, animations="disabled")


@contextmanager
def tab(address: str) -> Iterator[Tab]:
    """Have a tab for the length of a block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(viewport=_SIZE)
        page.set_default_timeout(_WAIT_MS)
        one = Tab(page, address)
        page.on("request", lambda request: one.requests.append(request.url))
        yield one
        browser.close()
