"""The ranking page in a real Chromium: two raters at once, keys, hostile answers, narrow and dark."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from schemas.folders.evaluation import EvaluationFolder
from tests.servers.browser import chromium
from tests.servers.listener import listening
from tests.servers.loopback import free_port
from tests.servers.ranking import SYSTEMS, evaluation, served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(chromium() is None, reason="Chromium is not installed here"),
]
_WAIT_MS = 60_000
_READY = "fieldset.here"
"""Marked by the script, when keys work."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield one
        one.close()


@pytest.fixture
def folder(tmp_path: Path) -> EvaluationFolder:
    return evaluation(tmp_path / "run")


@contextmanager
def entered(context: BrowserContext, address: str, name: str) -> Iterator[Page]:
    """A rater's tab, with the first ballot in it."""
    page = context.new_page()
    page.set_default_timeout(_WAIT_MS)
    page.goto(address)
    page.fill("#name", name)
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector("#vote")
    page.wait_for_load_state("load")
    yield page
    context.close()


def ballot(page: Page) -> str:
    return str(page.locator("input[name=ballot]").get_attribute("value"))


def is_done(page: Page) -> bool:
    return page.locator("#vote").count() == 0


def click_through(page: Page, answer: str = "answer 1 is better") -> None:
    page.get_by_label(f"overall: {answer}").check(force=True)
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()


def test_two_raters_at_once_judge_everything_and_a_killed_server_loses_nothing(
    folder: EvaluationFolder, environment: dict[str, str], browser: Browser
) -> None:
    port = free_port()
    flags = ["--raters", 2, "--repeat-share", 0]
    with served(folder, environment, *flags, port=port) as room:
        ann_tab = entered(browser.new_context(), room.address, "Ann")
        bo_tab = entered(browser.new_context(), room.address, "Bo")
        ann, bo = ann_tab.__enter__(), bo_tab.__enter__()
        for page in (ann, bo, bo):
            click_through(page)
        kept = room.votes()
        room.kill()
        ann.get_by_label("overall: tie").check(force=True)
        ann.get_by_role("button", name="Save").click()
        ann.wait_for_url("chrome-error://**")
    with served(folder, environment, port=port) as room:
        assert room.votes() == kept
        for page in (ann, bo):
            page.goto(room.address)
            while not is_done(page):
                click_through(page)
            assert "Thank you" in page.inner_text("body")
        votes = room.votes()
        assert votes[:3] == kept
        assert sorted((one.rater, one.item_id) for one in votes) == [
            (rater, f"i{n}") for rater in ("Ann", "Bo") for n in range(3)
        ]
        ann_tab.__exit__(None, None, None)
        bo_tab.__exit__(None, None, None)


def test_keys_choose_save_skip_and_undo(
    folder: EvaluationFolder, environment: dict[str, str], browser: Browser
) -> None:
    with (
        served(folder, environment) as room,
        entered(browser.new_context(), room.address, "Ann") as page,
    ):
        page.wait_for_selector(_READY)
        first = ballot(page)
        for key in ("2", "t", "0", "1", "k"):
            page.keyboard.press(key)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        (vote,) = room.votes()
        assert {name.value: list(ranks.values()) for name, ranks in vote.ranks.items()} == {
            "overall": [2, 1], "relevance": [1, 1], "reasoning": [1, 2],
        }  # fmt: skip
        page.wait_for_selector(_READY)
        with page.expect_navigation():
            page.keyboard.press("s")
        assert [one.is_skipped for one in room.votes()] == [False, True]
        for _ in range(2):
            page.wait_for_selector(_READY)
            with page.expect_navigation():
                page.keyboard.press("u")
        assert room.votes() == []
        assert ballot(page) != first
        assert page.get_by_label("overall: answer 2 is better").is_checked()


