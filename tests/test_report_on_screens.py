"""The reports of a run and of an evaluation in a real browser: on a phone, in the dark, on paper."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from schemas.folders.evaluation import EvaluationFolder
from schemas.folders.run import RunFolder
from tasks.evaluation.judging.page import write_report
from tasks.evolution.report.page import write_report as write_report_of_run
from tests.servers.browser import chromium
from tests.tasks.evaluated import evaluated

NAMES = ("base", "ours", "an-evaluation-system-with-a-name-without-any-space-in-it-at-all")
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> EvaluationFolder:
    folder = evaluated(tmp_path_factory.mktemp("screens"), *NAMES, canary=3.0)
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run of two epochs."""
    folder = tmp_path_factory.mktemp("screens") / "run"
    copytree(Path(__file__).parent / "older" / "finished", folder)
    write_report_of_run(RunFolder(folder))
    return RunFolder(folder)


def opened(
    browser: Browser, folder: RunFolder, width: int, scheme: Literal["light", "dark"]
) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(folder.report.as_uri())
    return page


@pytest.mark.parametrize("which", ["folder", "run"])
@pytest.mark.parametrize("width", [320, 375, 720, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_out_of_the_page_with_everything_unfolded(
    browser: Browser, request: pytest.FixtureRequest, which: str, width: int,
    scheme: Literal["light", "dark"],
) -> None:  # fmt: skip
    """Wide drawings and tables scroll by themselves, the page does not."""
    page = opened(browser, request.getfixturevalue(which), width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


def test_the_dark_page_is_dark_and_paper_is_white(
    browser: Browser, folder: EvaluationFolder
) -> None:
    page = opened(browser, folder, 1000, "dark")
    assert page.evaluate(_BACKGROUND) == "rgb(20, 23, 27)"
    page.emulate_media(media="print")
    assert page.evaluate(_BACKGROUND) == "rgb(255, 255, 255)"
    page.close()


def test_the_alarm_is_red(browser: Browser, folder: EvaluationFolder) -> None:
    page = opened(browser, folder, 1000, "light")
    colour = page.evaluate("getComputedStyle(document.querySelector('.alarm b')).color")
    red, green, blue = (int(part) for part in colour.strip("rgb()").split(","))
    assert red > 150 > 60 > max(green, blue)
    page.close()


def test_paper_shows_what_the_judge_decided(
    browser: Browser, folder: EvaluationFolder, tmp_path: Path
) -> None:
    """What is folded is left out on paper, but not who was better."""
    page = opened(browser, folder, 1000, "light")
    page.emulate_media(media="print")
    said = page.locator(".duel summary").first
    assert said.is_visible()
    assert "shown first" in said.inner_text()
    assert not page.locator("details.numbers summary").first.is_visible()
    page.pdf(path=tmp_path / "page.pdf", format="A4")
    assert (tmp_path / "page.pdf").stat().st_size > 10_000
    page.close()
