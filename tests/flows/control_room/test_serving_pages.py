"""The UI of `evolflow serve` in a real Chromium: the form, and whom its pages ask."""

from collections.abc import Iterator

import pytest

from tests.servers.browser import chromium
from tests.servers.pages import Tab, tab
from tests.servers.served import Served, outside, served

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.skipif(chromium() is None, reason="Chromium is not installed here"),
]
PAGES = ("dashboard", "runs", "flows", "deployments", "work-pools", "blocks", "variables",
         "automations", "events", "concurrency-limits", "settings")  # fmt: skip


@pytest.fixture(scope="module")
def room(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(environment, tmp_path_factory.mktemp("data"), "--host", "0.0.0.0") as one:
        yield one


@pytest.fixture
def shown(room: Served) -> Iterator[Tab]:
    with tab(room.address) as one:
        yield one


def test_open_to_others_it_warns_that_there_is_no_password(room: Served) -> None:
    (warning,) = [line for line in room.said if "WARNING" in line]
    assert "PREFECT_SERVER_API_AUTH_STRING" in warning


def test_the_form_has_groups_help_and_a_choice_for_what_is_closed(room: Served, shown: Tab) -> None:
    smoke = room.deployment("smoke")["id"]
    shown.go(f"deployments/deployment/{smoke}/run", "Seed file: JSON array", "Rounds of evolution")
    text = shown.page.inner_text("body")
    for group in ("Data", "Models", "Method (Optional)", "Limits (Optional)", "Engines (Optional)"):
        assert f"\n{group}\n" in text
    assert "Hard cap on the run's spending; US dollars." in text
    helped = shown.page.get_by_text("Elimination profile").first
    # A setting that takes any text has a text area here.
    control = helped.locator("xpath=following::*[self::button or self::textarea][1]")
    assert "select" in str(control.get_attribute("class"))
    assert control.inner_text() == "paper"
    schema = room.deployment("smoke")["parameter_openapi_schema"]["definitions"]["MethodSettings"]
    assert schema["properties"]["rules"]["enum"] == ["paper", "strict"]


def test_no_page_asks_an_outside_address(room: Served, shown: Tab) -> None:
    """A control room starts and a real browser opens all of its pages, which takes its time."""
    paper = room.deployment("paper")["id"]
    for path in (*PAGES, f"deployments/deployment/{paper}"):
        shown.go(path)
        shown.settle()
    assert len(shown.requests) > len(PAGES)
    assert outside(shown.requests, room.address) == []
    shown.go("deployments", "nightly")