def test_digits_rank_one_answer_after_another(
    tmp_path: Path, environment: dict[str, str], browser: Browser
) -> None:
    folder = evaluation(tmp_path / "run", systems=(*SYSTEMS, "wumpus-3"))
    with (
        served(folder, environment) as room,
        entered(browser.new_context(), room.address, "Ann") as page,
    ):
        page.wait_for_selector(_READY)
        for key in ("2", "9", "3", "Backspace", "1", "1", "3", "3", "2"):
            page.keyboard.press(key)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        (vote,) = room.votes()
        assert {name.value: list(ranks.values()) for name, ranks in vote.ranks.items()} == {
            "overall": [2, 1, 1], "relevance": [3, 3, 2],
        }  # fmt: skip


def test_all_of_it_works_without_scripts(
    folder: EvaluationFolder, environment: dict[str, str], browser: Browser
) -> None:
    with (
        served(folder, environment, "--repeat-share", 0) as room,
        entered(browser.new_context(java_script_enabled=False), room.address, "Ann") as page,
    ):
        page.get_by_role("button", name="Save").click()
        assert room.votes() == []
        for _ in range(3):
            click_through(page, "tie")
        assert "Thank you" in page.inner_text("body")
        page.get_by_role("button", name="Undo it").click()
        page.wait_for_selector("#vote")
        assert page.get_by_label("overall: tie").is_checked()
        page.get_by_role("button", name="Cannot judge").click()
        page.get_by_text("Thank you").wait_for()
        page.get_by_role("button", name="not you?").click()
        page.wait_for_selector("#name")
        assert len(room.votes()) == 3


def test_hostile_answers_are_text_and_do_nothing(
    tmp_path: Path, environment: dict[str, str], browser: Browser
) -> None:
    with listening() as listener:
        text = "\n".join([
            f"<script>alert(1);fetch('{listener.address}')</script>",
            f'"><img src="{listener.address}/i.png" onerror=alert(2)>',
            f"<meta http-equiv=refresh content='0;url={listener.address}'>",
            f"</div></section><form action='{listener.address}'><button>Save</button></form>",
            "{{ 7*7 }} \u202egnol\u2066 &amp; \x1b[2J \x00",
            "long " * 20_000,
        ])  # fmt: skip
        folder = evaluation(tmp_path / "run", answer=lambda n, system: text)
        with (
            served(folder, environment) as room,
            entered(browser.new_context(), room.address, "<b>Ann</b>") as page,
        ):
            loud: list[str] = []
            asked: list[str] = []

            def close(dialog: Dialog) -> None:
                loud.append(dialog.message)
                dialog.dismiss()

            page.on("dialog", close)
            page.on("pageerror", lambda error: loud.append(str(error)))
            page.on("console", lambda line: loud.append(line.text))
            page.on("request", lambda request: asked.append(request.url))
            page.reload()
            page.wait_for_selector(_READY)
            shown = page.locator(".answers .text").first
            assert "<script>alert(1)" in shown.inner_text()
            assert "{{ 7*7 }} \\u202egnol\\u2066 &amp;" in shown.inner_text()
            assert page.locator("form").count() == 2
            # It scrolls within itself, and the page does not grow sideways.
            assert shown.evaluate("one => one.scrollHeight > one.clientHeight")
            assert page.evaluate("document.documentElement.scrollWidth") <= 1280
            assert loud == []
            assert all(url.startswith(room.address) for url in asked)
            assert listener.connections == 0
            assert "<b>Ann</b>" in page.inner_text("header")
            click_through(page)
            assert len(room.votes()) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_on_a_telephone_in_both_themes(
    tmp_path: Path, environment: dict[str, str], browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    folder = evaluation(tmp_path / "run", systems=(*SYSTEMS, "wumpus-3", "narwhal-x"))
    context = browser.new_context(viewport={"width": 375, "height": 812}, color_scheme=scheme)
    with served(folder, environment) as room, entered(context, room.address, "Ann") as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        ink, paper = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        bright = {name: sum(map(int, color[4:-1].split(","))) for name, color in
                  (("ink", ink), ("paper", paper))}  # fmt: skip
        assert (bright["paper"] - bright["ink"] > 400) == (scheme == "light")
        assert abs(bright["paper"] - bright["ink"]) > 400
        small = page.locator("label.segment").evaluate_all(
            "all => all.filter(one => one.getBoundingClientRect().height < 36).length"
        )
        assert small == 0
